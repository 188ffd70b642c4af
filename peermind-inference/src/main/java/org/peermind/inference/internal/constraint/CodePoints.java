// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A set of Unicode code points as sorted ranges without surrogates, which UTF-8 cannot write.
record CodePoints(List<Range> ranges) {
  static final int MAX = 0x10ffff;
  private static final int SURROGATES_FIRST = 0xd800;
  private static final int SURROGATES_LAST = 0xdfff;

  /// Both ends belong to it.
  record Range(int first, int last) {}

  static final CodePoints ALL = of(new Range(0, MAX));

  CodePoints {
    List<Range> sorted = new ArrayList<>();
    for (Range range : ranges) {
      add(sorted, range.first, Math.min(range.last, SURROGATES_FIRST - 1));
      add(sorted, Math.max(range.first, SURROGATES_LAST + 1), range.last);
    }
    sorted.sort(Comparator.comparingInt(Range::first));
    List<Range> joined = new ArrayList<>();
    for (Range range : sorted) {
      if (!joined.isEmpty() && range.first <= joined.getLast().last + 1) {
        Range last = joined.removeLast();
        joined.add(new Range(last.first, Math.max(last.last, range.last)));
      } else {
        joined.add(range);
      }
    }
    ranges = List.copyOf(joined);
  }

  private static void add(List<Range> into, int first, int last) {
    if (first <= last) {
      into.add(new Range(first, last));
    }
  }

  static CodePoints of(Range... ranges) {
    return new CodePoints(List.of(ranges));
  }

  static CodePoints one(int codePoint) {
    return of(new Range(codePoint, codePoint));
  }

  CodePoints or(CodePoints other) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return new CodePoints(all);
  }

  CodePoints not() {
    List<Range> rest = new ArrayList<>();
    int from = 0;
    for (Range range : ranges) {
      add(rest, from, range.first - 1);
      from = range.last + 1;
    }
    add(rest, from, MAX);
    return new CodePoints(rest);
  }
}
