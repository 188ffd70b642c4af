// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Embeddings;
import org.peermind.node.query.AnswerCache.Kept;
import org.peermind.protocol.ServedModel;

/// Gives an answer again without asking anybody when the same question was answered before by the
/// same model file on the same day (UTC) and the answer is a repeatable one: at temperature 0 or
/// with a seed. Only its owner turns this on.
///
/// A kept answer counts its whole prompt as cached, and has no receipt, because it took no energy.
public final class CachedAnswers implements Answers {
  private static final Duration LISTING_KEPT = Duration.ofSeconds(30);
  private static final int TEXT_CHARACTERS_MAX = 1 << 19;

  private final Answers answers;
  private final AnswerCache cache;
  private final Function<Query, byte[]> form;
  private final InstantSource clock;
  private final Consumer<IOException> onFailure;
  private volatile @Nullable Listing listing;

  /// Which models there were at a time.
  private record Listing(List<ServedModel> models, Instant at) {}

  /// @param form a question as bytes that are equal exactly for equal questions
  /// @param onFailure told when an answer could not be kept
  public CachedAnswers(
      Answers answers,
      AnswerCache cache,
      Function<Query, byte[]> form,
      InstantSource clock,
      Consumer<IOException> onFailure) {
    this.answers = answers;
    this.cache = cache;
    this.form = form;
    this.clock = clock;
    this.onFailure = onFailure;
  }

  @Override
  public Answer ask(Query query, QueueWatch watch) throws QueryRefused, InterruptedException {
    boolean repeatable =
        (query.sampling().temperature() == 0 || query.seed().isPresent())
            && query.topLogprobs().isEmpty();
    Optional<ServedModel> model = repeatable ? model(query.model()) : Optional.empty();
    if (model.isEmpty()) {
      return answers.ask(query, watch);
    }
    // By its hash, so that what is kept is the answer of this very file; and by the day, which a
    // chat template may tell the model.
    Query exact =
        query
            .withModel(model.get().hash().hex())
            .withAskedOn(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
    byte[] question = form.apply(exact);
    Optional<Kept> kept = cache.find(question, clock.instant());
    return kept.isPresent()
        ? new KeptAnswer(kept.get())
        : new KeepingAnswer(answers.ask(exact, watch), question);
  }

  /// The model that is meant now, as far as it is known.
  private Optional<ServedModel> model(String wanted) throws InterruptedException {
    Listing known = listing;
    Instant now = clock.instant();
    if (known == null || known.at().plus(LISTING_KEPT).isBefore(now)) {
      try {
        known = new Listing(answers.models(), now);
        listing = known;
      } catch (QueryRefused unknown) {
        return Optional.empty();
      }
    }
    return known.models().stream()
        .filter(ServedModel::verified)
        .filter(model -> model.name().equals(wanted) || model.hash().hex().equals(wanted))
        .findFirst();
  }

  /// Vectors are not kept.
  @Override
  public Embeddings embed(Query query) throws QueryRefused, InterruptedException {
    return answers.embed(query);
  }

  @Override
  public List<ServedModel> models() throws QueryRefused, InterruptedException {
    return answers.models();
  }

  /// Passes an answer on and keeps it when it has come to its end.
  private final class KeepingAnswer implements Answer {
    private final Answer answer;
    private final byte[] question;
    private final StringBuilder text = new StringBuilder();

    KeepingAnswer(Answer answer, byte[] question) {
      this.answer = answer;
      this.question = question;
    }

    @Override
    public AnswerEvent next() throws InterruptedException {
      AnswerEvent event = answer.next();
      switch (event) {
        case AnswerEvent.Text(String more, var _) -> {
          if (text.length() <= TEXT_CHARACTERS_MAX) {
            text.append(more);
          }
        }
        case AnswerEvent.Done done -> keep(done);
        case AnswerEvent.Answering _, AnswerEvent.Queued _, AnswerEvent.Failed _ -> {}
      }
      return event;
    }

    private void keep(AnswerEvent.Done done) {
      if (text.length() > TEXT_CHARACTERS_MAX) {
        return;
      }
      try {
        cache.keep(
            question,
            new Kept(
                text.toString(),
                done.reason(),
                done.promptTokens(),
                done.completionTokens(),
                done.nearTies(),
                done.toolCalls()),
            clock.instant());
      } catch (IOException full) {
        onFailure.accept(full);
      }
    }

    @Override
    public void close() {
      answer.close();
    }
  }

  private static final class KeptAnswer implements Answer {
    private final Kept kept;
    private boolean told;

    KeptAnswer(Kept kept) {
      this.kept = kept;
      this.told = kept.text().isEmpty();
    }

    @Override
    public AnswerEvent next() {
      if (!told) {
        told = true;
        return new AnswerEvent.Text(kept.text());
      }
      return new AnswerEvent.Done(
          kept.reason(),
          kept.promptTokens(),
          kept.promptTokens(),
          kept.completionTokens(),
          kept.nearTies(),
          0,
          kept.toolCalls(),
          List.of(),
          false);
    }

    @Override
    public void close() {}
  }
}
