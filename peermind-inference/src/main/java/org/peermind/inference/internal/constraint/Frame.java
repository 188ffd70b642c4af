// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One level of a stack of unfinished rules; immutable, so that stacks share what is below them.
///
/// What the numbers mean depends on the rule. Scan: the automaton's state, and how many more
/// characters a counting one needs and may have. Sequence: the next part. Repetition: how many more
/// items it needs and may have. Nest: nothing; it only counts a level.
final class Frame {
  final Rule rule;
  final int at;
  final int needed;
  final int spare;
  final @Nullable Frame below;

  /// How many arrays and objects are open from here down.
  final int depth;

  private final int hash;

  Frame(Rule rule, int at, int needed, int spare, @Nullable Frame below) {
    this.rule = rule;
    this.at = at;
    this.needed = needed;
    this.spare = spare;
    this.below = below;
    depth = depthOf(below) + (rule instanceof Rule.Nest ? 1 : 0);
    int belowHash = below == null ? 0 : below.hash;
    hash =
        31 * (31 * (31 * (31 * belowHash + System.identityHashCode(rule)) + at) + needed) + spare;
  }

  static int depthOf(@Nullable Frame frame) {
    return frame == null ? 0 : frame.depth;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Frame frame
            && hash == frame.hash
            && rule == frame.rule
            && at == frame.at
            && needed == frame.needed
            && spare == frame.spare
            && Objects.equals(below, frame.below));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
