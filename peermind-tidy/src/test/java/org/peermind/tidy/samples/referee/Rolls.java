// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.referee;

final class Rolls {
  double roll() {
    return Math.random();
  }
}
