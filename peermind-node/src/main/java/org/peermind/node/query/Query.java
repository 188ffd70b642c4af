// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.peermind.inference.Constraint;
import org.peermind.inference.Embeddings;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.protocol.Id16;

/// A question as the owner asked it, already checked against the allow-list of the API.
///
/// @param model name or SHA-256 of a model
/// @param tokensMax most tokens that the answer may have
/// @param sampling with any seed; the one used is `seed`
/// @param seed of the sampling; empty means the ticket's
/// @param stop at most four texts that end the answer and are not part of it
/// @param constraint the form of the answer
/// @param topLogprobs how many likely tokens are told for each one; empty means none at all
/// @param embed texts to be turned into vectors instead of an answer; empty for a question
/// @param conversation what later questions of the same conversation have too, a secret of this
///   node; empty when nothing may be reused
/// @param askedOn the day (UTC) that a chat template may tell the model
public record Query(
    String model,
    Prompt prompt,
    int tokensMax,
    Sampling sampling,
    OptionalLong seed,
    List<String> stop,
    Constraint constraint,
    OptionalInt topLogprobs,
    Optional<Id16> conversation,
    Optional<LocalDate> askedOn,
    List<String> embed) {

  public Query {
    stop = List.copyOf(stop);
    embed = List.copyOf(embed);
  }

  /// A question for an answer.
  public Query(
      String model,
      Prompt prompt,
      int tokensMax,
      Sampling sampling,
      OptionalLong seed,
      List<String> stop,
      Constraint constraint,
      OptionalInt topLogprobs,
      Optional<Id16> conversation) {
    this(
        model,
        prompt,
        tokensMax,
        sampling,
        seed,
        stop,
        constraint,
        topLogprobs,
        conversation,
        Optional.empty(),
        List.of());
  }

  /// A question for the vectors of texts.
  ///
  /// @throws IllegalArgumentException when there is no text, or more than [Embeddings#TEXTS_MAX]
  public static Query embedding(String model, List<String> texts) {
    if (texts.isEmpty() || texts.size() > Embeddings.TEXTS_MAX) {
      throw new IllegalArgumentException(
          "1 to %d texts can be embedded at once".formatted(Embeddings.TEXTS_MAX));
    }
    return new Query(
        model,
        new Prompt.Text(""),
        1,
        Sampling.greedy(),
        OptionalLong.of(0),
        List.of(),
        new Constraint.None(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty(),
        texts);
  }

  /// A question for plain text.
  public Query(
      String model,
      Prompt prompt,
      int tokensMax,
      Sampling sampling,
      OptionalLong seed,
      List<String> stop) {
    this(
        model,
        prompt,
        tokensMax,
        sampling,
        seed,
        stop,
        new Constraint.None(),
        OptionalInt.empty(),
        Optional.empty());
  }

  /// The same question to another model.
  public Query withModel(String other) {
    return new Query(
        other,
        prompt,
        tokensMax,
        sampling,
        seed,
        stop,
        constraint,
        topLogprobs,
        conversation,
        askedOn,
        embed);
  }

  /// The same as part of a conversation.
  public Query withConversation(Id16 key) {
    return new Query(
        model,
        prompt,
        tokensMax,
        sampling,
        seed,
        stop,
        constraint,
        topLogprobs,
        Optional.of(key),
        askedOn,
        embed);
  }

  /// The same, asked on this day.
  public Query withAskedOn(LocalDate day) {
    return new Query(
        model,
        prompt,
        tokensMax,
        sampling,
        seed,
        stop,
        constraint,
        topLogprobs,
        conversation,
        Optional.of(day),
        embed);
  }

  /// Bytes of the prompt in UTF-8, the size that limits and size classes count.
  public int promptBytes() {
    long embedded =
        embed.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
    return (int) Math.min(prompt.bytes() + embedded, Integer.MAX_VALUE);
  }

  /// What an engine is asked, going on after these tokens.
  ///
  /// @throws IllegalArgumentException with one sentence, when a bound of the engine is broken
  public GenerationRequest generationRequest(
      long usedSeed, List<Integer> resumeTokens, GenerationRequest.Priority priority) {
    return new GenerationRequest(
        prompt,
        tokensMax,
        sampling.withSeed(usedSeed),
        stop,
        resumeTokens,
        constraint,
        topLogprobs,
        conversation,
        priority,
        GenerationRequest.DEADLINE_MAX,
        askedOn);
  }

  /// Leaves prompts and stop texts out, so that a query that reaches a log tells nothing.
  @Override
  public String toString() {
    return "Query[" + model + ", " + prompt + "]";
  }
}
