// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Piece;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Prompt;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.ToolCall;
import org.peermind.inference.internal.constraint.ConstrainedSampler;
import org.peermind.inference.internal.constraint.TokenConstraint;
import org.peermind.inference.internal.constraint.ToolCallParser;
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
  private final ConstrainedSampler constrainedSampler;
  private final Penalties penalties;
  private final Form form;
  private List<ToolCall> toolCalls = List.of();
  private boolean unfinishedCall;
  private int generated;
  private int lastToken;
  private int nearTies;

  /// What form the answer is held to, and how its tool calls are told from its text.
  record Form(Optional<TokenConstraint> constraint, Optional<ToolCallParser> parser) {}

  /// @param limit the most tokens that the answer may have, given the request and the context
  Answer(Vocabulary vocabulary, GenerationRequest request, Form form, int promptTokens, int limit) {
    this.vocabulary = vocabulary;
    this.form = form;
    this.promptTokens = promptTokens;
    this.limit = limit;
    topLogprobs = request.topLogprobs();
    // What goes on after plain text keeps the space between its words.
    boolean strip = vocabulary.sentencePiece() && request.prompt() instanceof Prompt.Chat;
    release = new TextRelease(request.stop(), strip);
    sampler = new TokenSampler(request.sampling());
    constrainedSampler = new ConstrainedSampler(sampler, request.sampling());
    penalties = new Penalties(request.sampling());
  }

  /// Replays the tokens that were already delivered, silently; present when they end the answer, or
  /// are none that this request can have.
  Optional<GenerationEvent> replay(List<Integer> tokens) {
    for (int token : tokens) {
      if (form.constraint().isPresent() && !form.constraint().get().advance(token)) {
        return Optional.of(
            new Failed(
                FailureKind.BAD_REQUEST,
                "The tokens to resume from do not have the form that the answer must have."));
      }
      Optional<FinishReason> end = push(token).end();
      if (end.isPresent()) {
        return Optional.of(finished(end.get(), 0));
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
    Optional<TokenSampler.Choice> choice = choose(logits);
    if (choice.isEmpty()) {
      return List.of(
          new Failed(
              FailureKind.BAD_REQUEST,
              "This model's vocabulary cannot write the form that the answer must have."));
    }
    int token = choice.get().tokenId();
    List<Integer> tieAt = choice.get().nearTie() ? List.of(generated) : List.of();
    nearTies += tieAt.size();
    List<TokenLogprob> logprobs = ranking.map(by -> List.of(logprob(by, token))).orElse(List.of());
    Pushed pushed = push(token);
    GenerationEvent piece = new Piece(List.of(token), pushed.text, tieAt, logprobs);
    return pushed.end.isPresent()
        ? List.of(piece, finished(pushed.end.get(), cachedTokens))
        : List.of(piece);
  }

  private Optional<TokenSampler.Choice> choose(float[] logits) {
    if (form.constraint().isEmpty()) {
      return Optional.of(sampler.choose(logits, generated));
    }
    TokenConstraint constraint = form.constraint().get();
    Optional<TokenSampler.Choice> choice = constrainedSampler.choose(logits, generated, constraint);
    if (choice.isPresent() && !constraint.advance(choice.get().tokenId())) {
      throw new IllegalStateException("A token was chosen that the constraint does not allow");
    }
    return choice;
  }

  /// The text that a token released, and whether the answer ends with it.
  private record Pushed(String text, Optional<FinishReason> end) {
    @Override
    public String toString() {
      return "Pushed[" + text.length() + " characters]";
    }
  }

  private Pushed push(int token) {
    if (vocabulary.ends(token)) {
      return new Pushed(last(release.finish()), Optional.of(FinishReason.STOP));
    }
    String text = release.push(vocabulary.bytes(token));
    penalties.count(token);
    generated++;
    lastToken = token;
    if (release.stopped()) {
      return new Pushed(last(text), Optional.of(FinishReason.STOP));
    }
    if (form.constraint().isPresent() && form.constraint().get().closed()) {
      // An end token would say nothing, and may be one more than the answer may have.
      return new Pushed(last(text + release.finish()), Optional.of(FinishReason.STOP));
    }
    if (generated >= limit) {
      // The tail goes with the last token, so that whoever has that token has the whole text.
      return new Pushed(last(text + release.finish()), Optional.of(FinishReason.LENGTH));
    }
    return new Pushed(
        form.parser().isPresent() ? form.parser().get().push(text) : text, Optional.empty());
  }

  /// The last text for the reader, when the answer ends with `text`.
  private String last(String text) {
    if (form.parser().isEmpty()) {
      return text;
    }
    String readable = form.parser().get().push(text);
    ToolCallParser.Outcome outcome = form.parser().get().finish();
    toolCalls = outcome.calls();
    unfinishedCall = outcome.unfinished();
    return readable + outcome.text();
  }

  private TokenLogprob logprob(LogitRanking ranking, int token) {
    List<TokenLogprob.Candidate> top = new ArrayList<>();
    for (int other : ranking.top(topLogprobs.orElse(0))) {
      top.add(vocabulary.candidate(other, ranking.logprob(other)));
    }
    return new TokenLogprob(vocabulary.candidate(token, ranking.logprob(token)), top);
  }

  GenerationEvent finished(FinishReason reason, int cachedTokens) {
    // At the limit too, when no more than the mark after the last call is missing.
    boolean whole =
        reason == FinishReason.STOP || (reason == FinishReason.LENGTH && !unfinishedCall);
    boolean calls = whole && !toolCalls.isEmpty();
    return new GenerationEvent.Finished(
        calls ? FinishReason.TOOL_CALLS : reason,
        promptTokens,
        cachedTokens,
        generated,
        nearTies,
        toolCalls);
  }

  /// The token that was chosen last.
  int lastToken() {
    return lastToken;
  }
}
