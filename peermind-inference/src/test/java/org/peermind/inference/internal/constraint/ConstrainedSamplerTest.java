// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Constraint;
import org.peermind.inference.Sampling;
import org.peermind.inference.internal.text.TokenSampler;
import org.peermind.testkit.Property;

/// Choosing tokens under a constraint.
class ConstrainedSamplerTest {
  private static final String SCHEMA = "{\"enum\":[1,2,3,\"a\"]}";

  private static TokenConstraint constraint(TokenTrie trie) {
    return ConstrainedWalk.constraint(
        new ConstraintCompiler(trie, CallSyntax.hermes()), new Constraint.JsonSchema(SCHEMA));
  }

  @Test
  void choosesAlwaysWhatTheMaskedLogitsGive() {
    TokenTrie trie = TokenTrie.of(TestVocabulary.of());
    TokenConstraint constraint = constraint(trie);
    Property.forAll(
        1,
        2_000,
        random -> {
          float[] logits = new float[trie.tokens()];
          for (int token = 0; token < logits.length; token++) {
            boolean likely = "123\"".indexOf(token) >= 0 && random.nextBoolean();
            logits[token] = (float) random.nextGaussian() + (likely ? 6 : 0);
          }
          if (random.nextInt(4) == 0) {
            logits['1'] = logits['2']; // a near-tie among those allowed
          }
          double temperature = new double[] {0, 0.8, 2}[random.nextInt(3)];
          double topP = random.nextBoolean() ? 1 : 0.7;
          Sampling sampling =
              new Sampling(temperature, topP, random.nextLong(), 0, 0, 0, 0, Map.of());
          TokenSampler sampler = new TokenSampler(sampling);
          float[] masked = logits.clone();
          constraint.mask(masked);

          Optional<TokenSampler.Choice> choice =
              new ConstrainedSampler(sampler, sampling).choose(logits, 5, constraint);

          assertThat(choice).contains(sampler.choose(masked, 5));
        });
  }

  @Test
  void drawsTheAllowedTokensByTheirSoftmax() {
    TokenTrie trie = TokenTrie.of(TestVocabulary.of());
    TokenConstraint constraint = constraint(trie);
    int draws = 20_000;
    int[] seen = new int[256];
    Sampling sampling = new Sampling(1, 1, 7);
    ConstrainedSampler sampler = new ConstrainedSampler(new TokenSampler(sampling), sampling);
    for (int position = 0; position < draws; position++) {
      float[] logits = new float[trie.tokens()];
      java.util.Arrays.fill(logits, -9);
      logits['1'] = (float) Math.log(4);
      logits['2'] = (float) Math.log(2);
      logits['3'] = (float) Math.log(2);
      logits['x'] = (float) Math.log(8); // half of the time a refused token is the best
      seen[sampler.choose(logits, position, constraint).orElseThrow().tokenId()]++;
    }
    assertThat(seen['x']).isZero();
    assertThat(seen['1'] / (double) draws).isCloseTo(0.5, within(0.015));
    assertThat(seen['2'] / (double) draws).isCloseTo(0.25, within(0.015));
  }

  @Test
  void choosesOnlyWhatCanBePushed_whenAFormIsTooAmbiguousToFollowAllWays() {
    TokenTrie trie = TokenTrie.of(TestVocabulary.of("[\"", "[1"));
    int word = TestVocabulary.CONTROL + 1;
    // Each array can begin in three ways, so behind the bracket the last of them are not followed.
    StringBuilder numbers = new StringBuilder();
    for (int i = 0; i < 140; i++) {
      numbers.append(
          "{\"type\":\"array\",\"minItems\":1,\"items\":{\"anyOf\":[{\"const\":1%d},{\"const\":1%d},{\"const\":1%d}]}},"
              .formatted(10 + i, 200 + i, 400 + i));
    }
    String schema =
        "{\"anyOf\":[%s{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}}]}"
            .formatted(numbers);
    TokenConstraint constraint =
        ConstrainedWalk.constraint(
            new ConstraintCompiler(trie, CallSyntax.hermes()), new Constraint.JsonSchema(schema));
    float[] logits = new float[trie.tokens()];
    logits[word] = 9;
    float[] masked = logits.clone();
    assertThat(constraint.mask(masked)).isTrue();
    assertThat(masked[word]).as("the mask is made way by way").isEqualTo(9);
    assertThat(constraint.allows(word)).isFalse();

    for (Sampling sampling :
        new Sampling[] {Sampling.greedy(), new Sampling(1, 0.9, 3, 20, 0, 0, 0, Map.of())}) {
      Optional<TokenSampler.Choice> choice =
          new ConstrainedSampler(new TokenSampler(sampling), sampling)
              .choose(logits.clone(), 0, constraint);

      assertThat(choice).isPresent();
      assertThat(constraint.allows(choice.get().tokenId())).isTrue();
    }
  }

  @Test
  void saysThatNothingFits_whenTheVocabularyLacksAByte() {
    TokenTrie trie =
        TokenTrie.of(
            new TokenVocabulary() {
              @Override
              public int size() {
                return 2;
              }

              @Override
              public byte[] bytes(int token) {
                return new byte[] {'x'};
              }

              @Override
              public boolean ends(int token) {
                return token == 1;
              }
            });

    Sampling sampling = Sampling.greedy();
    assertThat(
            new ConstrainedSampler(new TokenSampler(sampling), sampling)
                .choose(new float[2], 0, constraint(trie)))
        .isEmpty();
  }
}
