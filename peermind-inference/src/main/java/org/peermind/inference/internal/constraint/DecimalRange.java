// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Numbers between two bounds, as an automaton that compares digit by digit. They are written
/// without an exponent.
final class DecimalRange {
  /// The most digits of a bound, before and after its point.
  static final int DIGITS_MAX = 24;

  static final int MULTIPLE_MAX = 1_000;
  private static final int FREE_DIGITS = 16;
  private static final int FRACTION_EXTRA = 4;

  private final Nfa nfa;
  private final int end;

  private DecimalRange(Nfa nfa) throws SchemaRefusal {
    this.nfa = nfa;
    end = nfa.state();
  }

  /// An end of a range; `open` leaves the value itself out.
  record Bound(BigDecimal value, boolean open) {}

  /// Whether the digits of `value` are few enough to be compared one by one. To be asked before any
  /// arithmetic: 1e1000000000 is a short text.
  static boolean small(BigDecimal value) {
    return Math.abs((long) value.scale()) <= DIGITS_MAX && value.precision() <= DIGITS_MAX;
  }

  /// The numbers from `low` to `high`, each of which may be missing, with at most `fractionDigits`
  /// digits after the point (-1: as many as the bounds need and some more).
  static Dfa between(
      @Nullable Bound low, @Nullable Bound high, int fractionDigits, CompileBudget budget)
      throws SchemaRefusal {
    Nfa nfa = new Nfa(budget);
    DecimalRange range = new DecimalRange(nfa);
    int start = nfa.state();
    int fraction =
        fractionDigits >= 0
            ? fractionDigits
            : Math.max(low == null ? 0 : low.value.scale(), high == null ? 0 : high.value.scale())
                + FRACTION_EXTRA;
    fraction = Math.max(fraction, 0);
    Bound zero = new Bound(BigDecimal.ZERO, false);
    range.magnitudes(start, low != null && low.value.signum() >= 0 ? low : zero, high, fraction);
    int minus = nfa.path(start, new byte[] {'-'});
    Bound least = high != null && high.value.signum() < 0 ? negated(high) : null;
    range.magnitudes(
        minus,
        least == null ? new Bound(BigDecimal.ZERO, true) : least,
        low == null ? null : negated(low),
        fraction);
    return nfa.determinize(start, range.end);
  }

  /// The same for whole numbers; an open bound has become a closed one.
  static Dfa integersBetween(@Nullable Bound low, @Nullable Bound high, CompileBudget budget)
      throws SchemaRefusal {
    Bound least = low;
    if (low != null) {
      BigDecimal up = low.value.setScale(0, RoundingMode.CEILING);
      boolean same = up.compareTo(low.value) == 0;
      least = new Bound(low.open && same ? up.add(BigDecimal.ONE) : up, false);
    }
    Bound most = high;
    if (high != null) {
      BigDecimal down = high.value.setScale(0, RoundingMode.FLOOR);
      boolean same = down.compareTo(high.value) == 0;
      most = new Bound(high.open && same ? down.subtract(BigDecimal.ONE) : down, false);
    }
    return between(least, most, 0, budget);
  }

  /// Whole numbers that `divisor`, at most [#MULTIPLE_MAX], divides.
  static Dfa multiplesOf(int divisor, CompileBudget budget) throws SchemaRefusal {
    Nfa nfa = new Nfa(budget);
    int start = nfa.state();
    int minus = nfa.path(start, new byte[] {'-'});
    int[] remainder = new int[divisor];
    for (int r = 0; r < divisor; r++) {
      remainder[r] = nfa.state();
    }
    for (int digit = 0; digit < 10; digit++) {
      nfa.edge(start, '0' + digit, '0' + digit, remainder[digit % divisor]);
      nfa.edge(minus, '0' + digit, '0' + digit, remainder[digit % divisor]);
      for (int r = 0; r < divisor; r++) {
        nfa.edge(remainder[r], '0' + digit, '0' + digit, remainder[(r * 10 + digit) % divisor]);
      }
    }
    return nfa.determinize(start, remainder[0]);
  }

  private static Bound negated(Bound bound) {
    return new Bound(bound.value.negate(), bound.open);
  }

  /// What the digits so far say: whether they equal those of the lower bound, and of the upper.
  private record Standing(int position, boolean equalsLow, boolean equalsHigh) {}

  /// The digits of a bound around its point.
  private record Digits(String whole, String fraction, boolean open) {
    static Digits of(Bound bound) {
      BigDecimal value = bound.value.setScale(Math.max(0, bound.value.scale()));
      String digits = value.unscaledValue().toString();
      int scale = value.scale();
      String padded = "0".repeat(Math.max(0, scale + 1 - digits.length())) + digits;
      int point = padded.length() - scale;
      return new Digits(padded.substring(0, point), padded.substring(point), bound.open);
    }

    int fractionAt(int position) {
      return position < fraction.length() ? fraction.charAt(position) - '0' : 0;
    }

    boolean zeroFrom(int position) {
      return position >= fraction.length()
          || new BigInteger(fraction.substring(position)).signum() == 0;
    }
  }

  /// Numbers of at least zero from `low` to `high`.
  private void magnitudes(int start, Bound low, @Nullable Bound high, int fractionDigits)
      throws SchemaRefusal {
    if (high != null && high.value.signum() < 0) {
      return;
    }
    Digits lowest = Digits.of(low);
    Digits highest = high == null ? null : Digits.of(high);
    int longest =
        highest == null ? Math.max(FREE_DIGITS, lowest.whole.length()) : highest.whole.length();
    Map<Standing, Integer> fractions = new HashMap<>();
    for (int length = lowest.whole.length(); length <= longest; length++) {
      boolean equalsLow = length == lowest.whole.length();
      boolean equalsHigh = highest != null && length == highest.whole.length();
      Map<Standing, Integer> known = new HashMap<>();
      known.put(new Standing(0, equalsLow, equalsHigh), start);
      for (int position = 0; position < length; position++) {
        for (boolean l : new boolean[] {true, false}) {
          for (boolean h : new boolean[] {true, false}) {
            Integer from = known.get(new Standing(position, l, h));
            for (int digit = 0; from != null && digit < 10; digit++) {
              boolean leadingZero = position == 0 && digit == 0 && length > 1;
              int floor = l ? lowest.whole.charAt(position) - '0' : 0;
              int ceiling = h && highest != null ? highest.whole.charAt(position) - '0' : 9;
              if (leadingZero || digit < floor || digit > ceiling) {
                continue;
              }
              Standing to = new Standing(position + 1, l && digit == floor, h && digit == ceiling);
              nfa.edge(from, '0' + digit, '0' + digit, stateOf(known, to));
            }
          }
        }
      }
      for (Map.Entry<Standing, Integer> whole : known.entrySet()) {
        if (whole.getKey().position == length) {
          Standing at = new Standing(0, whole.getKey().equalsLow, whole.getKey().equalsHigh);
          if (inside(at, lowest, highest)) {
            nfa.silentEdge(whole.getValue(), end);
          }
          if (fractionDigits > 0) {
            int point = nfa.path(whole.getValue(), new byte[] {'.'});
            nfa.silentEdge(point, stateOf(fractions, at));
          }
        }
      }
    }
    fractions(fractions, lowest, highest, fractionDigits);
  }

  private void fractions(
      Map<Standing, Integer> known, Digits lowest, @Nullable Digits highest, int digitsMax)
      throws SchemaRefusal {
    for (int position = 0; position < digitsMax; position++) {
      for (boolean l : new boolean[] {true, false}) {
        for (boolean h : new boolean[] {true, false}) {
          Integer from = known.get(new Standing(position, l, h));
          for (int digit = 0; from != null && digit < 10; digit++) {
            int floor = l ? lowest.fractionAt(position) : 0;
            int ceiling = h && highest != null ? highest.fractionAt(position) : 9;
            if (digit < floor || digit > ceiling) {
              continue;
            }
            Standing to = new Standing(position + 1, l && digit == floor, h && digit == ceiling);
            int state = stateOf(known, to);
            nfa.edge(from, '0' + digit, '0' + digit, state);
            if (inside(to, lowest, highest)) {
              nfa.silentEdge(state, end);
            }
          }
        }
      }
    }
  }

  private int stateOf(Map<Standing, Integer> known, Standing standing) throws SchemaRefusal {
    Integer state = known.get(standing);
    if (state == null) {
      state = nfa.state();
      known.put(standing, state);
    }
    return state;
  }

  /// Whether a number that ends here lies between the bounds.
  private static boolean inside(Standing at, Digits lowest, @Nullable Digits highest) {
    boolean low = !at.equalsLow || (lowest.zeroFrom(at.position) && !lowest.open);
    boolean high =
        highest == null || !at.equalsHigh || !highest.zeroFrom(at.position) || !highest.open;
    return low && high;
  }
}
