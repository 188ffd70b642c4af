// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.natives.LlamaModel.Decoded;

/// Sequences of which is wanted how likely each token is. A piece is a part of one sequence, or
/// several whole ones in slots that nobody has. The last token of a sequence is not computed:
/// nothing follows it.
///
/// The library keeps the logits of all wanted rows of a piece, a number for each token of the
/// vocabulary; so a piece has only as many rows as fit into [#LOGITS_BYTES_MAX].
final class ScoreJob implements Job {
  static final int LOGITS_BYTES_MAX = 16 << 20;

  private final long id;
  private final List<Scored> sequences;
  private final long deadlineNanos;
  private final int cells;
  private final List<Row> rows = new ArrayList<>();
  private float[] logits = new float[0];
  private int next;
  private int position;
  private boolean noNumber;
  private int slot = NO_SLOT;

  /// A sequence and what is known of it. Of one that begins again the scores are the same again.
  private static final class Scored {
    private final int[] tokens;
    private final int from;
    private final double[] logprobs;

    Scored(ScoredSequence sequence) {
      tokens = sequence.tokens().stream().mapToInt(Integer::intValue).toArray();
      from = sequence.from();
      logprobs = new double[tokens.length - from];
    }

    /// How many tokens are computed.
    int length() {
      return tokens.length - 1;
    }

    /// Whether what follows the token at `at` is wanted.
    boolean wants(int at) {
      return at + 1 >= from;
    }

    SequenceScore score() {
      List<Double> all = new ArrayList<>(logprobs.length);
      for (double logprob : logprobs) {
        all.add(logprob);
      }
      return new SequenceScore(all);
    }
  }

  /// A row of the batch with the logits for the token of `sequence` after the one at `at`.
  private record Row(int row, Scored sequence, int at) {}

  /// @param sequences at least one, of tokens that the model has, none longer than its context
  /// @param modelCells how many cells the model has for all
  ScoreJob(long id, List<ScoredSequence> sequences, int modelCells, long deadlineNanos) {
    this.id = id;
    this.sequences = sequences.stream().map(Scored::new).toList();
    this.deadlineNanos = deadlineNanos;
    int longest = this.sequences.stream().mapToInt(Scored::length).max().orElseThrow();
    int all = this.sequences.stream().mapToInt(Scored::length).sum();
    // Several at once are faster, but must not keep answers waiting for cells.
    cells = Math.max(longest, Math.min(all, Math.min(ChunkSize.MAX, modelCells / 2)));
  }

  @Override
  public Decoded step(LlamaModel model, int tokensMax, int[] spare) {
    if (logits.length == 0) {
      logits = new float[model.vocabularySize()];
    }
    model.batch().clear();
    rows.clear();
    int taken = fill(model, tokensMax, spare);
    Decoded decoded = model.decode();
    if (decoded == Decoded.DONE) {
      for (Row row : rows) {
        read(model, row);
      }
      if (taken > 0) {
        next += taken;
        position = 0;
        model.removeSequence(slot);
        for (int i = 0; i < taken - 1; i++) {
          model.removeSequence(spare[i]);
        }
      }
    }
    return decoded;
  }

  /// Fills the batch and returns how many sequences are whole with it: of more than one, all.
  private int fill(LlamaModel model, int tokensMax, int[] spare) {
    int rowsMax = Math.max(1, LOGITS_BYTES_MAX / Float.BYTES / logits.length);
    Scored first = sequences.get(next);
    while (position < first.length()
        && model.batch().size() < tokensMax
        && (!first.wants(position) || rows.size() < rowsMax)) {
      add(model, first, position++, slot);
    }
    if (position < first.length()) {
      return 0;
    }
    int taken = 1;
    while (next + taken < sequences.size() && taken <= spare.length) {
      Scored other = sequences.get(next + taken);
      // What of the first one was computed before lies in cells too.
      int lying = position + model.batch().size();
      if (model.batch().size() + other.length() > tokensMax
          || lying + other.length() > cells
          || rows.size() + other.logprobs.length > rowsMax) {
        break;
      }
      for (int at = 0; at < other.length(); at++) {
        add(model, other, at, spare[taken - 1]);
      }
      taken++;
    }
    return taken;
  }

  private void add(LlamaModel model, Scored sequence, int at, int where) {
    boolean wanted = sequence.wants(at);
    int row = model.batch().add(sequence.tokens[at], at, where, wanted);
    if (wanted) {
      rows.add(new Row(row, sequence, at));
    }
  }

  /// The logarithm of the softmax, in double precision.
  private void read(LlamaModel model, Row row) {
    model.logits(row.row, logits);
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - most);
    }
    Scored sequence = row.sequence;
    double logprob = logits[sequence.tokens[row.at + 1]] - most - Math.log(sum);
    noNumber |= Double.isNaN(logprob);
    sequence.logprobs[row.at + 1 - sequence.from] = logprob;
  }

  @Override
  public boolean done() {
    return next == sequences.size();
  }

  @Override
  public boolean isSpoilt() {
    return noNumber;
  }

  @Override
  public LinkMessage.FromChild result() {
    return new LinkMessage.Scored(id, sequences.stream().map(Scored::score).toList());
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public int cells() {
    return cells;
  }

  @Override
  public int[] tokens() {
    return sequences.getFirst().tokens.clone();
  }

  /// The sequence that was begun begins again.
  @Override
  public void admitted(int given, int computed) {
    slot = given;
    position = 0;
  }

  @Override
  public int slot() {
    return slot;
  }

  @Override
  public long deadlineNanos() {
    return deadlineNanos;
  }
}
