// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Piece;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Prompt;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.internal.text.LogitRanking;
import org.peermind.inference.internal.text.Penalties;
import org.peermind.inference.internal.text.TextRelease;
import org.peermind.inference.internal.text.TokenSampler;

/// What an answer says: chooses its tokens and releases their text. Everything depends on the
/// request, the logits and the tokens so far alone, so that another machine goes on the same way.
final class Answer {
  private final Vocabulary vocabulary;
  private final int promptTokens;
  private final int limit;
  private final OptionalInt topLogprobs;
  private final TextRelease release;
  private final TokenSampler sampler;
  private final Penalties penalties;
  private int generated;
  private int lastToken;
  private int nearTies;

  /// @param limit the most tokens that the answer may have, given the request and the context
  Answer(Vocabulary vocabulary, GenerationRequest request, int promptTokens, int limit) {
    this.vocabulary = vocabulary;
    this.promptTokens = promptTokens;
    this.limit = limit;
    topLogprobs = request.topLogprobs();
    // What goes on after plain text keeps the space between its words.
    boolean strip = vocabulary.sentencePiece() && request.prompt() instanceof Prompt.Chat;
    release = new TextRelease(request.stop(), strip);
    sampler = new TokenSampler(request.sampling());
    penalties = new Penalties(request.sampling());
  }

  /// Replays the tokens that were already delivered, silently; present when they end the answer.
  Optional<GenerationEvent> replay(List<Integer> tokens) {
    for (int token : tokens) {
      if (vocabulary.ends(token)) {
        return Optional.of(finished(FinishReason.STOP, 0));
      }
      release.push(vocabulary.piece(token));
      penalties.count(token);
      generated++;
      if (release.stopped()) {
        return Optional.of(finished(FinishReason.STOP, 0));
      }
      if (generated >= limit) {
        return Optional.of(finished(FinishReason.LENGTH, 0));
      }
    }
    return Optional.empty();
  }

  /// Takes the logits that follow the tokens so far, and changes them; returns the events that they
  /// bring, the last event among them when the answer ends here.
  ///
  /// @param cachedTokens how many tokens of the prompt were not computed for this answer
  List<GenerationEvent> accept(float[] logits, int cachedTokens) {
    Optional<LogitRanking> ranking =
        topLogprobs.isPresent()
            ? Optional.of(new LogitRanking(Arrays.copyOf(logits, logits.length)))
            : Optional.empty();
    penalties.apply(logits);
    TokenSampler.Choice choice = sampler.choose(logits, generated);
    List<Integer> tieAt = choice.nearTie() ? List.of(generated) : List.of();
    nearTies += tieAt.size();
    int token = choice.tokenId();
    List<Integer> ids = List.of(token);
    List<TokenLogprob> logprobs = ranking.map(by -> List.of(logprob(by, token))).orElse(List.of());
    if (vocabulary.ends(token)) {
      return List.of(
          new Piece(ids, release.finish(), tieAt, logprobs),
          finished(FinishReason.STOP, cachedTokens));
    }
    String text = release.push(vocabulary.piece(token));
    penalties.count(token);
    generated++;
    lastToken = token;
    if (release.stopped()) {
      return List.of(
          new Piece(ids, text, tieAt, logprobs), finished(FinishReason.STOP, cachedTokens));
    }
    if (generated >= limit) {
      // The tail goes with the last token, so that whoever has that token has the whole text.
      return List.of(
          new Piece(ids, text + release.finish(), tieAt, logprobs),
          finished(FinishReason.LENGTH, cachedTokens));
    }
    return List.of(new Piece(ids, text, tieAt, logprobs));
  }

  private TokenLogprob logprob(LogitRanking ranking, int token) {
    List<TokenLogprob.Candidate> top = new ArrayList<>();
    for (int other : ranking.top(topLogprobs.orElse(0))) {
      top.add(vocabulary.candidate(other, ranking.logprob(other)));
    }
    return new TokenLogprob(vocabulary.candidate(token, ranking.logprob(token)), top);
  }

  GenerationEvent finished(FinishReason reason, int cachedTokens) {
    return new GenerationEvent.Finished(
        reason, promptTokens, cachedTokens, generated, nearTies, List.of());
  }

  /// The token that was chosen last.
  int lastToken() {
    return lastToken;
  }
}
