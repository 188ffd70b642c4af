// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.ledger;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Date;

@SuppressWarnings("JavaUtilDate") // only reading the clock is forbidden
final class TakesClock {
  Instant at(Clock clock) {
    return LocalDate.now(clock).isLeapYear() ? clock.instant() : new Date(0).toInstant();
  }
}
