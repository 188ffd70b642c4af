// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.NativesAtHand;

/// The calls on sequences, on a tiny model of random weights.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LlamaModelTest {
  private static final int SEQUENCES = 3;
  private static final int BATCH_TOKENS = 64;
  private static final int[] TEXT = {1, 262, 263, 285, 297, 298, 303, 294, 308, 261, 304, 303};

  private LlamaModel model;

  /// The libraries that are tested.
  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @BeforeAll
  void load(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("tiny.gguf");
    TinyLlama.of(7).write(file);
    model =
        natives()
            .open(directory)
            .load(file, new LlamaModel.Shape(256, SEQUENCES, BATCH_TOKENS, 1), _ -> {});
  }

  @AfterAll
  void unload() {
    model.close();
  }

  @Test
  void goesOnFromWhereASequenceWasCut() {
    float[] whole = read(0, 0, TEXT.length);
    read(1, 0, TEXT.length);

    assertThat(model.removeSequence(1, 5)).isTrue();
    assertThat(model.nextPosition(1)).isEqualTo(5);
    assertThat(model.lastPosition(1)).isEqualTo(4);
    assertThat(read(1, 5, TEXT.length)).containsExactly(whole, within(1e-3f));
    forget();
  }

  @Test
  void goesOnFromWhatWasSaved_inAnotherSequenceAndOtherCells() {
    float[] whole = read(0, 0, TEXT.length);
    forget();
    read(1, 0, 7);
    try (SequenceState saved = model.save(1).orElseThrow()) {
      assertThat(saved.positions()).isEqualTo(7);
      forget();
      read(0, 0, 5);
      assertThat(model.restore(2, saved)).isTrue();
    }
    assertThat(model.nextPosition(2)).isEqualTo(7);
    assertThat(model.lastPosition(2)).isEqualTo(6);
    assertThat(read(2, 7, TEXT.length)).containsExactly(whole, within(1e-3f));
    assertThat(read(0, 5, TEXT.length)).containsExactly(whole, within(1e-3f));
    forget();
  }

  @Test
  void leavesASequenceEmpty_whenWhatWasSavedHasNoRoom() {
    read(1, 0, TEXT.length);
    try (SequenceState saved = model.save(1).orElseThrow()) {
      model.removeSequence(1);
      int[] tokens = new int[BATCH_TOKENS];
      java.util.Arrays.fill(tokens, 262);
      for (int begin = 0; begin < model.cells(); begin += BATCH_TOKENS) {
        fill(0, begin, tokens);
        assertThat(model.decode()).isEqualTo(LlamaModel.Decoded.DONE);
      }
      assertThat(model.restore(1, saved)).isFalse();
      assertThat(model.nextPosition(1)).isZero();
      model.removeSequence(0);
      assertThat(model.restore(1, saved)).isTrue();
      assertThatThrownBy(() -> model.restore(1, saved))
          .isInstanceOf(IllegalArgumentException.class);
    }
    forget();
  }

  @Test
  void leavesNothingOfABatchThatWasGivenUp() {
    float[] whole = read(0, 0, TEXT.length);
    read(1, 0, 4);
    int[] asked = {0};
    fill(1, 4, java.util.Arrays.copyOfRange(TEXT, 4, TEXT.length));

    assertThat(model.decode(() -> ++asked[0] > 5)).isEqualTo(LlamaModel.Decoded.ABORTED);

    assertThat(asked[0]).isBetween(6, 60);
    assertThat(model.nextPosition(1)).isEqualTo(4);
    assertThat(model.lastPosition(1)).isEqualTo(3);
    assertThat(read(1, 4, TEXT.length)).containsExactly(whole, within(1e-3f));
    forget();
  }

  @Test
  void givesTheSameEmbeddingsAloneAndTogether_andLogitsAfterwards() {
    float[] logits = read(0, 0, TEXT.length);
    forget();
    model.embedding(true);
    float[] alone = new float[model.embeddingWidth()];
    int row = fill(1, 0, TEXT);
    assertThat(model.decode()).isEqualTo(LlamaModel.Decoded.DONE);
    model.embedding(row, alone);
    assertThatThrownBy(() -> model.embedding(0, alone))
        .isInstanceOf(IllegalArgumentException.class);
    model.removeSequence(1);
    model.batch().clear();
    int first = 0;
    for (int i = 0; i < TEXT.length; i++) {
      first = model.batch().add(TEXT[i], i, 0, true);
    }
    int last = 0;
    for (int i = 0; i < 5; i++) {
      last = model.batch().add(TEXT[i], i, 1, true);
    }
    assertThat(model.decode()).isEqualTo(LlamaModel.Decoded.DONE);
    float[] together = new float[model.embeddingWidth()];
    model.embedding(first, together);
    assertThat(together).containsExactly(alone, within(1e-3f));
    model.embedding(last, together);
    assertThat(together).isNotEqualTo(alone);
    forget();
    model.embedding(false);

    assertThat(read(0, 0, TEXT.length)).containsExactly(logits, within(1e-3f));
    forget();
  }

  @Test
  void refusesWhatTheLibraryWouldNotSurvive() {
    fill(SEQUENCES, 0, TEXT);
    assertThatThrownBy(model::decode).isInstanceOf(IllegalArgumentException.class);
    fill(0, 3, TEXT);
    assertThatThrownBy(model::decode)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("position 3 of sequence 0, where 0 follows");
    fill(0, 0, new int[] {model.vocabularySize()});
    assertThatThrownBy(model::decode).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> model.removeSequence(-1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> model.nextPosition(SEQUENCES))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(model.divisible()).isTrue();
  }

  /// Reads `TEXT` from `begin` to `end` into a sequence and returns the logits of the last token.
  private float[] read(int sequence, int begin, int end) {
    int row = fill(sequence, begin, java.util.Arrays.copyOfRange(TEXT, begin, end));
    assertThat(model.decode()).isEqualTo(LlamaModel.Decoded.DONE);
    float[] logits = new float[model.vocabularySize()];
    model.logits(row, logits);
    return logits;
  }

  private int fill(int sequence, int begin, int[] tokens) {
    model.batch().clear();
    int row = 0;
    for (int i = 0; i < tokens.length; i++) {
      row = model.batch().add(tokens[i], begin + i, sequence, i == tokens.length - 1);
    }
    return row;
  }

  private void forget() {
    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
      model.removeSequence(sequence);
    }
  }
}
