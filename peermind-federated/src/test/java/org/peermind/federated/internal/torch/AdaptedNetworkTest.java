// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peermind.federated.subspace.AdaptedMatrix;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.subspace.SubspaceAdapter;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.RandomModel;
import org.peermind.model.TensorType;
import org.peermind.model.lora.LoraAdapter;

class AdaptedNetworkTest {
  @TempDir private static Path directory;

  private static TorchDevice device = TorchDevice.processor(1);

  @BeforeAll
  static void takeOneThread() {
    device = TorchDevice.processor(1);
  }

  static Stream<String> families() {
    return RandomModel.architectures().stream();
  }

  private static AdaptedNetwork network(String family, long keptBytesMax) throws Exception {
    GgufFile model = Samples.model(directory, family);
    return AdaptedNetwork.load(
        model, Optional.empty(), Samples.subspace(model), device, keptBytesMax);
  }

  /// A step along the gradient of each matrix of the first block changes the loss by its length, as
  /// far as 32-bit floats tell.
  @ParameterizedTest
  @MethodSource("families")
  void gradientsAgreeWithFiniteDifferences(String family) throws Exception {
    GgufFile model = Samples.model(directory, family);
    Subspace subspace = Samples.subspace(model);
    List<int[]> text = Samples.sequences(20);
    SequenceBatch batch = SequenceBatch.whole(text);
    float[] start = Samples.drawn(subspace.length(), 0.05, 3);
    try (AdaptedNetwork network = AdaptedNetwork.load(model, subspace, device)) {
      float[] gradient = network.gradient(start, batch).gradient();
      for (int matrix = 0; matrix < NetworkTensors.MATRICES.size(); matrix++) {
        int from = subspace.offset(matrix);
        int to = subspace.offset(matrix + 1);
        double norm = AdamW.norm(Arrays.copyOfRange(gradient, from, to));
        double step = 0.01;
        double up = network.score(moved(start, gradient, from, to, step / norm), text)[0];
        double down = network.score(moved(start, gradient, from, to, -step / norm), text)[0];
        assertThat((up - down) / (2 * step))
            .as("%s %s", family, subspace.matrices().get(matrix).tensor())
            .isCloseTo(norm, within(2e-4 + norm * 0.01));
      }
    }
  }

  private static float[] moved(float[] start, float[] along, int from, int to, double by) {
    float[] moved = start.clone();
    for (int i = from; i < to; i++) {
      moved[i] += (float) (along[i] * by);
    }
    return moved;
  }

  @ParameterizedTest
  @MethodSource("families")
  void givesTheSameBits_whetherBlocksAreRememberedOrComputedAgain(String family) throws Exception {
    SequenceBatch batch = Samples.batch(14, 8);
    try (AdaptedNetwork remembering = network(family, Long.MAX_VALUE);
        AdaptedNetwork again = network(family, 0)) {
      float[] start =
          Samples.drawn(Samples.subspace(Samples.model(directory, family)).length(), 0.05, 4);
      LossGradient one = remembering.gradient(start, batch);
      LossGradient other = again.gradient(start, batch);
      LossGradient repeated = again.gradient(start, batch);

      assertThat(other.loss()).isEqualTo(one.loss());
      assertThat(other.gradient()).isEqualTo(one.gradient());
      assertThat(repeated.gradient()).isEqualTo(other.gradient());
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void theLossOfABatch_isTheMeanOfItsTokens(String family) throws Exception {
    try (AdaptedNetwork network = network(family, Long.MAX_VALUE)) {
      float[] unchanged = new float[Samples.subspace(Samples.model(directory, family)).length()];
      double together = Samples.loss(network, unchanged, Samples.batch(15, 6));
      double[] alone = network.score(new float[0], List.of(Samples.tokens(15, 115)));
      double[] other = network.score(new float[0], List.of(Samples.tokens(6, 106)));
      double[] both = network.score(new float[0], Samples.sequences(15, 6));

      assertThat(together).isCloseTo((alone[0] * 14 + other[0] * 5) / 19, within(2e-6));
      assertThat(both[0]).isCloseTo(alone[0], within(2e-6));
      assertThat(both[1]).isCloseTo(other[0], within(2e-6));
    }
  }

  @Test
  void tokensThatAreMaskedCountNothing() throws Exception {
    int[] tokens = Samples.tokens(8, 5);
    byte[] mask = {1, 0, 0, 0, 0, 1, 0, 0};
    try (AdaptedNetwork network = network("llama", Long.MAX_VALUE)) {
      double whole = network.score(new float[0], List.of(Arrays.copyOf(tokens, 6)))[0] * 5;
      double before = network.score(new float[0], List.of(Arrays.copyOf(tokens, 5)))[0] * 4;
      SequenceBatch batch = SequenceBatch.of(List.of(tokens), List.of(mask));

      assertThat(batch.predictedTokens()).isEqualTo(1);
      float[] none = new float[Samples.subspace(Samples.model(directory, "llama")).length()];
      assertThat(Samples.loss(network, none, batch)).isCloseTo(whole - before, within(5e-6));
    }
  }

  @Test
  void learnsAText_andGoesOnFromACheckpointBitForBit() throws Exception {
    SequenceBatch batch = Samples.batch(12, 12);
    AdamW.Settings settings = new AdamW.Settings(0.02, 0.9, 0.99, 1e-8, 0.01, 3, 1);
    try (AdaptedNetwork network = network("llama", Long.MAX_VALUE)) {
      int length = Samples.subspace(Samples.model(directory, "llama")).length();
      float[] straight = new float[length];
      AdamW optimiser = new AdamW(settings, length);
      double first = network.gradient(straight, batch).loss();
      float[] resumed = straight.clone();
      AdamW other = optimiser;
      for (int step = 0; step < 12; step++) {
        optimiser.step(straight, network.gradient(straight, batch).gradient());
        if (step == 5) {
          resumed = straight.clone();
          other = new AdamW(settings, optimiser.means(), optimiser.squares(), optimiser.steps());
        }
      }
      for (int step = 6; step < 12; step++) {
        other.step(resumed, network.gradient(resumed, batch).gradient());
      }

      assertThat(network.gradient(straight, batch).loss()).isLessThan(first * 0.9);
      assertThat(resumed).isEqualTo(straight);
      assertThat(other.squares()).isEqualTo(optimiser.squares());
    }
  }

  /// The parent's `A` is that of the coordinates here, so what it changes can be said in them too.
  @ParameterizedTest
  @MethodSource("families")
  void aParentAdapterInTheWeights_isTheSameAsCoordinatesBesideThem(String family) throws Exception {
    GgufFile model = Samples.model(directory, family);
    Subspace subspace = Samples.subspace(model);
    float[] parent = Samples.drawn(subspace.length(), 0.1, 6);
    float[] more = Samples.drawn(subspace.length(), 0.1, 7);
    float[] both = parent.clone();
    for (int i = 0; i < both.length; i++) {
      both[i] += more[i];
    }
    List<int[]> text = Samples.sequences(13);
    try (AdaptedNetwork plain = AdaptedNetwork.load(model, subspace, device);
        AdaptedNetwork folded =
            AdaptedNetwork.load(
                model,
                Optional.of(SubspaceAdapter.of(family, subspace, parent, Map.of())),
                subspace,
                device)) {
      double base = plain.score(new float[0], text)[0];
      double beside = plain.score(parent, text)[0];

      assertThat(beside).isNotCloseTo(base, within(1e-3));
      assertThat(folded.score(new float[0], text)[0]).isCloseTo(beside, within(1e-5));
      assertThat(folded.score(more, text)[0]).isCloseTo(plain.score(both, text)[0], within(1e-5));
    }
  }

  @Test
  void refusesAParentOfAnotherFamily() throws Exception {
    GgufFile model = Samples.model(directory, "llama");
    Subspace subspace = Samples.subspace(model);
    LoraAdapter other =
        SubspaceAdapter.of("qwen2", subspace, new float[subspace.length()], Map.of());

    assertThatThrownBy(() -> AdaptedNetwork.load(model, Optional.of(other), subspace, device))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("qwen2");
  }

  @Test
  void readsQuantisedWeights() throws Exception {
    List<int[]> text = Samples.sequences(20);
    double[] losses = new double[3];
    List<TensorType> types = List.of(TensorType.F32, TensorType.F16, TensorType.Q8_0);
    for (int i = 0; i < losses.length; i++) {
      Path file = directory.resolve("typed.gguf");
      RandomModel.of("qwen2", types.get(i), 7).write(file);
      GgufFile model = GgufReader.read(file);
      try (AdaptedNetwork network = AdaptedNetwork.load(model, Samples.subspace(model), device)) {
        losses[i] = network.score(new float[0], text)[0];
      }
    }
    assertThat(losses[1]).isCloseTo(losses[0], within(0.002)).isNotEqualTo(losses[0]);
    assertThat(losses[2]).isCloseTo(losses[0], within(0.05)).isNotEqualTo(losses[1]);
  }

  @Test
  void refusesAMatrixThatTheModelDoesNotHave() throws Exception {
    GgufFile model = Samples.model(directory, "llama");
    Subspace other =
        new Subspace(
            Samples.subspace(model).seed(),
            2,
            List.of(new AdaptedMatrix("blk.0.attn_q.weight", 32, 8)));

    assertThatThrownBy(() -> AdaptedNetwork.load(model, other, device))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("blk.0.attn_q.weight");
  }

  @Test
  void refusesTokensThatTheModelDoesNotHave() throws Exception {
    try (AdaptedNetwork network = network("qwen2", Long.MAX_VALUE)) {
      assertThatThrownBy(
              () -> network.score(new float[0], List.of(new int[] {1, RandomModel.vocabulary()})))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no token");
      assertThatThrownBy(
              () -> network.score(new float[0], List.of(new int[RandomModel.CONTEXT_TOKENS + 1])))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("context");
    }
  }
}
