// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Constraint;

/// Makes the constraints of answers by one model. It remembers rules and masks, because programs
/// ask with the same schema again and again.
///
/// Rules take at most [#BYTES_MAX] together, those in use and those only remembered: the heap of
/// the engine's process is small, and others answer in it. To make room the ones that nobody uses
/// are forgotten, the longest unused first; when that is not enough, an answer must wait for
/// another one's end. Constraints are compiled by one thread and released by any.
public final class ConstraintCompiler {
  /// The most memory that the rules of all constraints take, in bytes.
  static final long BYTES_MAX = 16L << 20;

  private static final long ENTRY_BYTES = 2_048;

  private final TokenMasks masks;
  private final CallSyntax syntax;
  private final long bytesMax;
  private final Map<Constraint, Compiled> known = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /// @param syntax how the model's template writes calls of tools
  public ConstraintCompiler(TokenTrie trie, CallSyntax syntax) {
    this(trie, syntax, BYTES_MAX);
  }

  ConstraintCompiler(TokenTrie trie, CallSyntax syntax, long bytesMax) {
    masks = new TokenMasks(trie);
    this.syntax = syntax;
    this.bytesMax = bytesMax;
  }

  private static final class Compiled {
    private final Configuration start;
    private final Rule rule;
    private final long bytes;
    private int uses;

    Compiled(Rule rule, long bytes) {
      start = Configuration.start(rule);
      this.rule = rule;
      this.bytes = bytes;
    }
  }

  /// What became of a constraint.
  public sealed interface Compilation {
    /// To be asked and pushed token by token, and to be given back to [#release] at the end of the
    /// answer; empty when any token will do.
    record Ready(Optional<TokenConstraint> constraint) implements Compilation {}

    /// Why it cannot be enforced, in one sentence.
    record Refused(String sentence) implements Compilation {}

    /// Why it cannot be enforced now, in one sentence.
    record Busy(String sentence) implements Compilation {}
  }

  /// A new constraint at the beginning of an answer.
  public Compilation compile(Constraint constraint) {
    Compiled compiled = used(constraint);
    if (compiled == null) {
      // Not under the lock: it takes milliseconds, and the engine's thread may want to release one.
      Rule rule;
      try {
        rule = ConstraintReader.rule(constraint, syntax);
      } catch (SchemaRefusal refusal) {
        return new Compilation.Refused(refusal.sentence());
      }
      if (rule == null) {
        return new Compilation.Ready(Optional.empty());
      }
      long size = ENTRY_BYTES + 2L * textLength(constraint) + Heights.bytes(rule);
      if (size > bytesMax) {
        return new Compilation.Refused(
            "The schema's rules take more than %d KiB; simplify its patterns and enums."
                .formatted(bytesMax >> 10));
      }
      if (!makeRoom(size)) {
        return new Compilation.Busy(
            "The answers that are being generated here have too large forms to begin another one;"
                + " ask again in a while or with a smaller schema.");
      }
      compiled = new Compiled(rule, size);
      add(constraint, compiled);
    }
    Compiled inUse = compiled;
    return new Compilation.Ready(
        Optional.of(new TokenConstraint(masks, inUse.start, () -> release(inUse))));
  }

  private synchronized @Nullable Compiled used(Constraint constraint) {
    Compiled found = known.get(constraint);
    if (found != null) {
      found.uses++;
    }
    return found;
  }

  /// Forgets what nobody uses until `size` more bytes fit; false when they do not fit even then.
  private synchronized boolean makeRoom(long size) {
    Iterator<Compiled> eldest = known.values().iterator();
    while (bytes + size > bytesMax && eldest.hasNext()) {
      Compiled one = eldest.next();
      if (one.uses == 0) {
        eldest.remove();
        bytes -= one.bytes;
        masks.forget(Heights.automata(one.rule));
      }
    }
    return bytes + size <= bytesMax;
  }

  private synchronized void add(Constraint constraint, Compiled compiled) {
    compiled.uses = 1;
    known.put(constraint, compiled);
    bytes += compiled.bytes;
  }

  private synchronized void release(Compiled compiled) {
    compiled.uses--;
  }

  /// The memory that rules take now, in bytes.
  synchronized long bytes() {
    return bytes;
  }

  private static long textLength(Constraint constraint) {
    return switch (constraint) {
      case Constraint.None _, Constraint.JsonObject _ -> 0;
      case Constraint.JsonSchema(String schema) -> schema.length();
      case Constraint.Tools tools ->
          tools.tools().stream()
              .mapToLong(
                  tool ->
                      tool.name().length()
                          + tool.description().length()
                          + (long) tool.parametersJson().length())
              .sum();
    };
  }
}
