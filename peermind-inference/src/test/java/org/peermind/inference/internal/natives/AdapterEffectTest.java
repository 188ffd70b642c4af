// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufTensor;
import org.peermind.model.GgufWriter;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.model.lora.LoraMatrix;
import org.peermind.model.tensor.TensorReader;

/// What the engine makes of the adapter files that this program writes: the model whose weights
/// have the change added already.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdapterEffectTest {
  private static final int[] TEXT = {1, 262, 263, 285, 297, 298, 303, 294, 308, 261, 304, 303};

  private Path directory;
  private Path base;
  private LlamaLibrary library;
  private GgufFile model;
  private LoraAdapter first;
  private LoraAdapter second;

  @BeforeAll
  void makeModelAndAdapters(@TempDir Path shared) throws Exception {
    directory = shared;
    library = LlamaLibrary.open(BundledLibrary.extract(directory), Optional.empty());
    base = directory.resolve("base.gguf");
    TinyLlama.of(7).write(base);
    model = GgufReader.read(base);
    first = adapter(1, 4, "blk.0.attn_q.weight", "blk.1.ffn_down.weight", "output.weight");
    second = adapter(2, 3, "blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.1.ffn_up.weight");
  }

  @Test
  void changesTheWeightsByTheProductOfItsHalves() throws Exception {
    float[] plain = logits(base, Optional.empty());
    float[] adapted = logits(base, Optional.of(first));

    assertThat(adapted).containsExactly(logits(merged(List.of(first)), Optional.empty()), near());
    assertThat(distance(plain, adapted)).isGreaterThan(0.5f);
  }

  @Test
  void doesWhatAllAdaptersDo_whenTheyAreStacked() throws Exception {
    LoraAdapter stack = LoraAdapter.stack(List.of(first, second), Map.of());

    assertThat(logits(base, Optional.of(stack)))
        .containsExactly(logits(merged(List.of(first, second)), Optional.empty()), near());
  }

  private static org.assertj.core.data.Offset<Float> near() {
    return within(2e-4f);
  }

  private LoraAdapter adapter(long seed, int rank, String... tensors) {
    SplittableRandom random = new SplittableRandom(seed);
    List<LoraMatrix> matrices = new ArrayList<>();
    for (String tensor : tensors) {
      List<Long> shape =
          model.tensors().stream()
              .filter(candidate -> candidate.name().equals(tensor))
              .map(GgufTensor::dimensions)
              .findAny()
              .orElseThrow();
      int in = Math.toIntExact(shape.getFirst());
      int out = Math.toIntExact(shape.getLast());
      float[] a = numbers(random, rank * in);
      matrices.add(new LoraMatrix(tensor, in, out, rank, a, numbers(random, out * rank)));
    }
    return LoraAdapter.of("llama", matrices, Map.of("era", Long.toString(seed)));
  }

  private static float[] numbers(SplittableRandom random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextDouble(-0.3, 0.3);
    }
    return numbers;
  }

  /// A model with the changes of the adapters in its weights.
  private Path merged(List<LoraAdapter> adapters) throws Exception {
    Map<String, List<LoraMatrix>> changes = new HashMap<>();
    for (LoraAdapter adapter : adapters) {
      for (LoraMatrix matrix : adapter.matrices()) {
        changes.computeIfAbsent(matrix.tensor(), _ -> new ArrayList<>()).add(matrix);
      }
    }
    GgufWriter writer = new GgufWriter();
    model.metadata().forEach(writer::put);
    try (TensorReader reader = TensorReader.open(model)) {
      for (GgufTensor tensor : model.tensors()) {
        float[] weights = reader.read(tensor);
        for (LoraMatrix matrix : changes.getOrDefault(tensor.name(), List.of())) {
          add(weights, matrix);
        }
        long[] shape = tensor.dimensions().stream().mapToLong(Long::longValue).toArray();
        writer.tensor(tensor.name(), tensor.type(), shape, weights);
      }
    }
    Path file = directory.resolve("merged.gguf");
    writer.write(file);
    return file;
  }

  private static void add(float[] weights, LoraMatrix matrix) {
    float[] a = matrix.a();
    float[] b = matrix.b();
    for (int row = 0; row < matrix.out(); row++) {
      for (int column = 0; column < matrix.in(); column++) {
        double change = 0;
        for (int k = 0; k < matrix.rank(); k++) {
          change += (double) b[row * matrix.rank() + k] * a[k * matrix.in() + column];
        }
        weights[row * matrix.in() + column] += (float) change;
      }
    }
  }

  /// The logits after `TEXT`, by the library's own calls.
  private float[] logits(Path file, Optional<LoraAdapter> adapter) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params =
          library.defaults("llama_model_default_params", library.profile().model().bytes(), arena);
      MemorySegment loaded = library.loadModel(arena.allocateFrom(file.toString()), params);
      assertThat(loaded.address()).isNotZero();
      LlamaModel.Shape shape = new LlamaModel.Shape(64, 1, 64, 1);
      MemorySegment context = ContextParameters.newContext(library, loaded, shape, arena);
      try {
        if (adapter.isPresent()) {
          apply(adapter.get(), loaded, context, arena);
        }
        TokenBatch batch = new TokenBatch(arena, TEXT.length);
        for (int i = 0; i < TEXT.length; i++) {
          batch.add(TEXT[i], i, 0, i == TEXT.length - 1);
        }
        assertThat(library.decode(context, batch.struct())).isZero();
        int vocabulary = model.vocabularySize();
        return library.logits(context, TEXT.length - 1, vocabulary).toArray(JAVA_FLOAT);
      } finally {
        library.freeContext(context);
        library.freeModel(loaded); // with its adapters
      }
    }
  }

  private void apply(LoraAdapter adapter, MemorySegment loaded, MemorySegment context, Arena arena)
      throws Exception {
    Path file = directory.resolve("adapter.gguf");
    LoraAdapterFile.write(file, adapter);
    MethodHandle init =
        library.symbols().function("llama_adapter_lora_init", ADDRESS, ADDRESS, ADDRESS);
    MethodHandle set =
        library
            .symbols()
            .function("llama_set_adapter_lora", JAVA_INT, ADDRESS, ADDRESS, JAVA_FLOAT);
    int failed;
    try {
      MemorySegment made =
          (MemorySegment) init.invokeExact(loaded, arena.allocateFrom(file.toString()));
      assertThat(made.address()).as("the engine loads the file").isNotZero();
      failed = (int) set.invokeExact(context, made, 1f);
    } catch (Throwable e) {
      throw NativeSymbols.broken(e);
    }
    assertThat(failed).isZero();
  }

  private static float distance(float[] left, float[] right) {
    float distance = 0;
    for (int i = 0; i < left.length; i++) {
      distance = Math.max(distance, Math.abs(left[i] - right[i]));
    }
    return distance;
  }
}
