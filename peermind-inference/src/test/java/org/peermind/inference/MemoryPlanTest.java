// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.GgufReader;
import org.peermind.protocol.ModelHash;
import org.peermind.testkit.Property;

class MemoryPlanTest {
  private static final long GIB = 1L << 30;
  private static final int LAYERS = 4;

  /// 1 GiB of embeddings, 4 layers of 1 GiB, half a GiB of output, a quarter to compute.
  private static final MemoryNeed NEED =
      new MemoryNeed(GIB, List.of(GIB, GIB, GIB, GIB), GIB / 2, 4 * GIB + GIB / 2, GIB, GIB / 4);

  @Test
  void countsKeysAndValuesOfEveryLayer(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("tiny.gguf");
    TinyLlama.of(7).write(file);

    MemoryNeed need = MemoryNeed.of(GgufReader.read(file), 512, 2);

    // 2 layers, 2 heads of 16 numbers for keys and as many for values, 2 bytes each.
    assertThat(need.tokensBytes()).isEqualTo(2 * 2 * (16 + 16) * 512 * 2);
    assertThat(need.layerBytes()).hasSize(2);
    assertThat(need.totalBytes()).isGreaterThan(need.weightsBytes() + need.tokensBytes());
    assertThat(MemoryNeed.of(GgufReader.read(file), 513, 2).tokensBytes())
        .as("cells come in steps of 256")
        .isEqualTo(need.tokensBytes() * 3 / 2);
    ModelSpec full =
        new ModelSpec(file, new ModelHash("0".repeat(64)), 512, 2, 1).withFullPrecision();
    MemoryNeed fullNeed = MemoryNeed.of(GgufReader.read(file), full, 1_000);
    assertThat(fullNeed.tokensBytes()).isEqualTo(2 * need.tokensBytes());
    assertThat(fullNeed.weightsBytes()).isEqualTo(need.weightsBytes() + 1_000);
  }

  @Test
  void refusesSizesThatMakeNoSense(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("huge.gguf");
    TinyLlama.of(7).put("llama.attention.key_length", Integer.MAX_VALUE).write(file);

    assertThatThrownBy(() -> MemoryNeed.of(GgufReader.read(file), 512, 2))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("make no sense");
  }

  @Test
  void fitsOnTheProcessor() {
    MemoryPlan plan = MemoryPlan.of(NEED, List.of(processor(16 * GIB)));

    assertThat(plan.fits()).isTrue();
    assertThat(plan.gpuLayers()).isZero();
    assertThat(plan.hostBytes()).isEqualTo(NEED.totalBytes() + GIB / 2 + MemoryPlan.PROCESS_BYTES);
    assertThat(plan.sentence())
        .isEqualTo(
            "It needs 6.41 GiB of the 16.00 GiB of memory that are free (weights 4.50 GiB, tokens"
                + " 1.00 GiB, idle conversations 0.50 GiB, computing 0.25 GiB; all on the"
                + " processor).");
  }

  @Test
  void saysHowMuchIsMissing() {
    MemoryPlan plan = MemoryPlan.of(NEED, List.of(processor(2 * GIB)));

    assertThat(plan.fits()).isFalse();
    assertThat(plan.refusal().orElseThrow())
        .startsWith("The model does not fit: It needs 6.41 GiB of the 2.00 GiB")
        .endsWith(
            "4.41 GiB are missing: take a smaller model, fewer context tokens or fewer slots.")
        .hasLineCount(1);
  }

  @Test
  void putsEverythingOnACardThatHoldsIt() {
    MemoryPlan plan = MemoryPlan.of(NEED, List.of(card(24 * GIB), processor(2 * GIB)));

    assertThat(plan.gpuLayers()).isEqualTo(LAYERS + 1);
    assertThat(plan.fits()).isTrue();
    assertThat(plan.gpuBytes()).isEqualTo(4 * GIB + GIB / 2 + GIB / 4);
    assertThat(plan.hostBytes()).isLessThan(2 * GIB);
    assertThat(plan.sentence()).contains("all layers with 4.75 GiB on CUDA0");
  }

  @Test
  void putsTheLastLayersOnACardThatHoldsAPart() {
    MemoryPlan plan = MemoryPlan.of(NEED, List.of(card(3 * GIB + GIB / 2), processor(16 * GIB)));

    assertThat(plan.gpuLayers()).isEqualTo(3);
    assertThat(plan.gpuBytes()).isEqualTo(2 * GIB + GIB / 2 + GIB / 4);
    assertThat(plan.sentence()).contains("3 of 5 layers with 2.75 GiB on CUDA0");
  }

  @Test
  void trustsNoCardOfUnknownMemory() {
    EngineDevice unknown =
        new EngineDevice(
            "CUDA0", "card", EngineDevice.Kind.GPU, OptionalLong.empty(), OptionalLong.empty());
    MemoryPlan plan = MemoryPlan.of(NEED, List.of(unknown, processor(16 * GIB)));

    assertThat(plan.gpuLayers()).isZero();
    assertThat(plan.sentence()).contains("the memory of the graphics card is unknown");
  }

  @Test
  void countsAnIntegratedCardsLayersToTheMachine() {
    EngineDevice integrated =
        new EngineDevice(
            "Vulkan0",
            "unit",
            EngineDevice.Kind.INTEGRATED_GPU,
            OptionalLong.of(32 * GIB),
            OptionalLong.of(32 * GIB));

    assertThat(MemoryPlan.of(NEED, List.of(integrated, processor(16 * GIB))).gpuLayers())
        .isEqualTo(LAYERS + 1);
    assertThat(MemoryPlan.of(NEED, List.of(integrated, processor(4 * GIB))).fits()).isFalse();
  }

  @Test
  void saysThatTheMachinesMemoryIsUnknown() {
    MemoryPlan plan = MemoryPlan.of(NEED, List.of());

    assertThat(plan.fits()).isTrue();
    assertThat(plan.sentence()).endsWith("how much is free is unknown.");
  }

  @Test
  void neverFillsACardBeyondWhatIsFree() {
    Property.forAll(
        1,
        2_000,
        random -> {
          long free = random.nextLong(12 * GIB);
          long other = random.nextLong(12 * GIB);
          MemoryPlan plan =
              MemoryPlan.of(NEED, List.of(card(free), card(other), processor(16 * GIB)));
          assertThat(plan.gpuBytes()).isBetween(0L, free + other);
          assertThat(plan.gpuLayers()).isBetween(0, LAYERS + 1);
          assertThat(plan.hostBytes() + plan.gpuBytes()).isGreaterThanOrEqualTo(NEED.totalBytes());
        });
  }

  private static EngineDevice processor(long free) {
    return new EngineDevice(
        "CPU", "cores", EngineDevice.Kind.CPU, OptionalLong.of(free), OptionalLong.of(64 * GIB));
  }

  private static EngineDevice card(long free) {
    return new EngineDevice(
        "CUDA0", "card", EngineDevice.Kind.GPU, OptionalLong.of(free), OptionalLong.of(24 * GIB));
  }
}
