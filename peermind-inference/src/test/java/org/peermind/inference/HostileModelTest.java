// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.GgufException;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.testkit.Property;

/// Model files made to break the reader, the planner or native code: each is refused in a sentence
/// or loaded, and whatever dies is a child process.
class HostileModelTest {
  private static final int MUTANTS = 10_000;
  private static final int LOADED_MOST = 10;

  @TempDir private Path directory;
  private Path file;
  private NativeEngine engine;

  /// The libraries that are tested.
  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @BeforeEach
  void makeModel() throws Exception {
    file = directory.resolve("mutant.gguf");
    TinyLlama.of(7).write(file);
    engine = NativeEngine.open(natives().natives(directory));
  }

  @Test
  void refusesOrLoadsTenThousandMutatedHeads() throws Exception {
    byte[] whole = Files.readAllBytes(file);
    int headBytes =
        GgufReader.read(file).tensors().stream()
            .mapToInt(tensor -> (int) tensor.offset())
            .min()
            .orElseThrow();
    List<byte[]> readable = new ArrayList<>();
    Property.forAll(
        1,
        MUTANTS,
        random -> {
          byte[] mutant = java.util.Arrays.copyOf(whole, headBytes);
          int mutations = 1 + random.nextInt(4);
          for (int i = 0; i < mutations; i++) {
            // The numbers and keys lie at both ends; the vocabulary between them is long.
            int part = random.nextInt(3) == 0 ? headBytes : 700;
            int at =
                random.nextBoolean() ? random.nextInt(part) : headBytes - 1 - random.nextInt(part);
            mutant[at] =
                random.nextBoolean()
                    ? (byte) (mutant[at] ^ (1 << random.nextInt(8)))
                    : (byte) random.nextInt(256);
          }
          overwrite(mutant);
          try {
            GgufReader.read(file);
            readable.add(mutant);
          } catch (GgufException refused) {
            assertThat(refused.getMessage()).startsWith("The model file").hasLineCount(1);
          }
        });
    assertThat(readable.size()).as("some pass the reader").isBetween(100, MUTANTS - 100);

    int loaded = 0;
    for (int i = 0; i < LOADED_MOST; i++) {
      overwrite(readable.get((int) ((long) i * readable.size() / LOADED_MOST)));
      try (LoadedModel model = engine.load(spec(512), LoadProgress.ignored())) {
        loaded++;
        assertThat(Transcript.read(model, Transcript.request("the sun", 3)).events()).isNotEmpty();
      } catch (EngineException refused) {
        assertThat(refused.getMessage()).endsWith(".").hasLineCount(1);
      }
    }
    assertThat(loaded).as("and some of those load").isPositive();
  }

  @Test
  void refusesWhatNoMachineHasTheMemoryFor() throws Exception {
    TinyLlama.of(7).put("llama.attention.key_length", 1 << 20).write(file);

    assertThatThrownBy(
            () -> engine.load(spec(ModelSpec.CONTEXT_TOKENS_MAX), LoadProgress.ignored()))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("The model does not fit: It needs 81")
        .hasMessageContaining("take a smaller model, fewer context tokens or fewer slots.");
  }

  private ModelSpec spec(int contextTokens) throws IOException {
    return new ModelSpec(file, ModelDigest.sha256(file), contextTokens, 1, 1);
  }

  private void overwrite(byte[] head) {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(head);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
