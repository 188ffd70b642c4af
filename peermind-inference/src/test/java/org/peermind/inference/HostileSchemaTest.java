// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.internal.constraint.HostileSchemas;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.ModelDigest;

/// Many schemas that compile to large tables, one after the other and at once, in a real child with
/// its small heap.
@Timeout(180)
class HostileSchemaTest {
  private static final int SLOTS = 4;

  private LoadedModel model;

  @BeforeEach
  void loadModel(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("tiny.gguf");
    TinyLlama.of(7).write(file);
    model =
        NativeEngine.open(Natives.bundled(directory.resolve("natives")))
            .load(
                new ModelSpec(
                    file, ModelDigest.sha256(file), SLOTS * TinyLlama.CONTEXT_TOKENS, SLOTS, 1),
                LoadProgress.ignored());
  }

  @AfterEach
  void unloadModel() {
    model.close();
  }

  @Test
  void forgetsWhatItCannotHold_andGoesOnAnswering() throws Exception {
    model.pace(OptionalDouble.of(200));
    Generation other = model.generate(Transcript.request("the sun", 300));

    for (int i = 0; i < 80; i++) {
      assertThat(Transcript.read(model, constrained(i, 1)).finished().completionTokens())
          .isEqualTo(1);
    }

    model.pace(OptionalDouble.empty());
    assertThat(Transcript.read(other).finished().completionTokens()).isPositive();
    assertThat(model.alive()).isTrue();
  }

  @Test
  void refusesMoreFormsAtOnce_thanItCanHold() throws Exception {
    model.pace(OptionalDouble.of(0.1));
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < SLOTS * 8; i++) {
      all.add(model.generate(constrained(i, 5)));
    }

    GenerationEvent.Failed failed = Transcript.read(all.getLast()).failed();
    assertThat(failed.kind()).isEqualTo(FailureKind.BUSY);
    assertThat(failed.sentence()).contains("too large forms");
    all.forEach(Generation::close);
    model.pace(OptionalDouble.empty());
    for (Generation generation : all.subList(0, all.size() - 1)) {
      assertThat(Transcript.read(generation).events()).isNotEmpty();
    }
    assertThat(Transcript.read(model, constrained(99, 2)).finished().completionTokens())
        .as("their ends make room")
        .isEqualTo(2);
  }

  private static GenerationRequest constrained(int schema, int tokens) {
    return Transcript.request("the sun", tokens)
        .withConstraint(new Constraint.JsonSchema(HostileSchemas.large(schema)));
  }
}
