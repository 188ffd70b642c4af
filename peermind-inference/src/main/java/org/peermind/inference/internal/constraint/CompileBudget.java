// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import org.peermind.inference.ConstraintCheck;

/// What reading one constraint may cost. Everything that can multiply draws from it, so that the
/// time and memory of a hostile schema are bounded whatever it combines.
final class CompileBudget {
  private static final long WORK_MAX = 5_000_000;
  private static final int RULES_MAX = 50_000;
  private static final int MERGES_MAX = 2_000;

  private long work = WORK_MAX;
  private int states = ConstraintCheck.STATES_MAX;
  private int rules = RULES_MAX;
  private int merges = MERGES_MAX;

  /// One more state of an automaton.
  void spendState() throws SchemaRefusal {
    if (--states < 0) {
      throw new SchemaRefusal(
          "The schema needs more than %d automaton states; shorten its patterns, enums and lengths."
              .formatted(ConstraintCheck.STATES_MAX));
    }
  }

  void spendWork(long steps) throws SchemaRefusal {
    work -= steps;
    if (work < 0) {
      throw new SchemaRefusal(
          "The schema takes too much work to compile; simplify its patterns and combinations.");
    }
  }

  void spendRule() throws SchemaRefusal {
    if (--rules < 0) {
      throw new SchemaRefusal(
          "The schema grows to more than %d rules; use fewer combinations.".formatted(RULES_MAX));
    }
  }

  void spendMerge(int keywords) throws SchemaRefusal {
    spendWork(keywords);
    if (--merges < 0) {
      throw new SchemaRefusal(
          "The schema combines more than %d schemas by allOf, anyOf and $ref; use fewer."
              .formatted(MERGES_MAX));
    }
  }
}
