// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/// Makes answers that no device should give from those that one gave.
public final class MutatedAnswers {
  private static final String MARKS = ":,[{\t\n";
  private static final String ENDS = ",}]\t\n";
  private static final String HEX = "0123456789abcdef";
  private static final List<String> ODD =
      List.of(
          "null",
          "true",
          "\"\"",
          "\"NaN\"",
          "\"x\"",
          "[]",
          "{}",
          "[null]",
          "1e308",
          "-1e308",
          "1e9999",
          "-0.0",
          "0",
          "-1",
          "65535",
          "65536",
          "-32768",
          "2147483648",
          "99999999999999999999999999",
          "0.1e-300",
          "1e-99999999",
          "\"-12.5\"",
          "\"0x7fff\"",
          "[1,2,3]",
          "[[1],[2]]",
          "{\"v\":1}",
          "{\"payload\":\"{\\\"value\\\":1}\"}",
          "\"2026-99-99T00:00:00Z\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\uFEFF",
          "NaN",
          "-",
          "x".repeat(70),
          "9".repeat(70));

  private MutatedAnswers() {}

  /// A random answer, or `answer` after a few random changes.
  ///
  /// @param other a piece of it may end up in the answer
  public static String of(String answer, String other, RandomGenerator random) {
    int way = random.nextInt(64);
    if (way == 0 && random.nextInt(2000) == 0) {
      return giant(answer, random);
    }
    return switch (way % 16) {
      case 0 -> answer.substring(0, random.nextInt(answer.length() + 1));
      case 1 -> noise(answer, random);
      case 2 -> way < 16 ? nested(answer, random) : repeated(answer, random);
      case 3, 4 -> flipped(answer, random);
      case 5 -> without(answer, random);
      case 6 -> spliced(answer, other, random);
      case 7, 8 -> reframed(answer, random);
      default -> {
        String text = answer;
        for (int change = random.nextInt(4); change >= 0; change--) {
          text = swapped(text, random);
        }
        yield text;
      }
    };
  }

  /// One value, key or punctuation mark exchanged for something else.
  private static String swapped(String text, RandomGenerator random) {
    String odd = ODD.get(random.nextInt(ODD.size()));
    if (text.isEmpty()) {
      return odd;
    }
    int from = random.nextInt(text.length());
    while (from < text.length() && MARKS.indexOf(text.charAt(from)) < 0) {
      from++;
    }
    int start = Math.min(text.length(), from + 1);
    int end = start;
    while (end < text.length() && ENDS.indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return switch (random.nextInt(4)) {
      case 0 -> text.substring(0, Math.min(from, end)) + text.substring(end); // missing
      case 1 ->
          text.substring(0, start) + "[" + text.substring(start, end) + "]" + text.substring(end);
      default -> text.substring(0, start) + odd + text.substring(end);
    };
  }

  private static String flipped(String text, RandomGenerator random) {
    StringBuilder flipped = new StringBuilder(text);
    for (int change = random.nextInt(6); change >= 0 && !flipped.isEmpty(); change--) {
      int at = random.nextInt(flipped.length());
      flipped.setCharAt(at, (char) (flipped.charAt(at) ^ (1 << random.nextInt(7))));
    }
    return flipped.toString();
  }

  private static String without(String text, RandomGenerator random) {
    int from = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), from + random.nextInt(40));
    return text.substring(0, from) + text.substring(to);
  }

  private static String repeated(String text, RandomGenerator random) {
    int from = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), from + random.nextInt(60));
    String piece = text.substring(from, to).repeat(random.nextInt(30));
    return text.substring(0, to) + piece + text.substring(to);
  }

  private static String spliced(String text, String other, RandomGenerator random) {
    int from = random.nextInt(other.length() + 1);
    int to = Math.min(other.length(), from + random.nextInt(200));
    int at = random.nextInt(text.length() + 1);
    return text.substring(0, at) + other.substring(from, to) + text.substring(at);
  }

  private static String nested(String text, RandomGenerator random) {
    int depth = 1 + random.nextInt(random.nextInt(20) == 0 ? 20_000 : 60);
    return random.nextBoolean()
        ? "[".repeat(depth) + text + "]".repeat(depth)
        : "{\"a\":".repeat(depth) + text + "}".repeat(depth);
  }

  /// Longer than any answer may be, or nearly so.
  private static String giant(String text, RandomGenerator random) {
    String piece = text.isEmpty() ? "[" : text;
    return piece.repeat((1 << 20) / piece.length() + random.nextInt(2));
  }

  /// Letters of any kind, or only such as the answer has.
  private static String noise(String like, RandomGenerator random) {
    StringBuilder noise = new StringBuilder();
    int kind = random.nextInt(4);
    for (int length = random.nextInt(200); length > 0; length--) {
      noise.append(
          switch (kind) {
            case 0 -> (char) random.nextInt(0x10000);
            case 1 -> (char) random.nextInt(128);
            case 2 -> HEX.charAt(random.nextInt(16));
            default -> like.isEmpty() ? ' ' : like.charAt(random.nextInt(like.length()));
          });
    }
    return noise.toString();
  }

  /// A frame of a GoodWe inverter with other bytes and, as a rule, the check sum that they need;
  /// other answers are changed in place.
  private static String reframed(String text, RandomGenerator random) {
    byte[] frame;
    try {
      frame = HexFormat.of().parseHex(text.strip());
    } catch (IllegalArgumentException notHex) {
      return flipped(text, random);
    }
    if (frame.length < 9) {
      return flipped(text, random);
    }
    for (int change = random.nextInt(6); change >= 0; change--) {
      int at = random.nextInt(random.nextInt(4) == 0 ? 9 : frame.length);
      frame[at] = (byte) random.nextInt(256);
    }
    int end = frame.length - 2;
    if (random.nextInt(4) > 0) {
      boolean older = random.nextBoolean();
      frame[older ? 6 : 4] = (byte) (older ? frame.length - 9 : frame.length - 7);
      int sum = older ? GoodweFormat.sum(frame, 0, end) : GoodweFormat.crc16(frame, 2, end);
      frame[end] = (byte) (older ? sum >> 8 : sum);
      frame[end + 1] = (byte) (older ? sum : sum >> 8);
    }
    return HexFormat.of().formatHex(frame);
  }
}
