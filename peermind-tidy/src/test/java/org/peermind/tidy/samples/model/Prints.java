// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.model;

final class Prints {
  void print() {
    System.out.println(1);
  }
}
