// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.peermind.inference.Constraint;
import org.peermind.inference.internal.constraint.ConstraintCompiler.Compilation;

/// An answer of random tokens that the constraint allows.
record ConstrainedWalk(List<Integer> tokens, String text, boolean ended) {
  private static final int EAGER_TOKENS = 60;

  static TokenConstraint constraint(ConstraintCompiler compiler, Constraint constraint) {
    Compilation compilation = compiler.compile(constraint);
    assertThat(compilation).isInstanceOf(Compilation.Ready.class);
    return ((Compilation.Ready) compilation).constraint().orElseThrow();
  }

  /// Chooses among the tokens that the mask leaves; after a while the shortest text to the end is
  /// preferred, for random JSON has no end.
  static ConstrainedWalk random(
      TokenTrie trie, TokenConstraint constraint, RandomGenerator random, int tokensMax) {
    List<Integer> tokens = new ArrayList<>();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    while (tokens.size() < tokensMax) {
      float[] logits = new float[trie.tokens()];
      assertThat(constraint.mask(logits)).as("stuck after %s", text).isTrue();
      List<Integer> allowed = new ArrayList<>();
      for (int token = 0; token < logits.length; token++) {
        if (logits[token] == 0) {
          allowed.add(token);
        }
      }
      boolean end = constraint.complete();
      int token = allowed.get(random.nextInt(allowed.size()));
      if (end && (tokens.size() > EAGER_TOKENS || random.nextInt(4) == 0)) {
        token = TestVocabulary.END;
      } else if (tokens.size() > EAGER_TOKENS && random.nextInt(3) > 0) {
        token = closing(allowed, token);
      }
      for (int probe = 0; probe < 8; probe++) {
        int other = random.nextInt(trie.tokens());
        assertThat(constraint.allows(other))
            .as("token %d after %s", other, text)
            .isEqualTo(logits[other] == 0);
      }
      assertThat(constraint.allows(token)).isTrue();
      assertThat(constraint.advance(token)).isTrue();
      tokens.add(token);
      if (trie.isEnd(token)) {
        return new ConstrainedWalk(tokens, text.toString(StandardCharsets.UTF_8), true);
      }
      text.writeBytes(trie.text(token));
    }
    return new ConstrainedWalk(tokens, text.toString(StandardCharsets.UTF_8), false);
  }

  private static int closing(List<Integer> allowed, int otherwise) {
    for (int wanted : new int[] {'}', ']', '"'}) {
      if (allowed.contains(wanted)) {
        return wanted;
      }
    }
    return otherwise;
  }
}
