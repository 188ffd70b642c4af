// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.ledger;

import java.time.Instant;

final class ReadsClock {
  Instant at() {
    return Instant.now();
  }
}
