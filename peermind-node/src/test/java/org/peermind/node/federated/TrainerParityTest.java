// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peermind.federated.internal.torch.AdamW;
import org.peermind.federated.internal.torch.AdaptedNetwork;
import org.peermind.federated.internal.torch.SequenceBatch;
import org.peermind.federated.internal.torch.TorchDevice;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.subspace.SubspaceAdapter;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.Natives;
import org.peermind.inference.ScoredSequence;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.model.RandomModel;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

/// The trainer and the engine compute the same: what libtorch trains is what llama.cpp serves.
///
/// Tokens are random, so that each of them tells a difference.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainerParityTest {
  private static final List<String> KINDS =
      List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down");
  private static final List<int[]> TEXT = List.of(tokens(32, 1), tokens(17, 2), tokens(9, 3));

  private Path directory;
  private NativeEngine engine;
  private TorchDevice device;

  /// The libraries that the trainer is compared with.
  Natives natives(Path scratch) throws Exception {
    return Natives.bundled(scratch.resolve("natives"));
  }

  /// The families that those libraries load.
  Stream<String> families() {
    return Stream.of("llama", "qwen2", "gemma2", "gemma3");
  }

  @BeforeAll
  void openEngine(@TempDir Path shared) throws Exception {
    directory = shared;
    engine = NativeEngine.open(natives(directory));
    device = TorchDevice.processor(1);
  }

  private static int[] tokens(int length, long seed) {
    return new Random(seed).ints(length, 0, RandomModel.vocabulary()).toArray();
  }

  @ParameterizedTest
  @MethodSource("families")
  void trainerAndEngineAgree(String family) throws Exception {
    Path file = directory.resolve(family + ".gguf");
    RandomModel.of(family, 11).write(file);
    GgufFile read = GgufReader.read(file);
    Subspace subspace = Subspace.of(read, new Digest("7a".repeat(32)), 4, KINDS);
    ModelSpec spec =
        new ModelSpec(file, ModelDigest.sha256(file), RandomModel.CONTEXT_TOKENS, 1, 1)
            .withFullPrecision();
    try (AdaptedNetwork network = AdaptedNetwork.load(read, subspace, device);
        LoadedModel model = engine.load(spec, LoadProgress.ignored())) {
      Compared compared = new Compared(family, subspace, network, model);
      compared.losses(new float[0]);
      float[] trained = compared.train();
      compared.losses(trained);
      compared.gradients(trained);
    }
  }

  /// One model in both.
  private final class Compared {
    private final String family;
    private final Subspace subspace;
    private final AdaptedNetwork network;
    private final LoadedModel model;
    private final SequenceBatch batch = SequenceBatch.whole(TEXT);

    Compared(String family, Subspace subspace, AdaptedNetwork network, LoadedModel model) {
      this.family = family;
      this.subspace = subspace;
      this.network = network;
      this.model = model;
    }

    void losses(float[] coordinates) throws Exception {
      double[] trainer = network.score(coordinates, TEXT);
      double[] engine = engineLosses(coordinates);
      for (int i = 0; i < trainer.length; i++) {
        assertThat(trainer[i])
            .as("%s, sequence %d", family, i)
            .isCloseTo(engine[i], relative(engine[i]));
      }
    }

    /// 32-bit floats agree to 1e-6. llama.cpp takes Gemma's GELU from a table of half precision.
    private Offset<Double> relative(double loss) {
      return within(loss * (gelu() ? 5e-4 : 1e-5));
    }

    private boolean gelu() {
      return family.startsWith("gemma");
    }

    private double[] engineLosses(float[] coordinates) throws Exception {
      model.adapt(coordinates.length == 0 ? Optional.empty() : Optional.of(adapter(coordinates)));
      return model.score(TEXT.stream().map(tokens -> ScoredSequence.of(tokens)).toList()).stream()
          .mapToDouble(score -> score.loss())
          .toArray();
    }

    private AdapterFile adapter(float[] coordinates) throws Exception {
      Path file = directory.resolve(family + "-adapter.gguf");
      ModelHash hash =
          LoraAdapterFile.write(file, SubspaceAdapter.of(family, subspace, coordinates, Map.of()));
      return new AdapterFile(file, hash, 1);
    }

    float[] train() {
      AdamW optimiser =
          new AdamW(new AdamW.Settings(0.03, 0.9, 0.99, 1e-8, 0, 5, 1), subspace.length());
      float[] coordinates = new float[subspace.length()];
      double first = network.gradient(coordinates, batch).loss();
      for (int step = 0; step < 12; step++) {
        optimiser.step(coordinates, network.gradient(coordinates, batch).gradient());
      }
      double last = network.gradient(coordinates, batch).loss();
      assertThat(last).isLessThan(first * 0.8);
      return coordinates;
    }

    /// A step along the gradient of one matrix of the first block changes the engine's loss as the
    /// trainer says.
    void gradients(float[] at) throws Exception {
      float[] gradient = network.gradient(at, batch).gradient();
      for (int matrix = 0; matrix < KINDS.size(); matrix++) {
        int from = subspace.offset(matrix);
        int to = subspace.offset(matrix + 1);
        double norm = AdamW.norm(Arrays.copyOfRange(gradient, from, to));
        double step = gelu() ? 0.05 : 0.02;
        double up = engineLoss(moved(at, gradient, from, to, step / norm));
        double down = engineLoss(moved(at, gradient, from, to, -step / norm));
        assertThat((up - down) / (2 * step))
            .as("%s %s", family, subspace.matrices().get(matrix).tensor())
            .isCloseTo(norm, within(norm * (gelu() ? 0.05 : 0.02)));
      }
    }

    private double engineLoss(float[] coordinates) throws Exception {
      double[] losses = engineLosses(coordinates);
      double sum = 0;
      int predicted = 0;
      for (int i = 0; i < losses.length; i++) {
        int count = TEXT.get(i).length - 1;
        sum += losses[i] * count;
        predicted += count;
      }
      return sum / predicted;
    }

    private static float[] moved(float[] at, float[] along, int from, int to, double by) {
      float[] moved = at.clone();
      for (int i = from; i < to; i++) {
        moved[i] += (float) (along[i] * by);
      }
      return moved;
    }
  }
}
