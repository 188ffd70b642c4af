// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.federated.forward.LossOracle;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.subspace.SubspaceAdapter;
import org.peermind.federated.training.SequenceOrder;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.ModelHash;

/// The loss that the inference engine has on the owner's sequences with given coordinates: an
/// adapter file is written, loaded and deleted for each question. A failure of the engine comes as
/// an [IOException] with the [EngineException] as its cause.
final class EngineLoss implements LossOracle<IOException>, AutoCloseable {
  private final LoadedModel model;
  private final SubspaceAdapter adapters;
  private final TokenFile tokens;
  private final SequenceOrder order;
  private final int sequencesPerStep;
  private final Path adapter;
  private List<TokenSequence> batch = List.of();
  private int batchStep = -1;

  /// @param model loaded for nobody else, with full precision
  /// @param adapter the file for coordinates, which is overwritten two times a step
  EngineLoss(
      LoadedModel model,
      String architecture,
      Subspace subspace,
      Examples examples,
      TokenFile tokens,
      Path adapter) {
    this.model = model;
    this.adapters = new SubspaceAdapter(architecture, subspace);
    this.tokens = tokens;
    this.order = new SequenceOrder(examples.order(), tokens.sequences());
    this.sequencesPerStep = examples.sequencesPerStep();
    this.adapter = adapter;
  }

  /// Which sequences a step is about.
  ///
  /// @param order names the order in which they come
  record Examples(Path file, int sequencesPerStep, long order) {}

  @Override
  public double loss(int step, float[] coordinates) throws IOException, InterruptedException {
    if (step != batchStep) {
      batch = batch((long) step * sequencesPerStep, sequencesPerStep);
      batchStep = step;
    }
    return loss(batch, coordinates);
  }

  /// The loss on the first sequences of the order, however often it is asked: to compare with.
  double sampleLoss(int sequences, float[] coordinates) throws IOException, InterruptedException {
    return loss(batch(0, Math.min(sequences, tokens.sequences())), coordinates);
  }

  /// How many tokens a number of steps reads.
  long tokensRead(int steps) throws IOException {
    long places = (long) steps * sequencesPerStep;
    long passes = places / tokens.sequences();
    long read = passes * tokens.tokens();
    for (long place = passes * tokens.sequences(); place < places; place++) {
      read += tokens.sequence(order.at(place)).length();
    }
    return read;
  }

  private List<TokenSequence> batch(long from, int count) throws IOException {
    List<TokenSequence> drawn = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      drawn.add(tokens.sequence(order.at(from + i)));
    }
    return drawn;
  }

  private double loss(List<TokenSequence> sequences, float[] coordinates)
      throws IOException, InterruptedException {
    try {
      ModelHash hash = LoraAdapterFile.writePassing(adapter, adapters.at(coordinates, Map.of()));
      model.adapt(Optional.of(new AdapterFile(adapter, hash, 1)));
      return loss(sequences);
    } catch (EngineException failed) {
      throw new IOException(failed.getMessage(), failed);
    }
  }

  /// The mean over all predictions that count, as the trainer has it.
  private double loss(List<TokenSequence> sequences) throws EngineException, InterruptedException {
    double sum = 0;
    long counted = 0;
    for (int from = 0; from < sequences.size(); ) {
      int to = from;
      long asked = 0;
      while (to < sequences.size()
          && to - from < ScoredSequence.SEQUENCES_MAX
          && asked + sequences.get(to).length() <= ScoredSequence.TOKENS_MAX) {
        asked += sequences.get(to++).length();
      }
      List<TokenSequence> piece = sequences.subList(from, to);
      List<SequenceScore> scores = model.score(piece.stream().map(EngineLoss::scored).toList());
      for (int i = 0; i < piece.size(); i++) {
        sum += sum(piece.get(i), scores.get(i));
        counted += piece.get(i).countedTokens();
      }
      from = to;
    }
    return -sum / counted;
  }

  private static ScoredSequence scored(TokenSequence sequence) {
    List<Integer> all = new ArrayList<>(sequence.length());
    for (int token : sequence.tokens()) {
      all.add(token);
    }
    return new ScoredSequence(all, firstCounted(sequence));
  }

  private static int firstCounted(TokenSequence sequence) {
    int first = 1;
    while (!sequence.counted(first)) {
      first++;
    }
    return first;
  }

  private static double sum(TokenSequence sequence, SequenceScore score) {
    int first = firstCounted(sequence);
    double sum = 0;
    for (int at = first; at < sequence.length(); at++) {
      sum += sequence.counted(at) ? score.logprobs().get(at - first) : 0;
    }
    return sum;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(adapter);
  }
}
