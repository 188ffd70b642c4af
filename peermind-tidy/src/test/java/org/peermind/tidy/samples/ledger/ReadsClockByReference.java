// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.ledger;

import java.time.Instant;
import java.util.function.Supplier;

final class ReadsClockByReference {
  Supplier<Instant> at() {
    return Instant::now;
  }
}
