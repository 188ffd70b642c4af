// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ShelfTest {
  @Test
  void readsEveryProfileOfTheJar() {
    assertThat(ProfileShelf.builtIn().refused()).isEmpty();
  }
}
