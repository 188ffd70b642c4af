// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LibraryCacheTest {
  @Test
  void isSharedByAllNodesOfAUser() {
    assertThat(LibraryCache.usual(Map.of(), "/home/ann"))
        .isEqualTo(Path.of("/home/ann/.cache/peermind/libtorch"));
    assertThat(LibraryCache.usual(Map.of("XDG_CACHE_HOME", "/fast"), "/home/ann"))
        .isEqualTo(Path.of("/fast/peermind/libtorch"));
  }

  @Test
  void followsNoRelativeFolder() {
    assertThat(LibraryCache.usual(Map.of("XDG_CACHE_HOME", "fast"), "/home/ann"))
        .isEqualTo(Path.of("/home/ann/.cache/peermind/libtorch"));
  }
}
