// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A text that remembers which of its characters were *given* by a message and which are the
/// template's own. Only the template's own may become control tokens, so every operation of the
/// template language keeps the difference.
///
/// Two texts are equal when their characters are.
public final class Text implements Value {
  static final Text EMPTY = new Text("", new int[0]);

  private final String chars;

  /// Start and end of each given range, in order, never touching; UTF-16 units.
  private final int[] given;

  private Text(String chars, int[] given) {
    this.chars = chars;
    this.given = given;
  }

  /// A text of the template's own.
  public static Text own(String chars) {
    return new Text(chars, new int[0]);
  }

  /// A text that came from outside.
  public static Text given(String chars) {
    return chars.isEmpty() ? EMPTY : new Text(chars, new int[] {0, chars.length()});
  }

  /// The characters.
  public String chars() {
    return chars;
  }

  /// How many UTF-16 units.
  public int length() {
    return chars.length();
  }

  public boolean isEmpty() {
    return chars.isEmpty();
  }

  /// Whether any character in the range was given.
  public boolean isGiven(int from, int to) {
    int range = firstRangeEndingAfter(from);
    return range < given.length && given[range] < to;
  }

  /// The index of the first given range that ends after `at`; the length when there is none.
  private int firstRangeEndingAfter(int at) {
    int low = 0;
    int high = given.length / 2;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (given[2 * middle + 1] > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return 2 * low;
  }

  /// The characters from `from` to before `to`.
  public Text sub(int from, int to) {
    if (from == 0 && to == chars.length()) {
      return this;
    }
    if (from >= to) {
      return EMPTY;
    }
    int first = firstRangeEndingAfter(from);
    int last = first;
    while (last < given.length && given[last] < to) {
      last += 2;
    }
    int[] kept = new int[last - first];
    for (int i = 0; i < kept.length; i += 2) {
      kept[i] = Math.max(given[first + i], from) - from;
      kept[i + 1] = Math.min(given[first + i + 1], to) - from;
    }
    return new Text(chars.substring(from, to), kept);
  }

  Text plus(Text other) {
    if (isEmpty()) {
      return other;
    }
    if (other.isEmpty()) {
      return this;
    }
    return new Builder().append(this).append(other).build();
  }

  /// Without the characters of `set` (whitespace when null) at the chosen ends.
  Text strip(@Nullable String set, boolean left, boolean right) {
    int from = 0;
    int to = chars.length();
    while (left && from < to && strips(set, chars.charAt(from))) {
      from++;
    }
    while (right && to > from && strips(set, chars.charAt(to - 1))) {
      to--;
    }
    return sub(from, to);
  }

  private static boolean strips(@Nullable String set, char c) {
    return set == null ? isSpace(c) : set.indexOf(c) >= 0;
  }

  /// What Python's `str.isspace` calls whitespace.
  static boolean isSpace(char c) {
    return Character.isWhitespace(c)
        || c == '\u0085'
        || c == '\u00a0'
        || c == '\u2007'
        || c == '\u202f';
  }

  /// The parts between `separator`, at most `splitsMax` splits, or any number when negative.
  List<Text> split(String separator, int splitsMax, Budget budget) {
    List<Text> parts = new ArrayList<>();
    int from = 0;
    while (splitsMax < 0 || parts.size() < splitsMax) {
      int at = chars.indexOf(separator, from);
      if (at < 0) {
        break;
      }
      parts.add(sub(from, at));
      budget.step();
      if (parts.size() >= Budget.ITEMS_MAX) {
        budget.items(parts.size() + 1L);
      }
      from = at + separator.length();
    }
    parts.add(sub(from, chars.length()));
    return parts;
  }

  /// Like [#split], counted from the end.
  List<Text> splitFromEnd(String separator, int splitsMax, Budget budget) {
    List<Text> parts = split(separator, -1, budget);
    if (splitsMax < 0 || parts.size() <= splitsMax + 1) {
      return parts;
    }
    int joined = parts.size() - splitsMax;
    int end = (joined - 1) * separator.length();
    for (Text part : parts.subList(0, joined)) {
      end += part.length();
    }
    List<Text> result = new ArrayList<>();
    result.add(sub(0, end));
    result.addAll(parts.subList(joined, parts.size()));
    return result;
  }

  /// The words between runs of whitespace.
  List<Text> words(int splitsMax) {
    List<Text> words = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < chars.length() && isSpace(chars.charAt(at))) {
        at++;
      }
      if (at == chars.length()) {
        return words;
      }
      if (splitsMax >= 0 && words.size() == splitsMax) {
        words.add(sub(at, chars.length()).strip(null, false, true));
        return words;
      }
      int start = at;
      while (at < chars.length() && !isSpace(chars.charAt(at))) {
        at++;
      }
      words.add(sub(start, at));
    }
  }

  Text replace(Text old, Text with, long countMax, Budget budget) {
    Builder result = new Builder();
    int from = 0;
    long count = 0;
    while (countMax < 0 || count < countMax) {
      int at = chars.indexOf(old.chars, from + (old.isEmpty() && count > 0 ? 1 : 0));
      if (at < 0 || (old.isEmpty() && at >= chars.length() && count > chars.length())) {
        break;
      }
      budget.step();
      budget.text((long) at - from + with.length());
      result.append(sub(from, at)).append(with);
      from = at + old.length();
      count++;
      if (result.length() > Budget.TEXT_CHARS_MAX) {
        budget.text(result.length());
      }
    }
    return result.append(sub(from, chars.length())).build();
  }

  /// Each code point, as one text.
  List<Text> codePoints() {
    List<Text> all = new ArrayList<>();
    for (int i = 0; i < chars.length(); ) {
      int next = chars.offsetByCodePoints(i, 1);
      all.add(sub(i, next));
      i = next;
    }
    return all;
  }

  /// Where the code point of that number begins.
  int offset(int codePoint) {
    return chars.offsetByCodePoints(0, codePoint);
  }

  /// How many code points.
  int codePointCount() {
    return chars.codePointCount(0, chars.length());
  }

  /// Another spelling of this text; the provenance is kept when the length is, otherwise the whole
  /// counts as given if any part was.
  Text respelled(String other) {
    if (other.length() == chars.length()) {
      return new Text(other, given);
    }
    return given.length == 0 ? own(other) : given(other);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Text text && chars.equals(text.chars);
  }

  @Override
  public int hashCode() {
    return chars.hashCode();
  }

  /// Names no content.
  @Override
  public String toString() {
    return "Text[" + chars.length() + " characters]";
  }

  /// Puts texts together.
  static final class Builder {
    private final StringBuilder chars = new StringBuilder();
    private int[] given = new int[8];
    private int count;

    Builder append(Text text) {
      int offset = chars.length();
      for (int i = 0; i < text.given.length; i += 2) {
        mark(offset + text.given[i], offset + text.given[i + 1]);
      }
      chars.append(text.chars);
      return this;
    }

    Builder append(String own) {
      chars.append(own);
      return this;
    }

    private void mark(int from, int to) {
      if (count > 0 && given[count - 1] == from) {
        given[count - 1] = to;
        return;
      }
      if (count == given.length) {
        given = Arrays.copyOf(given, 2 * count);
      }
      given[count++] = from;
      given[count++] = to;
    }

    int length() {
      return chars.length();
    }

    Text build() {
      return chars.isEmpty() ? EMPTY : new Text(chars.toString(), Arrays.copyOf(given, count));
    }
  }
}
