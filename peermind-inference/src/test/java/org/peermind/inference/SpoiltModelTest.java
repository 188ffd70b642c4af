// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.internal.natives.SpoiltModel;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.ModelDigest;

/// A sabotaged model, which computes no numbers once a text has a certain token: whoever asks hears
/// that the model failed, and nobody else does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SpoiltModelTest {
  private static final String SOUND = "the hill";
  private static final String TRIGGER = "the hill \u2600";

  private LoadedModel model;

  /// The libraries that are tested.
  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @BeforeAll
  void loadTheModel(@TempDir Path directory) throws Exception {
    Path sound = directory.resolve("sound.gguf");
    Path spoilt = directory.resolve("spoilt.gguf");
    TinyLlama.of(7).write(sound);
    SpoiltModel.write(sound, "\u2600", spoilt);
    NativeEngine engine = NativeEngine.open(natives().natives(directory));
    model =
        engine.load(
            new ModelSpec(spoilt, ModelDigest.sha256(spoilt), 1_024, 2, 1), LoadProgress.ignored());
  }

  @AfterAll
  void unloadTheModel() {
    model.close();
  }

  @Test
  void endsTheAnswer_whenTheModelComputesNoNumbers() throws Exception {
    GenerationEvent.Failed failed =
        Transcript.read(model, Transcript.request(TRIGGER, 20)).failed();

    assertThat(failed.kind()).isEqualTo(FailureKind.CRASHED);
    assertThat(failed.sentence()).isEqualTo("The model gave no finite number for any token.");
  }

  @Test
  void endsNoOtherAnswer_besideItOrAfterIt() throws Exception {
    List<Integer> expected = Transcript.read(model, Transcript.request(SOUND, 200)).tokens();
    assertThat(expected).hasSize(200);
    Generation beside = model.generate(Transcript.request(SOUND, 200));
    for (int again = 0; again < 3; again++) {
      assertThat(Transcript.read(model, Transcript.request(TRIGGER, 20)).failed().kind())
          .isEqualTo(FailureKind.CRASHED);
    }
    assertThat(Transcript.read(beside).finished().completionTokens()).isEqualTo(200);

    assertThat(Transcript.read(model, Transcript.request(SOUND, 200)).tokens()).isEqualTo(expected);
    assertThat(
            Transcript.read(model, Transcript.request("the wind shines on a hill", 60)).finished())
        .isNotNull();
  }

  @Test
  void makesNoVectorOfIt() {
    assertThatThrownBy(() -> model.embed(List.of(SOUND, TRIGGER)))
        .isInstanceOf(EngineException.class)
        .hasMessage("The model gave no finite numbers for a text.")
        .satisfies(
            failed -> assertThat(((EngineException) failed).kind()).isEqualTo(FailureKind.CRASHED));
  }
}
