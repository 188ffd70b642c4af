// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.internal.NetworkSpec;
import org.peermind.federated.internal.RefusalException;
import org.peermind.federated.internal.TrainingNetwork;
import org.peermind.federated.subspace.AdaptedMatrix;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.TokenSequence;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.model.RandomModel;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.model.lora.LoraMatrix;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

final class TorchNetworkTest {
  private static final List<TokenSequence> TEXT =
      List.of(TokenSequence.of(5, 6, 7, 8, 9, 10), TokenSequence.of(3, 1, 4, 1, 5));

  @TempDir Path folder;
  private Path model;
  private ModelHash sha256;
  private Subspace subspace;

  @BeforeEach
  void drawAModel() throws Exception {
    model = folder.resolve("model.gguf");
    RandomModel.of("llama", 3).write(model);
    sha256 = ModelDigest.sha256(model);
    subspace =
        Subspace.of(
            GgufReader.read(model), new Digest("5e".repeat(32)), 2, List.of("attn_q", "ffn_up"));
  }

  private TrainingNetwork open(Optional<Path> parent) throws RefusalException {
    return TorchNetwork.open(new NetworkSpec(model, sha256, parent, subspace, 1, Device.CPU));
  }

  /// The coordinates as an adapter's file.
  private Path adapter(float[] coordinates, Map<String, String> notes) throws Exception {
    List<LoraMatrix> matrices = new ArrayList<>();
    for (int i = 0; i < subspace.matrices().size(); i++) {
      AdaptedMatrix matrix = subspace.matrices().get(i);
      float[] b = Arrays.copyOfRange(coordinates, subspace.offset(i), subspace.offset(i + 1));
      matrices.add(
          new LoraMatrix(
              matrix.tensor(), matrix.in(), matrix.out(), subspace.rank(), subspace.a(i), b));
    }
    Path file = folder.resolve("adapter.gguf");
    Files.deleteIfExists(file);
    LoraAdapterFile.write(file, LoraAdapter.of("llama", matrices, notes));
    return file;
  }

  private float[] drawn() {
    Random random = new Random(2);
    float[] coordinates = new float[subspace.length()];
    for (int i = 0; i < coordinates.length; i++) {
      coordinates[i] = (float) random.nextGaussian();
    }
    return coordinates;
  }

  @Test
  void computesWithAParent_asWithItsCoordinates() throws Exception {
    float[] coordinates = drawn();
    double[] plain;
    double[] adapted;
    try (TrainingNetwork network = open(Optional.empty())) {
      plain = network.score(TEXT, new float[0]);
      adapted = network.score(TEXT, coordinates);
    }
    Path file = adapter(coordinates, Map.of(LoraAdapter.BASE_MODEL, sha256.hex()));
    try (TrainingNetwork network = open(Optional.of(file))) {
      assertThat(network.score(TEXT, new float[0])).containsExactly(adapted, within(1e-4));
      float[] back = new float[coordinates.length];
      for (int i = 0; i < back.length; i++) {
        back[i] = -coordinates[i];
      }
      assertThat(network.score(TEXT, back)).containsExactly(plain, within(1e-4));
    }
    assertThat(Math.abs(adapted[0] - plain[0])).isGreaterThan(1e-3);
  }

  @Test
  void givesTheMeanLossOfTheCountedTokens_andItsGradient() throws Exception {
    float[] coordinates = drawn();
    float[] gradient = new float[coordinates.length];
    List<TokenSequence> batch = List.of(TokenSequence.of(5, 6), TokenSequence.of(3, 1));
    try (TrainingNetwork network = open(Optional.empty())) {
      double loss = network.loss(batch, coordinates, gradient);

      assertThat(loss)
          .isCloseTo(
              Arrays.stream(network.score(batch, coordinates)).average().orElseThrow(),
              within(1e-5));
      float[] ahead = coordinates.clone();
      double step = 1e-2;
      double square = 0;
      for (int i = 0; i < ahead.length; i++) {
        square += (double) gradient[i] * gradient[i];
      }
      double length = Math.sqrt(square);
      for (int i = 0; i < ahead.length; i++) {
        ahead[i] += (float) (step * gradient[i] / length);
      }
      assertThat((network.loss(batch, ahead, new float[ahead.length]) - loss) / step)
          .isCloseTo(length, within(0.05 * length));
    }
  }

  @Test
  void refusesAnAdapterOfAnotherModel() throws Exception {
    Path file = adapter(drawn(), Map.of(LoraAdapter.BASE_MODEL, "00".repeat(32)));

    assertThatThrownBy(() -> open(Optional.of(file)).close())
        .isInstanceOf(RefusalException.class)
        .hasMessage(
            "The adapter %s is not one of the model %s.".formatted(file, sha256.shortText()));
  }

  @Test
  void refusesAFileThatIsNoAdapter() {
    assertThatThrownBy(() -> open(Optional.of(model)).close())
        .isInstanceOf(RefusalException.class)
        .hasMessageContaining(model.toString());
  }
}
