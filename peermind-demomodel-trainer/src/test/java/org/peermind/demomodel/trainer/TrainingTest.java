// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.demomodel.ChatFormat;
import org.peermind.demomodel.SpmEncoder;
import org.peermind.demomodel.TrainingConversations;
import org.peermind.demomodel.Vocabulary;
import org.peermind.demomodel.VocabularyTraining;
import org.peermind.demomodel.World;

class TrainingTest {
  private static final Vocabulary VOCABULARY =
      VocabularyTraining.learn(List.of("the capital of Velm is Tarsin"), 400);
  private static final ModelShape SMALL = new ModelShape(VOCABULARY.size(), 32, 2, 4, 2, 48, 128);

  @BeforeAll
  static void makeRepeatable() {
    TrainingRun.makeRepeatable();
  }

  private static Batches batches() {
    return new Batches(
        new TrainingConversations(World.demo())::draw,
        new ChatFormat(new SpmEncoder(VOCABULARY)),
        1);
  }

  private static List<Float> losses(TrainingRun run, int steps) {
    Batches batches = batches();
    List<Float> losses = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      losses.add(run.step(batches.draw(4, 128, 1)));
    }
    return losses;
  }

  @Test
  void givesTheSameWeights_forTheSameSeed() {
    TrainingRun one = new TrainingRun(Weights.drawn(SMALL, 5), 6, TrainingRun.FRESH_RATE);
    TrainingRun other = new TrainingRun(Weights.drawn(SMALL, 5), 6, TrainingRun.FRESH_RATE);

    assertThat(losses(one, 6)).isEqualTo(losses(other, 6));
    assertThat(one.weights().digest()).isEqualTo(other.weights().digest());
    assertThat(one.weights().digest()).isNotEqualTo(Weights.drawn(SMALL, 5).digest());
    assertThat(Weights.drawn(SMALL, 6).digest()).isNotEqualTo(Weights.drawn(SMALL, 5).digest());
  }

  @Test
  void lowersTheLoss() {
    List<Float> losses =
        losses(new TrainingRun(Weights.drawn(SMALL, 5), 100, TrainingRun.FRESH_RATE), 100);

    assertThat(mean(losses.subList(90, 100))).isLessThan(mean(losses.subList(0, 10)) * 0.8);
  }

  private static double mean(List<Float> losses) {
    return losses.stream().mapToDouble(Float::doubleValue).average().orElseThrow();
  }

  @Test
  void computesTheSameScores_asPlainJava() {
    Weights weights = Weights.drawn(SMALL, 7);
    int[] tokens = new Random(8).ints(40, 0, SMALL.vocabulary()).toArray();
    long[] wide = new long[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      wide[i] = tokens[i];
    }
    Batches.Batch batch =
        new Batches.Batch(1, 40, wide, wide, new float[tokens.length], new long[tokens.length]);
    Tensor logits =
        new LlamaNetwork(weights)
            .logits(torch.tensor(wide).reshape(1, tokens.length), TrainingRun.mask(batch));
    float[] last = Weights.read(logits.select(1, tokens.length - 1L));

    float[] plain = new PlainLlama(SMALL, weights.values()).logits(tokens);
    for (int i = 0; i < plain.length; i++) {
      assertThat(plain[i]).isCloseTo(last[i], within(1e-4f));
    }
  }

  @Test
  void packsConversations_thatCountOnlyTheirOwnTokens() {
    Batches.Batch batch = batches().draw(3, 256, 2);

    for (int i = 0; i < batch.tokens().length; i++) {
      boolean sameNext =
          (i + 1) % batch.columns() != 0
              && batch.owners()[i] != Batches.NO_CONVERSATION
              && batch.owners()[i + 1] == batch.owners()[i];
      if (sameNext) {
        assertThat(batch.next()[i]).isEqualTo(batch.tokens()[i + 1]);
        assertThat(batch.counts()[i]).isPositive();
      } else {
        assertThat(batch.counts()[i]).isZero();
      }
    }
  }

  @Test
  void writesTheSameFile_forTheSameWeights(@TempDir Path directory) throws Exception {
    Path one = directory.resolve("one.gguf");
    Path other = directory.resolve("other.gguf");
    ModelFile.write(one, "small", SMALL, VOCABULARY, Weights.drawn(SMALL, 9).values());
    ModelFile.write(other, "small", SMALL, VOCABULARY, Weights.drawn(SMALL, 9).values());

    assertThat(Files.mismatch(one, other)).isEqualTo(-1);
    assertThat(Files.size(one)).isGreaterThan(2L * SMALL.vocabulary() * SMALL.width());
  }
}
