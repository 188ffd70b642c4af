// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.time.Duration;
import java.time.InstantSource;

/// The clock of a node: the machine's, which tests may set wrong with the Java property
/// `peermind.clock.offset`, such as `-Dpeermind.clock.offset=PT1H`, because no process can change
/// the machine's clock for itself alone.
final class NodeClock {
  private static final String OFFSET_PROPERTY = "peermind.clock.offset";

  private NodeClock() {}

  /// @throws java.time.format.DateTimeParseException when the property is no ISO duration
  static InstantSource ofProcess() {
    Duration offset = Duration.parse(System.getProperty(OFFSET_PROPERTY, "PT0S"));
    return offset.isZero()
        ? InstantSource.system()
        : InstantSource.offset(InstantSource.system(), offset);
  }
}
