// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/// One flat JSON object a line (RFC 8259): `at`, `level`, then `event` and its fields, or `logger`,
/// `message` and `exception` for a line of a library.
final class JsonLayout extends LayoutBase<ILoggingEvent> {
  @Override
  public String doLayout(ILoggingEvent line) {
    StringBuilder json = new StringBuilder(256).append('{');
    member(json, "at", Instant.ofEpochMilli(line.getTimeStamp()).toString());
    member(json, "level", line.getLevel().toString());
    if (LibraryText.isEvent(line)) {
      List<KeyValuePair> pairs = line.getKeyValuePairs();
      if (pairs != null) {
        pairs.forEach(pair -> member(json, pair.key, pair.value));
      }
      member(json, "message", line.getFormattedMessage());
    } else {
      member(json, "logger", line.getLoggerName());
      member(json, "message", LibraryText.message(line));
      String exception = LibraryText.exception(line);
      if (!exception.isEmpty()) {
        member(json, "exception", exception);
      }
    }
    return json.append("}\n").toString();
  }

  private static void member(StringBuilder json, String key, Object value) {
    if (json.length() > 1) {
      json.append(',');
    }
    quote(json, key);
    json.append(':');
    switch (value) {
      case Double number when !Double.isFinite(number) -> json.append("null");
      case Number number -> json.append(number);
      case Boolean flag -> json.append(flag.booleanValue());
      default -> quote(json, value.toString());
    }
  }

  private static void quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || (Character.isSurrogate(c) && !isPaired(text, i))) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }

  private static boolean isPaired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
