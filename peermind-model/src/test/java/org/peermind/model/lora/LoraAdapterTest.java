// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;
import org.peermind.model.GgufValue;
import org.peermind.model.TensorType;
import org.peermind.testkit.Property;

class LoraAdapterTest {
  private static final SplittableRandom RANDOM = new SplittableRandom(1);
  private static final String TENSOR = "blk.0.attn_q.weight";

  @Test
  void stackDoesWhatAllItsAdaptersDoTogether() {
    Property.forAll(
        1,
        60,
        random -> {
          List<LoraAdapter> adapters = new ArrayList<>();
          for (int i = 0; i < 1 + random.nextInt(4); i++) {
            adapters.add(RandomAdapters.any(random));
          }

          LoraAdapter stack = LoraAdapter.stack(adapters, Map.of());

          for (int i = 0; i < 4; i++) {
            String tensor = "blk." + i + ".attn_q.weight";
            int in = 3 + 2 * i;
            int out = 7 - i;
            double[] expected = new double[in * out];
            for (LoraAdapter adapter : adapters) {
              double[] change = RandomAdapters.change(adapter, tensor, in, out);
              for (int j = 0; j < expected.length; j++) {
                expected[j] += change[j];
              }
            }
            assertThat(RandomAdapters.change(stack, tensor, in, out))
                .containsExactly(expected, within(1e-12));
          }
        });
  }

  @Test
  void keepsOldRanksAsTheyAre_whenAnEraIsAppended() {
    LoraAdapter old = adapter(RandomAdapters.matrix(RANDOM, TENSOR, 4, 3, 2));
    LoraAdapter era = adapter(RandomAdapters.matrix(RANDOM, TENSOR, 4, 3, 1));

    LoraAdapter stack = LoraAdapter.stack(List.of(old, era), Map.of("era", "2"));

    assertThat(stack.rank()).isEqualTo(3);
    assertThat(stack.notes()).containsExactly(Map.entry("era", "2"));
    float[] a = stack.matrices().getFirst().a();
    assertThat(java.util.Arrays.copyOf(a, 8)).isEqualTo(old.matrices().getFirst().a());
    assertThat(java.util.Arrays.copyOfRange(a, 8, 12)).isEqualTo(era.matrices().getFirst().a());
    assertThat(LoraAdapter.stack(List.of(old), old.notes())).isEqualTo(old);
  }

  @Test
  void fitsAModelOfItsFamilyThatHasEveryMatrixInThisShape() {
    LoraAdapter adapter = adapter(RandomAdapters.matrix(RANDOM, TENSOR, 4, 3, 2));

    assertThat(adapter.misfit(model("llama", TENSOR, 4, 3))).isEmpty();
    assertThat(adapter.misfit(model("qwen2", TENSOR, 4, 3)).orElseThrow()).contains("llama");
    String shape = "matrix %s of 4 by 3 numbers, which the model does not have".formatted(TENSOR);
    assertThat(adapter.misfit(model("llama", TENSOR, 3, 4)).orElseThrow()).contains(shape);
    assertThat(adapter.misfit(model("llama", "blk.1.attn_q.weight", 4, 3)).orElseThrow())
        .contains(shape);
  }

  private static GgufFile model(String family, String tensor, long in, long out) {
    return new GgufFile(
        Path.of("model.gguf"),
        3,
        0,
        Map.of("general.architecture", new GgufValue.Text(family)),
        List.of(
            new GgufTensor(tensor, TensorType.F32, List.of(in, out), in * out, 0, 4 * in * out)));
  }

  @Test
  void isTheSame_whateverTheOrderOfItsMatrices() {
    List<LoraMatrix> matrices = new ArrayList<>(RandomAdapters.any(RANDOM).matrices());
    matrices.add(RandomAdapters.matrix(RANDOM, "a.weight", 2, 2, matrices.getFirst().rank()));
    LoraAdapter first = LoraAdapter.of("llama", matrices, Map.of());
    Collections.reverse(matrices);

    assertThat(LoraAdapter.of("llama", matrices, Map.of())).isEqualTo(first);
  }

  @Test
  void keepsItsNumbersToItself() {
    float[] a = {1, 2};
    float[] b = {3};
    LoraMatrix matrix = new LoraMatrix(TENSOR, 2, 1, 1, a, b);
    a[0] = 9;
    matrix.b()[0] = 9;

    assertThat(matrix.a()).containsExactly(1, 2);
    assertThat(matrix.b()).containsExactly(3);
    assertThat(matrix).hasToString("LoraMatrix[blk.0.attn_q.weight, 2 to 1, rank 1]");
  }

  @Test
  void refusesMatricesThatDoNotFit() {
    float[] two = {1, 2};
    assertRefused(() -> matrix(TENSOR, 2, 2, 1, new float[3], two), "lora_a has 3 numbers, not 2");
    assertRefused(() -> matrix(TENSOR, 2, 2, 1, two, new float[3]), "lora_b has 3 numbers, not 2");
    assertRefused(() -> matrix(TENSOR, 0, 2, 1, two, two), "0 columns");
    assertRefused(() -> matrix(TENSOR, 2, 1 + (1 << 20), 1, two, two), "1048577 rows");
    assertRefused(() -> matrix(TENSOR, 1 << 20, 1 << 20, 4096, two, two), "not 4294967296");
    assertRefused(() -> matrix(TENSOR, 2, 2, 4097, two, two), "4097 ranks");
    for (float number : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] bad = {1, number};
      assertRefused(() -> matrix(TENSOR, 2, 2, 1, bad, two), "number 1 of blk.0");
      assertRefused(() -> matrix(TENSOR, 2, 2, 1, two, bad), "lora_b is not finite");
    }
    for (String name :
        List.of(
            "token_embd.weight", "blk.0.attn_q.bias", "a b.weight", "x".repeat(50) + ".weight")) {
      assertRefused(() -> matrix(name, 2, 2, 1, two, two), "none that an adapter can change");
    }
  }

  @Test
  void refusesAdaptersThatDoNotFit() {
    LoraMatrix matrix = RandomAdapters.matrix(RANDOM, TENSOR, 4, 3, 2);
    LoraMatrix wider = RandomAdapters.matrix(RANDOM, TENSOR, 5, 3, 2);
    LoraMatrix other = RandomAdapters.matrix(RANDOM, "b.weight", 4, 3, 1);

    assertRefused(() -> adapter(), "1 to 4096 matrices");
    assertRefused(() -> adapter(matrix, matrix), "appears twice");
    assertRefused(() -> adapter(matrix, other), "different ranks");
    assertRefused(
        () -> LoraAdapter.of("", List.of(matrix), Map.of()), "printable characters without spaces");
    assertRefused(
        () -> LoraAdapter.of("llama", List.of(matrix), Map.of("Key", "x")), "a note has a name");
    assertRefused(
        () -> LoraAdapter.of("llama", List.of(matrix), Map.of("k", "a\nb")), "a note has a name");
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i <= LoraAdapter.NOTES_MAX; i++) {
      many.put("k" + i, "");
    }
    assertRefused(() -> LoraAdapter.of("llama", List.of(matrix), many), "at most 64 notes");
    assertRefused(
        () -> LoraAdapter.stack(List.of(adapter(matrix), adapter(wider)), Map.of()),
        "differ about the shape");
    assertRefused(
        () ->
            LoraAdapter.stack(
                List.of(adapter(matrix), LoraAdapter.of("qwen2", List.of(matrix), Map.of())),
                Map.of()),
        "llama and qwen2");
    assertRefused(() -> LoraAdapter.stack(List.of(), Map.of()), "no adapter");
  }

  @Test
  void refusesStackThatNoFileHolds_beforeItTakesMemory() {
    LoraMatrix long1 = RandomAdapters.matrix(RANDOM, TENSOR, 1 << 20, 1, 2);
    LoraMatrix ranks = RandomAdapters.matrix(RANDOM, "b.weight", 1, 1, 2048);

    assertRefused(
        () -> LoraAdapter.stack(List.of(adapter(long1), adapter(ranks)), Map.of()),
        "fold the older ones first");
    assertRefused(
        () -> LoraAdapter.stack(Collections.nCopies(3, adapter(ranks)), Map.of()),
        "a stack of rank 6144");
  }

  private static LoraAdapter adapter(LoraMatrix... matrices) {
    return LoraAdapter.of("llama", List.of(matrices), Map.of());
  }

  private static LoraMatrix matrix(String name, int in, int out, int rank, float[] a, float[] b) {
    return new LoraMatrix(name, in, out, rank, a, b);
  }

  private static void assertRefused(Runnable making, String reason) {
    assertThatThrownBy(making::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
