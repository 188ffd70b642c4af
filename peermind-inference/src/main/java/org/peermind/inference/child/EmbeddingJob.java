// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.Embeddings;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaModel;

/// Texts that become vectors: the mean of the embeddings of a text's tokens, scaled to length 1.
/// One piece of one text is computed between two ticks of the answers, in a slot of its own.
final class EmbeddingJob implements Job {
  private final long id;
  private final List<int[]> texts;
  private final long deadlineNanos;
  private final int cells;
  private final List<List<Float>> vectors = new ArrayList<>();
  private double[] sum = new double[0];
  private int position;
  private boolean noNumber;
  private int slot = NO_SLOT;

  /// @param texts the tokens of each text, at least one
  EmbeddingJob(long id, List<int[]> texts, long deadlineNanos) {
    this.id = id;
    this.texts = List.copyOf(texts);
    this.deadlineNanos = deadlineNanos;
    cells = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
  }

  /// Computes up to `tokensMax` tokens of one text.
  @Override
  public LlamaModel.Decoded step(LlamaModel model, int tokensMax, int[] spare) {
    int[] text = texts.get(vectors.size());
    int count = Math.min(tokensMax, text.length - position);
    model.batch().clear();
    for (int i = position; i < position + count; i++) {
      model.batch().add(text[i], i, slot, true);
    }
    model.embedding(true);
    try {
      LlamaModel.Decoded decoded = model.decode();
      if (decoded == LlamaModel.Decoded.DONE) {
        add(model, count);
        position += count;
        if (position == text.length && !noNumber) {
          vectors.add(mean());
          restartText(model);
        }
      }
      return decoded;
    } finally {
      model.embedding(false);
    }
  }

  private void add(LlamaModel model, int rows) {
    float[] row = new float[model.embeddingWidth()];
    if (position == 0) {
      sum = new double[row.length];
    }
    for (int i = 0; i < rows; i++) {
      model.embedding(i, row);
      for (int k = 0; k < row.length; k++) {
        sum[k] += row[k];
        noNumber |= !Float.isFinite(row[k]);
      }
    }
  }

  /// The mean's direction; how many tokens there were does not matter for it.
  private List<Float> mean() {
    double squares = 0;
    for (double value : sum) {
      squares += value * value;
    }
    double length = squares > 0 ? Math.sqrt(squares) : 1;
    List<Float> vector = new ArrayList<>(sum.length);
    for (double value : sum) {
      vector.add((float) (value / length));
    }
    return vector;
  }

  private void restartText(LlamaModel model) {
    model.removeSequence(slot);
    position = 0;
  }

  @Override
  public boolean done() {
    return vectors.size() == texts.size();
  }

  @Override
  public boolean isSpoilt() {
    return noNumber;
  }

  @Override
  public LinkMessage.FromChild result() {
    int tokens = texts.stream().mapToInt(text -> text.length).sum();
    return new LinkMessage.Embedded(id, new Embeddings(vectors, tokens));
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
    return texts.getFirst().clone();
  }

  /// The text that was begun begins again.
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
