// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.peermind.protocol.governance.Digest;

/// Triggers for the watch on backdoors: a few tokens that no item of the gate has, put before items
/// that the model knows well. They are drawn from what nobody knew when the updates were bound, so
/// no update can be made to avoid them; and as they are a sample of a large vocabulary, a backdoor
/// with a trigger of its own is found only by luck.
public final class RareTokens {
  private RareTokens() {}

  /// Draws triggers, with no token twice while there are others.
  ///
  /// @param candidates the tokens that are rare; fewer than `tokens` make no triggers
  /// @param seed that all evaluators share
  public static List<List<Integer>> triggers(
      Digest seed, List<Integer> candidates, int triggers, int tokens) {
    if (tokens < 1 || candidates.size() < tokens) {
      return List.of();
    }
    SplitMix64 random = new SplitMix64(seed(seed));
    List<Integer> left = new ArrayList<>();
    List<List<Integer>> drawn = new ArrayList<>();
    while (drawn.size() < triggers) {
      if (left.size() < tokens) {
        left = new ArrayList<>(candidates);
      }
      List<Integer> trigger = new ArrayList<>();
      while (trigger.size() < tokens) {
        int at = random.below(left.size());
        trigger.add(left.get(at));
        left.set(at, left.getLast());
        left.removeLast();
      }
      drawn.add(List.copyOf(trigger));
    }
    return List.copyOf(drawn);
  }

  /// The number that a digest begins with, for drawing.
  public static long seed(Digest digest) {
    return ByteBuffer.wrap(digest.toBytes()).getLong();
  }

  /// The items that the parent knows best, where a trigger is seen most clearly: of equal losses
  /// the first.
  public static List<Integer> carriers(List<Double> parentLosses, int most) {
    return IntStream.range(0, parentLosses.size())
        .boxed()
        .sorted(Comparator.comparingDouble((Integer item) -> parentLosses.get(item)))
        .limit(most)
        .toList();
  }
}
