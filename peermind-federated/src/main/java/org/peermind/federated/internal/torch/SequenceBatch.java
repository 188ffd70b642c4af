// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.List;

/// Token sequences side by side, and which of their tokens are to be predicted. Shorter ones are
/// filled up on the right, where causal attention lets nothing see the filling.
public final class SequenceBatch {
  private final int rows;
  private final int columns;
  private final int lastToken;
  private final long[] inputs;
  private final long[] places;
  private final long[] targets;

  private SequenceBatch(List<int[]> sequences, List<byte[]> counted) {
    this.rows = sequences.size();
    this.columns = sequences.stream().mapToInt(one -> one.length).max().orElse(0) - 1;
    if (rows == 0 || columns < 1 || counted.size() != rows) {
      throw new IllegalArgumentException(
          "A batch needs sequences of at least two tokens and a mask for each");
    }
    this.inputs = new long[Math.multiplyExact(rows, columns)];
    long[] allPlaces = new long[inputs.length];
    long[] allTargets = new long[inputs.length];
    int predicted = 0;
    int last = 0;
    for (int row = 0; row < rows; row++) {
      int[] tokens = sequences.get(row);
      byte[] counts = counted.get(row);
      if (counts.length != tokens.length) {
        throw new IllegalArgumentException(
            "A mask has one entry for each token: %d for %d tokens"
                .formatted(counts.length, tokens.length));
      }
      for (int i = 0; i < tokens.length; i++) {
        if (tokens[i] < 0) {
          throw new IllegalArgumentException("A token is never " + tokens[i]);
        }
        last = Math.max(last, tokens[i]);
        if (i < columns) {
          inputs[row * columns + i] = tokens[i];
        }
        if (i > 0 && counts[i] != 0) {
          allPlaces[predicted] = (long) row * columns + i - 1;
          allTargets[predicted++] = tokens[i];
        }
      }
    }
    this.lastToken = last;
    this.places = java.util.Arrays.copyOf(allPlaces, predicted);
    this.targets = java.util.Arrays.copyOf(allTargets, predicted);
  }

  /// A batch in which a token counts where its sequence's mask is not 0. The first token of a
  /// sequence is never predicted.
  ///
  /// @throws IllegalArgumentException when no sequence has two tokens, or a mask has another length
  ///   than its sequence
  public static SequenceBatch of(List<int[]> sequences, List<byte[]> counted) {
    return new SequenceBatch(sequences, counted);
  }

  /// A batch in which every token counts but the first of each sequence.
  public static SequenceBatch whole(List<int[]> sequences) {
    List<byte[]> counted =
        sequences.stream()
            .map(
                tokens -> {
                  byte[] all = new byte[tokens.length];
                  java.util.Arrays.fill(all, (byte) 1);
                  return all;
                })
            .toList();
    return new SequenceBatch(sequences, counted);
  }

  /// How many predicted tokens count.
  public int predictedTokens() {
    return targets.length;
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  /// The highest token of all.
  int lastToken() {
    return lastToken;
  }

  /// The tokens that the network reads, row by row.
  long[] inputs() {
    return inputs.clone();
  }

  /// Where in {@link #inputs} a token that counts is predicted.
  long[] places() {
    return places.clone();
  }

  /// The tokens that follow those places.
  long[] targets() {
    return targets.clone();
  }

  /// The row of a place.
  int row(int predicted) {
    return (int) (places[predicted] / columns);
  }
}
