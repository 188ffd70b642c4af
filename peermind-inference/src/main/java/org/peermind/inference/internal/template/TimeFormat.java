// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// C's `strftime` for the fields that templates use, in English.
final class TimeFormat {
  private TimeFormat() {}

  static String format(String pattern, LocalDateTime time) {
    StringBuilder result = new StringBuilder();
    int at = 0;
    while (at < pattern.length()) {
      char c = pattern.charAt(at++);
      if (c != '%' || at == pattern.length()) {
        result.append(c);
        continue;
      }
      boolean unpadded = pattern.charAt(at) == '-' && at + 1 < pattern.length();
      String field = field(pattern.charAt(unpadded ? at + 1 : at), time);
      result.append(unpadded ? field.replaceFirst("^0+(?=.)", "") : field);
      at += unpadded ? 2 : 1;
    }
    return result.toString();
  }

  private static String field(char letter, LocalDateTime time) {
    return switch (letter) {
      case '%' -> "%";
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'Y' -> spelled("yyyy", time);
      case 'y' -> spelled("yy", time);
      case 'm' -> spelled("MM", time);
      case 'd' -> spelled("dd", time);
      case 'e' -> "%2d".formatted(time.getDayOfMonth());
      case 'B' -> spelled("MMMM", time);
      case 'b', 'h' -> spelled("MMM", time);
      case 'A' -> spelled("EEEE", time);
      case 'a' -> spelled("EEE", time);
      case 'H' -> spelled("HH", time);
      case 'I' -> spelled("hh", time);
      case 'M' -> spelled("mm", time);
      case 'S' -> spelled("ss", time);
      case 'p' -> spelled("a", time);
      case 'j' -> spelled("DDD", time);
      case 'F' -> spelled("yyyy-MM-dd", time);
      case 'T' -> spelled("HH:mm:ss", time);
      case 'R' -> spelled("HH:mm", time);
      case 'D' -> spelled("MM/dd/yy", time);
      default -> throw Refusal.because("strftime_now does not know the field %" + letter);
    };
  }

  private static String spelled(String pattern, LocalDateTime time) {
    return time.format(DateTimeFormatter.ofPattern(pattern, Locale.US));
  }
}
