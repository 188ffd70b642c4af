// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Constraint;
import org.peermind.inference.internal.constraint.ConstraintCompiler.Compilation;

class ConstraintMemoryTest {
  private final TokenTrie trie = TokenTrie.of(TestVocabulary.of("the", "sun"));

  /// What one of the large schemas takes.
  private final long each = size();

  private long size() {
    ConstraintCompiler compiler = compiler(Long.MAX_VALUE);
    compile(compiler, 0);
    return compiler.bytes();
  }

  @Test
  void forgetsWhatNobodyUses_toStayWithinItsBound() {
    ConstraintCompiler compiler = compiler(3 * each + each / 2);
    for (int i = 0; i < 20; i++) {
      TokenConstraint constraint = compile(compiler, i);
      mask(constraint);
      constraint.release();
      constraint.release();
      assertThat(compiler.bytes()).isLessThanOrEqualTo(3 * each + each / 2);
    }

    assertThat(compiler.bytes()).as("as many as fit are remembered").isGreaterThan(2 * each);
  }

  @Test
  void letsAnswersWait_whileTheFormsOfOthersTakeAll() {
    ConstraintCompiler compiler = compiler(2 * each + each / 2);
    TokenConstraint first = compile(compiler, 1);
    compile(compiler, 2);

    assertThat(compiler.compile(large(3)))
        .isInstanceOfSatisfying(
            Compilation.Busy.class,
            busy -> assertThat(busy.sentence()).contains("ask again in a while"));
    TokenConstraint again = compile(compiler, 1);
    first.release();
    assertThat(compiler.compile(large(3)))
        .as("the first is in use twice")
        .isInstanceOf(Compilation.Busy.class);
    again.release();
    assertThat(compiler.compile(large(3))).isInstanceOf(Compilation.Ready.class);
  }

  @Test
  void refusesForGood_whatAloneIsTooLarge() {
    assertThat(compiler(each / 2).compile(large(1)))
        .isInstanceOfSatisfying(
            Compilation.Refused.class,
            refused -> assertThat(refused.sentence()).contains("simplify its patterns and enums."));
  }

  @Test
  void countsATableByItsEntries() {
    assertThat(each).isBetween(1_000_000L, 2_000_000L);
  }

  @Test
  void masksTheSame_whateverWasForgottenBefore() {
    Constraint lengths = new Constraint.JsonSchema(HostileSchemas.manyLengths());
    ConstraintCompiler crowded = compiler(2 * each);
    for (int i = 0; i < 5; i++) {
      TokenConstraint other = compile(crowded, i);
      mask(other);
      other.release();
    }
    TokenConstraint late = ConstrainedWalk.constraint(crowded, lengths);
    TokenConstraint alone = ConstrainedWalk.constraint(compiler(2 * each), lengths);
    byte[] text = "{\"s\":\"thesun".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    for (byte letter : text) {
      assertThat(mask(late)).isEqualTo(mask(alone));
      assertThat(late.advance(letter)).isEqualTo(alone.advance(letter)).isTrue();
    }
  }

  private float[] mask(TokenConstraint constraint) {
    float[] logits = new float[trie.tokens()];
    Arrays.fill(logits, 0);
    assertThat(constraint.mask(logits)).isTrue();
    return logits;
  }

  private ConstraintCompiler compiler(long bytesMax) {
    return new ConstraintCompiler(trie, CallSyntax.hermes(), bytesMax);
  }

  private static Constraint large(int number) {
    return new Constraint.JsonSchema(HostileSchemas.large(number));
  }

  private static TokenConstraint compile(ConstraintCompiler compiler, int number) {
    return ConstrainedWalk.constraint(compiler, large(number));
  }
}
