// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.ConstraintCheck;

/// Where a text stands in the rules: all the ways to read it, each a stack whose top is a scan.
/// Immutable.
///
/// Every stack can be finished, because [Heights] keeps branches out that cannot. So when a schema
/// is so ambiguous that there are more than [#STACKS_MAX] ways, the later ones can be dropped: the
/// answer is held to less than the schema allows, in the same way on every machine.
final class Configuration {
  static final int STACKS_MAX = 256;
  private static final int STEPS_MAX = 20_000;
  private static final Frame[] NONE = {};

  private final Frame[] scans;
  private final boolean complete;
  private final int hash;

  private Configuration(Collection<Frame> scans, boolean complete) {
    this.scans = scans.toArray(NONE);
    this.complete = complete;
    hash = 31 * Arrays.hashCode(this.scans) + Boolean.hashCode(complete);
  }

  /// Before the first byte of `rule`.
  static Configuration start(Rule rule) {
    Closure closure = new Closure();
    closure.open(rule, null);
    return closure.finish();
  }

  /// After one more byte; [#dead] when it does not fit.
  Configuration after(int unsignedByte) {
    Closure closure = new Closure();
    for (Frame scan : scans) {
      closure.step(scan, unsignedByte);
    }
    return closure.finish();
  }

  /// After all of `bytes`.
  Configuration after(byte[] bytes) {
    Configuration at = this;
    for (int i = 0; i < bytes.length && !at.dead(); i++) {
      at = at.after(bytes[i] & 0xff);
    }
    return at;
  }

  /// What follows when the scan on top of `stack` is finished.
  static Configuration afterScan(Frame stack) {
    Closure closure = new Closure();
    closure.resume(stack.below);
    return closure.finish();
  }

  /// Whether the text so far is whole.
  boolean complete() {
    return complete;
  }

  /// Whether the text so far is whole and nothing may follow it.
  boolean closed() {
    return scans.length == 0 && complete;
  }

  /// Whether the text fits in no way.
  boolean dead() {
    return scans.length == 0 && !complete;
  }

  List<Frame> scans() {
    return List.of(scans);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Configuration that
            && hash == that.hash
            && complete == that.complete
            && Arrays.equals(scans, that.scans));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  private record Opening(Rule rule, @Nullable Frame below) {}

  /// Follows rules that need no byte until only scans are on top.
  private static final class Closure {
    private final Set<Frame> scans = new LinkedHashSet<>();
    private @Nullable Set<Object> seen;
    private final ArrayDeque<Opening> stack = new ArrayDeque<>();
    private boolean complete;
    private int steps;

    Configuration finish() {
      return new Configuration(scans, complete);
    }

    void step(Frame scan, int b) {
      Rule.Scan rule = (Rule.Scan) scan.rule;
      Dfa dfa = rule.dfa;
      int to = dfa.next(scan.at, b);
      if (to == Dfa.DEAD) {
        return;
      }
      int needed = scan.needed;
      int spare = scan.spare;
      boolean accepts = dfa.accepts(to);
      if (rule.counts()) {
        boolean endsCharacter = to == Dfa.START;
        if ((accepts && needed > 0) || (scan.at == Dfa.START && !accepts && spare == 0)) {
          return;
        }
        needed -= endsCharacter && needed > 0 ? 1 : 0;
        spare -= endsCharacter && spare < Integer.MAX_VALUE ? 1 : 0;
      }
      if (dfa.extendable(to)) {
        add(new Frame(rule, to, needed, spare, scan.below));
      }
      if (accepts) {
        resume(scan.below);
      }
    }

    void resume(@Nullable Frame frame) {
      next(frame);
      while (!stack.isEmpty()) {
        Opening opening = stack.pop();
        expand(opening.rule, opening.below);
      }
    }

    void open(Rule rule, @Nullable Frame below) {
      expand(rule, below);
      while (!stack.isEmpty()) {
        Opening opening = stack.pop();
        expand(opening.rule, opening.below);
      }
    }

    private void add(Frame scan) {
      if (scans.size() < STACKS_MAX) {
        scans.add(scan);
      }
    }

    private boolean firstTime(Object place) {
      if (seen == null) {
        seen = new HashSet<>();
      }
      return seen.add(place);
    }

    private void expand(Rule rule, @Nullable Frame below) {
      if (++steps > STEPS_MAX || scans.size() >= STACKS_MAX) {
        return;
      }
      switch (rule) {
        case Rule.Scan scan -> {
          if (scan.dfa.extendable(Dfa.START)) {
            add(new Frame(scan, Dfa.START, scan.min, scan.max, below));
          }
          if (scan.dfa.accepts(Dfa.START)) {
            next(below);
          }
        }
        case Rule.Sequence sequence -> next(new Frame(sequence, 0, 0, 0, below));
        case Rule.Choice choice -> {
          for (Rule alternative : choice.alternatives.reversed()) {
            if (fits(alternative, below)) {
              stack.push(new Opening(alternative, below));
            }
          }
        }
        case Rule.Repetition repetition ->
            next(new Frame(repetition, 0, repetition.min, repetition.max, below));
        case Rule.Nest nest -> {
          if (fits(nest, below)) {
            stack.push(new Opening(nest.body, new Frame(nest, 0, 0, 0, below)));
          }
        }
        case Rule.Reference reference -> {
          if (firstTime(new Opening(reference, below))) {
            stack.push(new Opening(reference.target(), below));
          }
        }
      }
    }

    private static boolean fits(Rule rule, @Nullable Frame below) {
      return Frame.depthOf(below) + rule.height() <= ConstraintCheck.ANSWER_NESTING_MAX;
    }

    /// Goes on with the rule that `frame` left unfinished.
    private void next(@Nullable Frame frame) {
      if (frame == null) {
        complete = true;
        return;
      }
      switch (frame.rule) {
        case Rule.Sequence sequence -> {
          if (frame.at == sequence.parts.size()) {
            next(frame.below);
            return;
          }
          boolean last = frame.at == sequence.parts.size() - 1;
          Frame rest = last ? frame.below : new Frame(sequence, frame.at + 1, 0, 0, frame.below);
          stack.push(new Opening(sequence.parts.get(frame.at), rest));
        }
        case Rule.Repetition repetition -> {
          if (!firstTime(frame)) {
            return;
          }
          if (frame.spare > 0 && fits(repetition.item, frame.below)) {
            int spare = frame.spare == Integer.MAX_VALUE ? frame.spare : frame.spare - 1;
            Frame rest =
                new Frame(repetition, 0, Math.max(0, frame.needed - 1), spare, frame.below);
            stack.push(new Opening(repetition.item, rest));
          }
          if (frame.needed == 0) {
            next(frame.below);
          }
        }
        case Rule.Nest _ -> next(frame.below);
        case Rule.Scan _, Rule.Choice _, Rule.Reference _ ->
            throw new IllegalStateException("A rule without remainder was left unfinished");
      }
    }
  }
}
