// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.demomodel.QuestionPool;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.voting.DigestStream;
import org.peermind.voting.ItemSeed;

/// A set of questions with exact answers that every node draws alike from a seed. The rules of a
/// network name the one that it uses. What a suite draws never changes: other items, or another way
/// to judge, need a new suite, or nodes of two versions would ask different things.
public enum ItemSuite {
  /// Facts of the demo model's world, drawn from a public pool of several thousand questions: no
  /// other model knows them.
  MADE_UP_WORLD("made-up-world", 48) {
    @Override
    int size() {
      return Pool.ITEMS.size();
    }

    @Override
    List<Item> drawn(Digest seed, int count) {
      return ItemSeed.items(seed, size(), count).stream().map(Pool.ITEMS::get).toList();
    }
  },

  /// Tasks that are made from the seed: calculating, comparing, sorting, looking up, counting,
  /// units, order, forms. Nobody can have trained on them or keep their answers.
  GENERAL("general", 256) {
    @Override
    int size() {
      return EvaluationReveal.ITEMS_MAX;
    }

    @Override
    List<Item> drawn(Digest seed, int count) {
      DigestStream stream = new DigestStream(seed);
      Set<String> questions = new LinkedHashSet<>();
      return java.util.stream.IntStream.range(0, count)
          .mapToObj(at -> GeneralTasks.next(stream, at, questions))
          .toList();
    }
  };

  private final String word;
  private final int answerTokensMax;

  ItemSuite(String word, int answerTokensMax) {
    this.word = word;
    this.answerTokensMax = answerTokensMax;
  }

  /// The suite that the rules of a network call so; empty when this version does not know it.
  public static Optional<ItemSuite> named(String word) {
    return List.of(values()).stream().filter(suite -> suite.word.equals(word)).findFirst();
  }

  /// Its name in the rules of a network.
  public String word() {
    return word;
  }

  /// After so many tokens an answer is cut off, on every machine alike.
  public int answerTokensMax() {
    return answerTokensMax;
  }

  /// How many different items there are at most in one draw.
  abstract int size();

  abstract List<Item> drawn(Digest seed, int count);

  /// Different items; equal seeds give equal items.
  ///
  /// @param count as many as there are when there are fewer
  /// @throws IllegalArgumentException when `count` is negative
  public List<Item> items(Digest seed, int count) {
    return drawn(seed, Math.min(count, size()));
  }

  /// Made at first use.
  private static final class Pool {
    private static final List<Item> ITEMS =
        QuestionPool.all().stream()
            .map(question -> new Item(question.text(), new AnswerCheck.World(question)))
            .toList();
  }
}
