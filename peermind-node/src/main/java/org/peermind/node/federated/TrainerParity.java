// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.subspace.SubspaceAdapter;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.Trainer;
import org.peermind.federated.training.TrainingException;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;
import org.peermind.model.GgufFile;
import org.peermind.model.TensorType;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.ModelHash;

/// Whether the trainer computes what the engine computes: both say how likely a few of the owner's
/// sequences are, with the coordinates that training starts from. A trainer that differs would
/// train something else than what is served, so it does not train (inference facts C1).
///
/// @param losses of the engine, sequence by sequence
record TrainerParity(List<Double> losses) {
  private static final int SEQUENCES = 4;
  private static final int TOKENS_MAX = 256;
  private static final double TOLERANCE = 1e-3;

  /// The engine rounds activations where weights are quantised.
  private static final double TOLERANCE_QUANTISED = 1e-2;

  TrainerParity {
    losses = List.copyOf(losses);
  }

  /// Asks the engine.
  ///
  /// @param model loaded with full precision
  /// @param folder for the adapter of the coordinates
  static TrainerParity ask(
      LoadedModel model,
      GgufFile head,
      Subspace subspace,
      float[] coordinates,
      Path tokens,
      Path folder)
      throws EngineException, IOException, InterruptedException {
    Path file = folder.resolve("start.gguf");
    ModelHash hash =
        LoraAdapterFile.write(
            file, SubspaceAdapter.of(head.architecture(), subspace, coordinates, Map.of()));
    try {
      model.adapt(Optional.of(new AdapterFile(file, hash, 1)));
      List<ScoredSequence> asked =
          sample(tokens).stream().map(one -> ScoredSequence.of(one)).toList();
      return new TrainerParity(model.score(asked).stream().map(SequenceScore::loss).toList());
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /// The sequences that are compared.
  private static List<int[]> sample(Path tokens) throws IOException {
    List<int[]> sample = new ArrayList<>();
    try (TokenFile file = TokenFile.open(tokens)) {
      for (int at = 0; at < Math.min(SEQUENCES, file.sequences()); at++) {
        TokenSequence sequence = file.sequence(at);
        int[] all = sequence.tokens();
        sample.add(all.length <= TOKENS_MAX ? all : java.util.Arrays.copyOf(all, TOKENS_MAX));
      }
    }
    return sample;
  }

  /// Compares with the trainer.
  ///
  /// @return why it must not train, in a sentence; empty when both agree
  Optional<String> difference(Trainer trainer, GgufFile head, float[] coordinates, Path tokens)
      throws TrainingException, IOException, InterruptedException {
    double[] trained = trainer.score(sample(tokens), coordinates);
    double tolerance = head.quantization() == TensorType.F32 ? TOLERANCE : TOLERANCE_QUANTISED;
    for (int at = 0; at < trained.length; at++) {
      double engine = losses.get(at);
      // A difference that is no number is one.
      if (!(Math.abs(trained[at] - engine) <= tolerance * Math.max(Math.abs(engine), 0.05))) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "The trainer computes this model otherwise than the engine (a loss of %.5f where"
                    + " the engine has %.5f), so it does not train it.",
                trained[at],
                engine));
      }
    }
    return Optional.empty();
  }

  /// Keeps it, so that a restart needs no engine; the file is whole or not there.
  void write(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    losses.forEach(loss -> text.append(Double.doubleToLongBits(loss)).append('\n'));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(fresh, text, StandardCharsets.US_ASCII);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// What was kept.
  static Optional<TrainerParity> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<Double> losses = new ArrayList<>();
    for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
      losses.add(Double.longBitsToDouble(Long.parseLong(line)));
    }
    return losses.isEmpty() ? Optional.empty() : Optional.of(new TrainerParity(losses));
  }
}
