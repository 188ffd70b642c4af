// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Piece;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.text.TextRelease;
import org.peermind.inference.internal.text.TokenSampler;

/// One answer in the engine: the tokens still to be read, then one token after the other.
final class Sequence {
  private final long id;
  private final LlamaModel model;
  private final int[] known;
  private final int promptTokens;
  private final int limit;
  private final TextRelease release;
  private final TokenSampler sampler;
  private int computed;
  private int generated;
  private int nextToken;
  private int nearTies;
  private int slot = -1;
  private int logitsRow = -1;
  private long lastEventNanos;

  /// @param prompt the tokens of the conversation
  /// @param limit the most tokens that the answer may have, given the request and the context
  Sequence(long id, LlamaModel model, GenerationRequest request, int[] prompt, int limit) {
    this.id = id;
    this.model = model;
    this.limit = limit;
    promptTokens = prompt.length;
    release = new TextRelease(request.stop(), model.sentencePiece());
    sampler = new TokenSampler(request.sampling());
    List<Integer> tokens = new ArrayList<>();
    for (int token : prompt) {
      tokens.add(token);
    }
    tokens.addAll(request.resumeTokens());
    known = tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /// Replays the tokens that were already delivered, silently; present when they end the answer.
  Optional<GenerationEvent> replay() {
    for (int i = promptTokens; i < known.length; i++) {
      if (model.isEndOfGeneration(known[i])) {
        return Optional.of(finished(FinishReason.STOP));
      }
      release.push(model.piece(known[i]));
      generated++;
      if (release.stopped()) {
        return Optional.of(finished(FinishReason.STOP));
      }
      if (generated >= limit) {
        return Optional.of(finished(FinishReason.LENGTH));
      }
    }
    return Optional.empty();
  }

  /// Takes the logits that follow the tokens so far; returns the events that they bring, the last
  /// event among them when the answer ends here.
  List<GenerationEvent> accept(float[] logits) {
    TokenSampler.Choice choice = sampler.choose(logits, generated);
    List<Integer> tieAt = choice.nearTie() ? List.of(generated) : List.of();
    nearTies += tieAt.size();
    int token = choice.tokenId();
    List<Integer> ids = List.of(token);
    if (model.isEndOfGeneration(token)) {
      return List.of(new Piece(ids, release.finish(), tieAt), finished(FinishReason.STOP));
    }
    String text = release.push(model.piece(token));
    generated++;
    nextToken = token;
    if (release.stopped()) {
      return List.of(new Piece(ids, text, tieAt), finished(FinishReason.STOP));
    }
    if (generated >= limit) {
      // The tail goes with the last token, so that whoever has that token has the whole text.
      return List.of(new Piece(ids, text + release.finish(), tieAt), finished(FinishReason.LENGTH));
    }
    return List.of(new Piece(ids, text, tieAt));
  }

  GenerationEvent finished(FinishReason reason) {
    return new GenerationEvent.Finished(reason, promptTokens, generated, nearTies);
  }

  GenerationEvent progress() {
    return new GenerationEvent.Prefilled(Math.min(computed, promptTokens), promptTokens);
  }

  long id() {
    return id;
  }

  /// How many cells of memory the sequence may come to need.
  int cells() {
    return promptTokens + limit;
  }

  boolean prefilling() {
    return computed < known.length;
  }

  int tokensToRead() {
    return Math.max(0, known.length - computed);
  }

  /// Adds up to `count` unread tokens to the model's batch, the last one asking for logits, or the
  /// token that was chosen last.
  void addTo(org.peermind.inference.internal.natives.TokenBatch batch, int count) {
    logitsRow = -1;
    if (!prefilling()) {
      logitsRow = batch.add(nextToken, computed, slot, true);
      computed++;
      return;
    }
    for (int i = 0; i < count; i++) {
      boolean last = computed == known.length - 1;
      int row = batch.add(known[computed], computed, slot, last);
      computed++;
      if (last) {
        logitsRow = row;
      }
    }
  }

  /// Takes back `count` tokens that could not be computed.
  void takeBack(int count) {
    computed -= count;
    logitsRow = -1;
  }

  int logitsRow() {
    return logitsRow;
  }

  int slot() {
    return slot;
  }

  void slot(int assigned) {
    slot = assigned;
  }

  long lastEventNanos() {
    return lastEventNanos;
  }

  void lastEventNanos(long nanos) {
    lastEventNanos = nanos;
  }
}
