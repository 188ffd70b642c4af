// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.federated.internal.NetworkSpec;
import org.peermind.federated.internal.RefusalException;
import org.peermind.federated.internal.TrainingNetwork;
import org.peermind.federated.internal.torch.AdaptedNetwork;
import org.peermind.federated.internal.torch.LossGradient;
import org.peermind.federated.internal.torch.SequenceBatch;
import org.peermind.federated.internal.torch.TorchDevice;
import org.peermind.federated.internal.torch.UnsupportedModelException;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainerInfo;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraAdapterFile;

/// A model of a GGUF file in libtorch.
final class TorchNetwork implements TrainingNetwork {
  private final AdaptedNetwork network;
  private final TrainerInfo info;

  private TorchNetwork(AdaptedNetwork network, TrainerInfo info) {
    this.network = network;
    this.info = info;
  }

  /// Loads the model.
  ///
  /// @throws RefusalException when the file is no sound model, or the trainer does not compute it
  static TrainingNetwork open(NetworkSpec spec) throws RefusalException {
    try {
      GgufFile model = GgufReader.read(spec.model());
      Optional<LoraAdapter> parent = parent(spec);
      TorchDevice device = device(spec);
      AdaptedNetwork network = AdaptedNetwork.load(model, parent, spec.subspace(), device);
      return new TorchNetwork(
          network,
          new TrainerInfo(
              network.architecture(),
              device.cuda() ? "cuda" : "cpu",
              spec.threads(),
              "libtorch " + TorchDevice.libtorchVersion(),
              model.vocabularySize(),
              network.contextTokens(),
              spec.subspace().length()));
    } catch (GgufException | UnsupportedModelException e) {
      throw new RefusalException(String.valueOf(e.getMessage()));
    }
  }

  /// The parent adapter, unless it says that it is one of another model.
  private static Optional<LoraAdapter> parent(NetworkSpec spec)
      throws GgufException, RefusalException {
    if (spec.parentAdapter().isEmpty()) {
      return Optional.empty();
    }
    Path file = spec.parentAdapter().get();
    LoraAdapter adapter = LoraAdapterFile.read(file);
    String base = adapter.notes().getOrDefault(LoraAdapter.BASE_MODEL, spec.sha256().hex());
    if (!base.equals(spec.sha256().hex())) {
      throw new RefusalException(
          "The adapter %s is not one of the model %s.".formatted(file, spec.sha256().shortText()));
    }
    return Optional.of(adapter);
  }

  private static TorchDevice device(NetworkSpec spec) throws UnsupportedModelException {
    boolean card =
        switch (spec.device()) {
          case AUTO -> TorchDevice.graphicsCardPresent();
          case CPU -> false;
          case CUDA -> true;
        };
    return card ? TorchDevice.graphicsCard(spec.threads()) : TorchDevice.processor(spec.threads());
  }

  @Override
  public TrainerInfo info() {
    return info;
  }

  @Override
  public double[] score(List<TokenSequence> sequences, float[] coordinates) {
    return network.score(coordinates, tokens(sequences));
  }

  @Override
  public double loss(List<TokenSequence> batch, float[] coordinates, float[] gradient) {
    LossGradient result =
        network.gradient(coordinates, SequenceBatch.of(tokens(batch), marks(batch)));
    float[] slope = result.gradient();
    System.arraycopy(slope, 0, gradient, 0, gradient.length);
    return result.loss();
  }

  private static List<int[]> tokens(List<TokenSequence> sequences) {
    return sequences.stream().map(TokenSequence::tokens).toList();
  }

  private static List<byte[]> marks(List<TokenSequence> sequences) {
    List<byte[]> marks = new ArrayList<>(sequences.size());
    for (TokenSequence sequence : sequences) {
      byte[] counted = new byte[sequence.length()];
      for (int i = 0; i < counted.length; i++) {
        counted[i] = (byte) (sequence.counted(i) ? 1 : 0);
      }
      marks.add(counted);
    }
    return marks;
  }

  @Override
  public void close() {
    network.close();
  }
}
