// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.ledger;

import java.time.Clock;

final class MakesClock {
  Clock clock() {
    return Clock.systemUTC();
  }
}
