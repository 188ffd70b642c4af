// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.ScoredSequence;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufTensor;
import org.peermind.model.GgufWriter;
import org.peermind.model.ModelDigest;
import org.peermind.model.TensorType;

/// How often per second a model takes another adapter and scores a small batch with it: the step of
/// training that only computes forwards. Each step has an adapter file of its own, which is
/// written, hashed, loaded and freed.
///
/// Arguments: a model file, the rank, the folder of the adapter files, and how many sequences of 64
/// tokens a batch has.
public final class AdaptScoreBench {
  private static final int ROUNDS = 7;
  private static final int STEPS = 20;
  private static final int TOKENS = 64;
  private static final int SLOTS = 4;
  private static final Pattern ADAPTED =
      Pattern.compile("blk\\.\\d+\\.(attn_[qkv]|attn_output|ffn_(gate|up|down))\\.weight");

  private AdaptScoreBench() {}

  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[0]);
    int rank = Integer.parseInt(arguments[1]);
    Path folder = Path.of(arguments[2]);
    int sequences = Integer.parseInt(arguments[3]);
    Path adapter = Files.createTempFile(folder, "peermind-bench", ".gguf");
    Path scratch = Files.createTempDirectory("peermind-bench");
    GgufFile head = GgufReader.read(file);
    ModelSpec spec =
        new ModelSpec(
                file,
                ModelDigest.sha256(file),
                SLOTS * TOKENS * 2,
                SLOTS,
                ModelSpec.defaultThreads())
            .withFullPrecision();
    SplittableRandom random = new SplittableRandom(1);
    try (LoadedModel model = NativeEngine.open(scratch).load(spec, LoadProgress.ignored())) {
      List<ScoredSequence> batch = batch(random, sequences, model.info().vocabularySize());
      double[][] seconds = new double[4][ROUNDS];
      for (int round = -1; round < ROUNDS; round++) {
        for (int step = 0; step < STEPS; step++) {
          long began = System.nanoTime();
          AdapterFile next = write(head, rank, adapter, random);
          long written = System.nanoTime();
          model.adapt(Optional.of(next));
          long adapted = System.nanoTime();
          model.score(batch);
          long scored = System.nanoTime();
          if (round >= 0) {
            seconds[0][round] += (written - began) / 1e9 / STEPS;
            seconds[1][round] += (adapted - written) / 1e9 / STEPS;
            seconds[2][round] += (scored - adapted) / 1e9 / STEPS;
            seconds[3][round] += (scored - written) / 1e9 / STEPS;
          }
        }
      }
      for (double[] part : seconds) {
        Arrays.sort(part);
      }
      System.out.printf(
          Locale.ROOT,
          "adapter of %.2f MB, %d sequences of %d tokens: write %.1f ms, adapt %.1f ms, score"
              + " %.1f ms; adapt+score %.1f per second (medians of %d rounds of %d)%n",
          Files.size(adapter) / 1e6,
          sequences,
          TOKENS,
          1e3 * seconds[0][ROUNDS / 2],
          1e3 * seconds[1][ROUNDS / 2],
          1e3 * seconds[2][ROUNDS / 2],
          1 / seconds[3][ROUNDS / 2],
          ROUNDS,
          STEPS);
    } finally {
      Files.deleteIfExists(adapter);
    }
  }

  private static List<ScoredSequence> batch(SplittableRandom random, int count, int vocabulary) {
    List<ScoredSequence> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      batch.add(ScoredSequence.of(random.ints(TOKENS, 0, vocabulary).toArray()));
    }
    return batch;
  }

  private static AdapterFile write(GgufFile model, int rank, Path file, SplittableRandom random)
      throws Exception {
    GgufWriter writer =
        new GgufWriter()
            .put("general.type", "adapter")
            .put("general.architecture", model.architecture())
            .put("adapter.type", "lora")
            .put("adapter.lora.alpha", (float) rank);
    for (GgufTensor tensor : model.tensors()) {
      if (ADAPTED.matcher(tensor.name()).matches()) {
        long in = tensor.dimensions().getFirst();
        long out = tensor.dimensions().getLast();
        String name = tensor.name();
        writer
            .tensor(
                name + ".lora_a", TensorType.F32, new long[] {in, rank}, some(random, in * rank))
            .tensor(
                name + ".lora_b", TensorType.F32, new long[] {rank, out}, some(random, rank * out));
      }
    }
    writer.write(file);
    return new AdapterFile(file, ModelDigest.sha256(file), 1);
  }

  private static float[] some(SplittableRandom random, long count) {
    float[] numbers = new float[Math.toIntExact(count)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (1e-3 * (random.nextDouble() - 0.5));
    }
    return numbers;
  }
}
