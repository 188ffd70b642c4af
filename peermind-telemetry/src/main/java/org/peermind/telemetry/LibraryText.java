// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.ArrayList;
import java.util.List;

/// What is kept of a line that is not an event of ours.
final class LibraryText {
  private static final int CAUSES_MAX = 4;
  private static final int FRAMES_MAX = 3;

  private LibraryText() {}

  static boolean isEvent(ILoggingEvent line) {
    return line.getLoggerName().equals(Slf4jEventLog.LOGGER_NAME);
  }

  /// The message in one bounded line, under the rules of a [Reason].
  static String message(ILoggingEvent line) {
    String message = line.getFormattedMessage();
    return message == null || message.isBlank() ? "-" : safe(message);
  }

  private static String safe(String message) {
    try {
      return Reason.of(message).sentence();
    } catch (IllegalArgumentException onlyControlCharacters) {
      return "-";
    }
  }

  /// Types and innermost frames of an exception and its causes; empty without one. Messages of
  /// exceptions are left out.
  static String exception(ILoggingEvent line) {
    List<String> parts = new ArrayList<>();
    IThrowableProxy cause = line.getThrowableProxy();
    while (cause != null && parts.size() < CAUSES_MAX) {
      StringBuilder part = new StringBuilder(cause.getClassName());
      StackTraceElementProxy[] frames = cause.getStackTraceElementProxyArray();
      for (int i = 0; frames != null && i < Math.min(FRAMES_MAX, frames.length); i++) {
        part.append(i == 0 ? " at " : " < ").append(Texts.place(frames[i].getStackTraceElement()));
      }
      parts.add(part.toString());
      cause = cause.getCause();
    }
    return String.join(", caused by ", parts);
  }
}
