// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Constraint;
import org.peermind.inference.Embeddings;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.Prompt;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.internal.constraint.CallSyntax;
import org.peermind.inference.internal.constraint.ConstraintCompiler;
import org.peermind.inference.internal.constraint.TokenConstraint;
import org.peermind.inference.internal.constraint.TokenTrie;
import org.peermind.inference.internal.constraint.ToolCallParser;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.natives.PromptRenderer;
import org.peermind.inference.internal.template.ToolFormat;

/// Turns requests into tenants of the engine, or refuses them. This takes time that grows with the
/// request, so it is done on the thread that reads the link and not on the engine's: a large prompt
/// holds up no running answer.
final class Intake {
  private static final int TOKEN_BYTES_MAX = 64;
  private static final long JOB_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);

  private final LlamaModel model;
  private final Vocabulary vocabulary;
  private final PromptRenderer renderer;
  private final CallSyntax syntax;
  private final Map<Long, TokenConstraint> inUse = new ConcurrentHashMap<>();
  private @Nullable ConstraintCompiler compiler;

  Intake(LlamaModel model) {
    this.model = model;
    renderer = PromptRenderer.of(model);
    syntax = renderer.toolFormat().map(ToolFormat::syntax).orElseGet(CallSyntax::hermes);
    vocabulary = Vocabulary.of(model, syntax);
  }

  /// Whether conversations can have tools.
  boolean tools() {
    return renderer.toolFormat().isPresent();
  }

  /// Hears what is said of requests, on any thread: after the last event of an answer nothing needs
  /// its form.
  void said(LinkMessage.FromChild message) {
    if (message instanceof LinkMessage.Event(long id, GenerationEvent event) && event.isLast()) {
      TokenConstraint constraint = inUse.remove(id);
      if (constraint != null) {
        constraint.release();
      }
    }
  }

  /// What became of a request.
  sealed interface Prepared {
    /// It wants a slot.
    record Ready(Tenant tenant) implements Prepared {}

    /// It was answered at once.
    record Answered(LinkMessage.FromChild message) implements Prepared {}
  }

  /// Whatever a template or a form does to its interpreter, it ends this request alone and not the
  /// process. The sentence names no more than the kind of fault, for a message may quote a prompt.
  Prepared prepare(LinkMessage.Request wanted, long nowNanos) {
    try {
      return switch (wanted) {
        case LinkMessage.Generate(long id, var request) -> generate(id, request, nowNanos);
        case LinkMessage.Embed(long id, List<String> texts) -> embed(id, texts, nowNanos);
        case LinkMessage.Score(long id, var sequences) -> score(id, sequences, nowNanos);
        case LinkMessage.Tokenize(long id, String text, boolean special) ->
            tokenize(id, text, special);
      };
    } catch (RuntimeException | StackOverflowError broken) {
      String sentence =
          "The engine cannot prepare this request (%s)."
              .formatted(broken.getClass().getSimpleName());
      return wanted instanceof LinkMessage.Generate
          ? failed(wanted.id(), FailureKind.BAD_REQUEST, sentence)
          : refused(wanted.id(), FailureKind.BAD_REQUEST, sentence);
    }
  }

  private Prepared generate(long id, GenerationRequest request, long nowNanos) {
    Optional<String> malformed = refusal(request);
    if (malformed.isPresent()) {
      return failed(id, FailureKind.BAD_REQUEST, malformed.get());
    }
    if (request.prompt().bytes() > (long) model.contextTokens() * TOKEN_BYTES_MAX) {
      // Tokenizing it would only take time from the others.
      return failed(
          id,
          FailureKind.CONTEXT_TOO_LONG,
          "The prompt has %d bytes, far more than this model's context of %d tokens."
              .formatted(request.prompt().bytes(), model.contextTokens()));
    }
    return switch (renderer.render(request)) {
      case PromptRenderer.Result.Refused(String sentence) ->
          failed(id, FailureKind.BAD_REQUEST, sentence);
      case PromptRenderer.Result.Tokens(List<Integer> prompt) ->
          generate(id, request, array(prompt), nowNanos);
    };
  }

  private Prepared generate(long id, GenerationRequest request, int[] prompt, long nowNanos) {
    int promptTokens = prompt.length;
    int limit = Math.min(request.maxTokens(), model.contextTokens() - promptTokens);
    if (limit < 1) {
      return failed(
          id,
          FailureKind.CONTEXT_TOO_LONG,
          "The prompt has %d tokens or more, and this model's context holds %d with the answer."
              .formatted(promptTokens, model.contextTokens()));
    }
    if (request.constraint() instanceof Constraint.None()) {
      Answer.Form free = new Answer.Form(Optional.empty(), Optional.empty());
      Answer answer = new Answer(vocabulary, request, free, promptTokens, limit);
      return begin(id, request, prompt, limit, answer, nowNanos);
    }
    return switch (compiler().compile(request.constraint())) {
      case ConstraintCompiler.Compilation.Refused(String sentence) ->
          failed(id, FailureKind.BAD_REQUEST, sentence);
      case ConstraintCompiler.Compilation.Busy(String sentence) ->
          failed(id, FailureKind.BUSY, sentence);
      case ConstraintCompiler.Compilation.Ready(Optional<TokenConstraint> constraint) -> {
        Optional<ToolCallParser> parser =
            request.constraint() instanceof Constraint.Tools
                ? Optional.of(new ToolCallParser(syntax))
                : Optional.empty();
        constraint.ifPresent(taken -> inUse.put(id, taken));
        Answer.Form form = new Answer.Form(constraint, parser);
        Answer answer = new Answer(vocabulary, request, form, promptTokens, limit);
        yield begin(id, request, prompt, limit, answer, nowNanos);
      }
    };
  }

  private static Prepared begin(
      long id, GenerationRequest request, int[] prompt, int limit, Answer answer, long nowNanos) {
    Optional<GenerationEvent> end = answer.replay(request.resumeTokens());
    if (end.isPresent()) {
      return new Prepared.Answered(new LinkMessage.Event(id, end.get()));
    }
    long deadline = nowNanos + request.deadline().toNanos();
    return new Prepared.Ready(new Sequence(id, request, prompt, limit, answer, deadline));
  }

  private Optional<String> refusal(GenerationRequest request) {
    if (!vocabularyHas(request.resumeTokens())) {
      return Optional.of("The tokens to resume from are not of this model's vocabulary.");
    }
    if (!vocabularyHas(request.sampling().logitBias().keySet())) {
      return Optional.of("logit_bias names tokens that are not of this model's vocabulary.");
    }
    return Optional.empty();
  }

  /// Made for the first request: sorting a large vocabulary takes a while.
  private ConstraintCompiler compiler() {
    ConstraintCompiler made = compiler;
    if (made == null) {
      made = new ConstraintCompiler(TokenTrie.of(vocabulary), syntax);
      compiler = made;
    }
    return made;
  }

  private boolean vocabularyHas(Collection<Integer> tokens) {
    return tokens.stream().allMatch(vocabulary::contains);
  }

  private static int[] array(List<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  private Prepared score(long id, List<ScoredSequence> sequences, long nowNanos) {
    if (sequences.isEmpty() || sequences.size() > ScoredSequence.SEQUENCES_MAX) {
      return refused(
          id,
          FailureKind.BAD_REQUEST,
          "One request scores 1 to %d sequences.".formatted(ScoredSequence.SEQUENCES_MAX));
    }
    long tokens = 0;
    for (ScoredSequence sequence : sequences) {
      tokens += sequence.tokens().size();
      if (sequence.tokens().size() > model.contextTokens()) {
        return refused(
            id,
            FailureKind.CONTEXT_TOO_LONG,
            "A sequence to score has %d tokens, and this model's context holds %d."
                .formatted(sequence.tokens().size(), model.contextTokens()));
      }
      if (!vocabularyHas(sequence.tokens())) {
        return refused(
            id,
            FailureKind.BAD_REQUEST,
            "A sequence to score has tokens that are not of this model's vocabulary.");
      }
    }
    if (tokens > ScoredSequence.TOKENS_MAX) {
      return refused(
          id,
          FailureKind.BAD_REQUEST,
          "The sequences to score have more than %d tokens together; ask in parts."
              .formatted(ScoredSequence.TOKENS_MAX));
    }
    return new Prepared.Ready(new ScoreJob(id, sequences, model.cells(), nowNanos + JOB_NANOS_MAX));
  }

  private Prepared tokenize(long id, String text, boolean special) {
    if (new Prompt.Text(text).bytes() > LoadedModel.TOKENIZED_BYTES_MAX) {
      return refused(
          id,
          FailureKind.BAD_REQUEST,
          "A text to turn into tokens has more than %d bytes; ask in parts."
              .formatted(LoadedModel.TOKENIZED_BYTES_MAX));
    }
    return switch (renderer.tokensOf(text, special)) {
      case PromptRenderer.Result.Refused(String sentence) ->
          refused(id, FailureKind.BAD_REQUEST, sentence);
      case PromptRenderer.Result.Tokens(List<Integer> ids) ->
          new Prepared.Answered(new LinkMessage.Tokenized(id, ids));
    };
  }

  private Prepared embed(long id, List<String> texts, long nowNanos) {
    Optional<String> unable = model.refusalOfEmbeddings();
    if (unable.isPresent()) {
      return refused(id, FailureKind.BAD_REQUEST, unable.get());
    }
    if (texts.isEmpty() || texts.size() > Embeddings.TEXTS_MAX) {
      return refused(
          id,
          FailureKind.BAD_REQUEST,
          "One request takes 1 to %d texts.".formatted(Embeddings.TEXTS_MAX));
    }
    long bytes = texts.stream().mapToLong(text -> new Prompt.Text(text).bytes()).sum();
    if (bytes > GenerationRequest.PROMPT_BYTES_MAX) {
      return refused(
          id,
          FailureKind.BAD_REQUEST,
          "The texts have more than %d bytes together."
              .formatted(GenerationRequest.PROMPT_BYTES_MAX));
    }
    List<int[]> tokens = new ArrayList<>();
    for (String text : texts) {
      if (new Prompt.Text(text).bytes() > (long) model.contextTokens() * TOKEN_BYTES_MAX) {
        return tooLong(id);
      }
      switch (renderer.render(new Prompt.Text(text), Optional.empty())) {
        case PromptRenderer.Result.Refused(String sentence) -> {
          return refused(id, FailureKind.BAD_REQUEST, sentence);
        }
        case PromptRenderer.Result.Tokens(List<Integer> ids) -> tokens.add(array(ids));
      }
      if (tokens.getLast().length > model.contextTokens()) {
        return tooLong(id);
      }
    }
    return new Prepared.Ready(new EmbeddingJob(id, tokens, nowNanos + JOB_NANOS_MAX));
  }

  private Prepared tooLong(long id) {
    return refused(
        id,
        FailureKind.CONTEXT_TOO_LONG,
        "A text has more than this model's %d tokens.".formatted(model.contextTokens()));
  }

  private static Prepared failed(long id, FailureKind kind, String sentence) {
    return new Prepared.Answered(new LinkMessage.Event(id, new Failed(kind, sentence)));
  }

  private static Prepared refused(long id, FailureKind kind, String sentence) {
    return new Prepared.Answered(new LinkMessage.RequestRefused(id, kind, sentence));
  }
}
