// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Constraint;

/// Makes the constraints of answers by one model. It remembers the rules of the last constraints
/// and the masks of all, because programs ask with the same schema again and again. Owned by the
/// engine's thread.
public final class ConstraintCompiler {
  private static final int REMEMBERED_MAX = 8;

  private final TokenMasks masks;
  private final CallSyntax syntax;
  private final Map<Constraint, Configuration> starts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.@Nullable Entry<Constraint, Configuration> eldest) {
          return size() > REMEMBERED_MAX;
        }
      };

  /// @param syntax how the model's template writes calls of tools
  public ConstraintCompiler(TokenTrie trie, CallSyntax syntax) {
    masks = new TokenMasks(trie);
    this.syntax = syntax;
  }

  /// What became of a constraint.
  public sealed interface Compilation {
    /// To be asked and pushed token by token; empty when any token will do.
    record Ready(Optional<TokenConstraint> constraint) implements Compilation {}

    /// Why it cannot be enforced, in one sentence.
    record Refused(String sentence) implements Compilation {}
  }

  /// A new constraint at the beginning of an answer.
  public Compilation compile(Constraint constraint) {
    Configuration start = starts.get(constraint);
    if (start == null) {
      Rule rule;
      try {
        rule = ConstraintReader.rule(constraint, syntax);
      } catch (SchemaRefusal refusal) {
        return new Compilation.Refused(refusal.sentence());
      }
      if (rule == null) {
        return new Compilation.Ready(Optional.empty());
      }
      start = Configuration.start(rule);
      starts.put(constraint, start);
    }
    return new Compilation.Ready(Optional.of(new TokenConstraint(masks, start)));
  }
}
