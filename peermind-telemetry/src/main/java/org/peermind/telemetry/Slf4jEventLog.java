// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Writes events through SLF4J: the sentence as message, name and fields as key-value pairs, so
/// that [Logging] can print them in either form.
public final class Slf4jEventLog implements EventLog {
  /// The logger of all events; its level is the operator's setting.
  public static final String LOGGER_NAME = "org.peermind.events";

  static final String NAME_KEY = "event";

  private final Logger logger = LoggerFactory.getLogger(LOGGER_NAME);

  @Override
  public void record(Event event) {
    if (!logger.isEnabledForLevel(event.level())) {
      return;
    }
    LoggingEventBuilder line =
        logger
            .atLevel(event.level())
            .setMessage(event.sentence())
            .addKeyValue(NAME_KEY, event.name());
    for (Field field : event.fields()) {
      line = line.addKeyValue(field.key(), field.value());
    }
    line.log();
  }
}
