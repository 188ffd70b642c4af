// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What may be written next. Rules form a graph, equal only to themselves, that does not change
/// once [Heights] has been over it.
abstract sealed class Rule {
  /// No value of the rule is finite.
  static final int ENDLESS = 1 << 20;

  private int height = ENDLESS;

  /// The least number of arrays and objects inside each other that finishing the rule takes, or
  /// [#ENDLESS].
  final int height() {
    return height;
  }

  final boolean lower(int found) {
    boolean better = found < height;
    height = Math.min(height, found);
    return better;
  }

  /// Bytes of an automaton. A counting one is a JSON string after its opening quote with `min` to
  /// `max` code points; a character begins where the automaton stands at its start.
  static final class Scan extends Rule {
    static final int UNCOUNTED = -1;

    final Dfa dfa;
    final int min;
    final int max;

    Scan(Dfa dfa) {
      this(dfa, 0, UNCOUNTED);
    }

    /// @param max [#UNCOUNTED] for a scan without counting
    Scan(Dfa dfa, int min, int max) {
      this.dfa = dfa;
      this.min = min;
      this.max = max;
    }

    boolean counts() {
      return max != UNCOUNTED;
    }
  }

  /// One part after the other.
  static final class Sequence extends Rule {
    final List<Rule> parts;

    Sequence(Rule... parts) {
      this.parts = List.of(parts);
    }
  }

  /// One of several; none means that nothing fits.
  static final class Choice extends Rule {
    final List<Rule> alternatives;

    Choice(List<? extends Rule> alternatives) {
      this.alternatives = List.copyOf(alternatives);
    }
  }

  /// `min` to `max` items in a row; none of them is empty.
  static final class Repetition extends Rule {
    static final int UNBOUNDED = Integer.MAX_VALUE;

    final Rule item;
    final int min;
    final int max;

    Repetition(Rule item, int min, int max) {
      this.item = item;
      this.min = min;
      this.max = max;
    }
  }

  /// An array or object: one level more.
  static final class Nest extends Rule {
    final Rule body;

    Nest(Rule body) {
      this.body = body;
    }
  }

  /// A rule that is set later, so that rules can contain themselves.
  static final class Reference extends Rule {
    private @Nullable Rule target;

    void target(Rule rule) {
      target = rule;
    }

    Rule target() {
      if (target == null) {
        throw new IllegalStateException("A rule refers to nothing");
      }
      return target;
    }
  }
}
