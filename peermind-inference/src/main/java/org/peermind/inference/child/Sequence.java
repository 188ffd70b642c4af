// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.GenerationRequest.Priority;
import org.peermind.inference.internal.natives.TokenBatch;
import org.peermind.protocol.Id16;

/// One answer in the engine: the tokens still to be read, then one token after the other.
final class Sequence implements Tenant {
  private static final int SPARE_TOKENS = 64;

  private final long id;
  private final Answer answer;
  private final Priority priority;
  private final Optional<Id16> conversation;
  private final long deadlineNanos;
  private final int promptTokens;
  private final int cells;
  private int[] tokens;
  private int size;
  private int computed;
  private int cached;
  private int slot = NO_SLOT;
  private int logitsRow = -1;
  private long lastEventNanos;
  private boolean suspect;

  /// @param prompt the tokens of the prompt
  /// @param limit the most tokens that the answer may have, given the request and the context
  Sequence(
      long id,
      GenerationRequest request,
      int[] prompt,
      int limit,
      Answer answer,
      long deadlineNanos) {
    this.id = id;
    this.answer = answer;
    this.deadlineNanos = deadlineNanos;
    priority = request.priority();
    conversation = request.conversation();
    promptTokens = prompt.length;
    cells = prompt.length + limit;
    size = prompt.length + request.resumeTokens().size();
    tokens = Arrays.copyOf(prompt, size);
    for (int i = promptTokens; i < size; i++) {
      tokens[i] = request.resumeTokens().get(i - promptTokens);
    }
  }

  /// Takes the logits that follow the tokens so far; returns the events that they bring.
  List<GenerationEvent> accept(float[] logits) {
    List<GenerationEvent> events = answer.accept(logits, Math.min(cached, promptTokens));
    if (!events.getLast().isLast()) {
      if (size == tokens.length) {
        tokens = Arrays.copyOf(tokens, Math.min(cells, size + size / 2 + SPARE_TOKENS));
      }
      tokens[size++] = answer.lastToken();
    }
    return events;
  }

  GenerationEvent finished(FinishReason reason) {
    return answer.finished(reason, Math.min(cached, promptTokens));
  }

  GenerationEvent progress() {
    return new GenerationEvent.Prefilled(Math.min(computed, promptTokens), promptTokens);
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
  public Priority priority() {
    return priority;
  }

  @Override
  public Optional<Id16> conversation() {
    return conversation;
  }

  @Override
  public int[] tokens() {
    return Arrays.copyOf(tokens, size);
  }

  @Override
  public void admitted(int given, int alreadyComputed) {
    slot = given;
    computed = alreadyComputed;
    cached = alreadyComputed;
  }

  @Override
  public int slot() {
    return slot;
  }

  @Override
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /// Whether more than the last token is still to be computed.
  boolean prefilling() {
    return size - computed > 1;
  }

  int tokensToRead() {
    return size - computed;
  }

  /// Adds up to `count` tokens to the batch; the last known one asks for logits.
  void addTo(TokenBatch batch, int count) {
    logitsRow = -1;
    for (int i = 0; i < count; i++) {
      boolean last = computed == size - 1;
      int row = batch.add(tokens[computed], computed, slot, last);
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

  /// The row of the last batch that holds the logits after the last token, or a negative number.
  int logitsRow() {
    return logitsRow;
  }

  /// Whether the model gave no numbers while this one was computed beside others, so that it is not
  /// known whose text is to blame.
  boolean isSuspect() {
    return suspect;
  }

  void suspect(boolean isSuspect) {
    suspect = isSuspect;
  }

  long lastEventNanos() {
    return lastEventNanos;
  }

  void lastEventNanos(long nanos) {
    lastEventNanos = nanos;
  }
}
