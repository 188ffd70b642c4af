// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.ledger;

final class ReadsMillis {
  long at() {
    return System.currentTimeMillis();
  }
}
