// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// `14:05:07.123 INFO activation off -> warming at headroom 120 W: ...`
final class TextLayout extends LayoutBase<ILoggingEvent> {
  private final DateTimeFormatter time;

  TextLayout(ZoneId zone) {
    this.time = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(zone);
  }

  @Override
  public String doLayout(ILoggingEvent line) {
    StringBuilder text = new StringBuilder(160);
    text.append(time.format(Instant.ofEpochMilli(line.getTimeStamp())));
    text.append(' ').append(String.format(Locale.ROOT, "%-5s", line.getLevel())).append(' ');
    if (LibraryText.isEvent(line)) {
      text.append(line.getMessage());
    } else {
      text.append(line.getLoggerName()).append(": ").append(LibraryText.message(line));
      String exception = LibraryText.exception(line);
      if (!exception.isEmpty()) {
        text.append(" [").append(exception).append(']');
      }
    }
    return text.append('\n').toString();
  }
}
