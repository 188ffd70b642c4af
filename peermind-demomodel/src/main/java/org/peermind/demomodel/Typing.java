// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// How people write: with and without capitals, full stops and politeness.
final class Typing {
  private static final Pattern SENTENCE_START = Pattern.compile("(^|[.!?:] )(\\p{Ll})");
  private static final Pattern LONE_I = Pattern.compile("\\bi\\b");
  private static final List<String> ENDS = List.of("", "", "", "??", "!", "...", "?", ".", " ?");

  private Typing() {}

  /// The text with capitals where a careful writer puts them.
  static String careful(String text) {
    String withI = LONE_I.matcher(text).replaceAll("I");
    return SENTENCE_START
        .matcher(withI)
        .replaceAll(start -> start.group(1) + start.group(2).toUpperCase(Locale.ROOT));
  }

  /// The text as one of many writers would type it.
  static String somebody(String text, RandomGenerator random) {
    int style = random.nextInt(100);
    if (style < 58) {
      return careful(text);
    }
    String bare = text.replaceAll("[?.!]+$", "");
    String end = ENDS.get(random.nextInt(ENDS.size()));
    if (style < 78) {
      return careful(bare) + end;
    }
    if (style < 96) {
      return bare.toLowerCase(Locale.ROOT) + end;
    }
    return bare.toUpperCase(Locale.ROOT) + end;
  }

  /// One entry of a list.
  static <T> T pick(List<T> choices, RandomGenerator random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
