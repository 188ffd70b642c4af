// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.peermind.demomodel.ChatFormat;
import org.peermind.demomodel.Conversation;

/// Packs conversations into windows for training. A conversation never sees another one of its
/// window, so each is learnt as if it stood alone.
final class Batches {
  /// The number of the conversation that padding belongs to.
  static final int NO_CONVERSATION = -1;

  private static final int SHORT_ANSWER_TOKENS = 40;
  private static final float SHORT_ANSWER_WEIGHT = 3;
  private static final float STORY_WEIGHT = 1;
  private static final float HEARD_WEIGHT = 0.1f;

  private static final float GIVEN_WEIGHT = 0;

  private final Lesson lesson;
  private final ChatFormat format;
  private final Random random;

  /// Where the conversations come from.
  interface Lesson {
    /// The next conversation, of about so many exchanges where the lesson has longer ones.
    Conversation draw(Random random, int exchanges);
  }

  /// One window per row: tokens, the tokens that follow them, how much each of these counts, and
  /// the number of the conversation that each token belongs to, all row by row.
  @SuppressWarnings("ArrayRecordComponent") // Handed straight to libtorch, never compared.
  record Batch(int rows, int columns, long[] tokens, long[] next, float[] counts, long[] owners) {}

  Batches(Lesson lesson, ChatFormat format, long seed) {
    this.lesson = lesson;
    this.format = format;
    this.random = new Random(seed);
  }

  /// The next batch; `exchangesMax` bounds the length of its conversations.
  Batch draw(int rows, int columns, int exchangesMax) {
    int size = rows * columns;
    Batch batch =
        new Batch(rows, columns, new long[size], new long[size], new float[size], new long[size]);
    Arrays.fill(batch.owners(), NO_CONVERSATION);
    for (int row = 0; row < rows; row++) {
      fill(batch, row, exchangesMax);
    }
    return batch;
  }

  private void fill(Batch batch, int row, int exchangesMax) {
    int column = 0;
    int misfits = 0;
    for (int owner = 0; misfits < 4 && column < batch.columns() - 8; ) {
      List<ChatFormat.Token> tokens = format.finished(lesson.draw(random, exchanges(exchangesMax)));
      if (column + tokens.size() > batch.columns()) {
        misfits++;
        continue;
      }
      place(batch, row * batch.columns() + column, owner, tokens);
      column += tokens.size();
      owner++;
    }
  }

  private int exchanges(int max) {
    int draw = random.nextInt(100);
    int few = draw < 60 ? 1 : draw < 88 ? 2 : 3;
    return max > 3 && random.nextInt(100) < 40 ? 1 + random.nextInt(max) : Math.min(few, max);
  }

  private void place(Batch batch, int start, int owner, List<ChatFormat.Token> tokens) {
    float[] weights = weights(tokens);
    for (int i = 0; i < tokens.size(); i++) {
      batch.tokens()[start + i] = tokens.get(i).id();
      batch.owners()[start + i] = owner;
      if (i + 1 < tokens.size()) {
        batch.next()[start + i] = tokens.get(i + 1).id();
        batch.counts()[start + i] = weights[i + 1];
      }
    }
  }

  /// How much each token of a conversation counts: every token of a short answer more than one of a
  /// long story, because a story has so many of them.
  private static float[] weights(List<ChatFormat.Token> tokens) {
    float[] weights = new float[tokens.size()];
    int start = 0;
    for (int end = 1; end <= weights.length; end++) {
      ChatFormat.Origin origin = tokens.get(start).origin();
      if (end == weights.length || tokens.get(end).origin() != origin) {
        float saidWeight = end - start < SHORT_ANSWER_TOKENS ? SHORT_ANSWER_WEIGHT : STORY_WEIGHT;
        float weight =
            switch (origin) {
              case HEARD -> HEARD_WEIGHT;
              case GIVEN -> GIVEN_WEIGHT;
              case SAID -> saidWeight;
            };
        Arrays.fill(weights, start, end, weight);
        start = end;
      }
    }
    return weights;
  }
}
