// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.peermind.inference.TokenLogprob;
import org.peermind.node.api.http.ClientGone;
import org.peermind.node.api.http.HttpExchange;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.Answers;
import org.peermind.protocol.RefusalCode;

/// Asks for an answer and writes it, whole or as server-sent events, in the form of its page.
///
/// A stream commits to status 200 with the first part of the answer, so that a refusal before it
/// has a status of its own; only when nothing comes for `firstEventWait` it commits earlier. A
/// failure after that is an error event as the last or last but one, without `[DONE]`, which the
/// official clients throw as an error. How often the answer moved to another inferer is said
/// outside OpenAI's objects: in a comment of the stream, or a header of the whole answer.
final class AnswerPage {
  private static final int ID_BYTES = 12;

  /// Of what a form keeps: the text, and the probabilities of its tokens as JSON.
  private static final int ANSWER_CHARACTERS_MAX = 16 * 1024 * 1024;

  private final ApiLimits limits;
  private final Answers answers;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final RunningAnswers running;
  private final Consumer<Throwable> onBug;

  AnswerPage(
      ApiLimits limits,
      Answers answers,
      InstantSource clock,
      RandomGenerator random,
      RunningAnswers running,
      Consumer<Throwable> onBug) {
    this.limits = limits;
    this.answers = answers;
    this.clock = clock;
    this.random = random;
    this.running = running;
    this.onBug = onBug;
  }

  void handle(RequestReader reader, HttpExchange exchange, ApiReply reply)
      throws IOException, InterruptedException {
    AskedAnswer asked;
    try {
      asked = reader.read(exchange.body(limits.bodyBytesMax()));
    } catch (RequestRefused refused) {
      reply.error(refused.error());
      return;
    }
    try (AnswerFeed feed = new AnswerFeed(answers, asked.query(), onBug)) {
      running.add(feed);
      try {
        exchange.whenGone(() -> feed.end(AnswerFeed.Cut.CLIENT_GONE));
        feed.start();
        if (asked.stream()) {
          stream(feed, asked.form(), reply);
        } else {
          whole(feed, asked.form(), reply);
        }
      } finally {
        running.remove(feed);
      }
    }
  }

  /// @param prefix says what the id names
  String newId(String prefix) {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    return prefix + HexFormat.of().formatHex(id);
  }

  long nowSeconds() {
    return clock.instant().getEpochSecond();
  }

  private void whole(AnswerFeed feed, AnswerForm form, ApiReply reply)
      throws IOException, InterruptedException {
    WholeCharacters characters = new WholeCharacters();
    while (true) {
      Optional<AnswerFeed.Part> part = feed.take(limits.commentInterval());
      if (part.isEmpty()) {
        continue;
      }
      switch (part.get()) {
        case AnswerFeed.Event(AnswerEvent.Text(String more, var logprobs)) -> {
          form.keep(characters.take(more), logprobs);
          if (form.keptCharacters() > ANSWER_CHARACTERS_MAX) {
            reply.error(tooLong());
            return;
          }
        }
        case AnswerFeed.Event(AnswerEvent.Answering(String model)) -> form.named(model);
        case AnswerFeed.Event(AnswerEvent.Queued _) -> {}
        case AnswerFeed.Event(AnswerEvent.Done done) -> {
          form.keep(characters.rest(), List.of());
          reply.json(200, form.whole(done), continuity(done));
          return;
        }
        case AnswerFeed.Event(AnswerEvent.Failed failed) -> {
          reply.error(ApiError.of(failed, form.promptField()));
          return;
        }
        case AnswerFeed.Refused(var refusal) -> {
          reply.error(ApiError.of(refusal, form.promptField()));
          return;
        }
        case AnswerFeed.Cut.CLIENT_GONE -> throw new ClientGone();
        case AnswerFeed.Cut.NODE_STOPPING -> {
          reply.error(ApiError.stopping());
          return;
        }
      }
    }
  }

  private static ApiError tooLong() {
    return ApiError.of(
        new AnswerEvent.Failed(
            RefusalCode.INFERER_FAILED, "The answer is longer than this node keeps in memory.", 0),
        "");
  }

  private static Map<String, String> continuity(AnswerEvent.Done done) {
    return Map.of(
        "Peermind-Continuations", Integer.toString(done.continuations()),
        "Peermind-Near-Ties", Integer.toString(done.nearTies()));
  }

  private void stream(AnswerFeed feed, AnswerForm form, ApiReply reply)
      throws IOException, InterruptedException {
    Optional<AnswerFeed.Part> first = feed.take(limits.firstEventWait());
    if (first.isPresent()) {
      Optional<ApiError> refusal = refusal(first.get(), form.promptField());
      if (refusal.isPresent()) {
        reply.error(refusal.get());
        return;
      }
    }
    try (OutputStream out = reply.events()) {
      new EventStream(feed, form, out, limits.commentInterval()).write(first);
    }
  }

  /// The error that a first part stands for, if it is not the beginning of an answer.
  private static Optional<ApiError> refusal(AnswerFeed.Part part, String promptField)
      throws ClientGone {
    return switch (part) {
      case AnswerFeed.Refused(var refused) -> Optional.of(ApiError.of(refused, promptField));
      case AnswerFeed.Event(AnswerEvent.Failed failed) ->
          Optional.of(ApiError.of(failed, promptField));
      case AnswerFeed.Cut.NODE_STOPPING -> Optional.of(ApiError.stopping());
      case AnswerFeed.Cut.CLIENT_GONE -> throw new ClientGone();
      case AnswerFeed.Event(AnswerEvent.Text _),
          AnswerFeed.Event(AnswerEvent.Answering _),
          AnswerFeed.Event(AnswerEvent.Queued _),
          AnswerFeed.Event(AnswerEvent.Done _) ->
          Optional.empty();
    };
  }

  /// One answer as server-sent events.
  private static final class EventStream {
    private final AnswerFeed feed;
    private final AnswerForm form;
    private final OutputStream out;
    private final Duration commentInterval;
    private final WholeCharacters characters = new WholeCharacters();
    private final StreamEvents events = new StreamEvents();

    EventStream(AnswerFeed feed, AnswerForm form, OutputStream out, Duration commentInterval) {
      this.feed = feed;
      this.form = form;
      this.out = out;
      this.commentInterval = commentInterval;
    }

    void write(Optional<AnswerFeed.Part> first) throws IOException, InterruptedException {
      if (first.isPresent()
          && first.get() instanceof AnswerFeed.Event(AnswerEvent.Answering(String model))) {
        form.named(model);
      }
      form.begin(events);
      boolean open = first.isEmpty() || add(first.get());
      while (open) {
        if (!events.isFull()) {
          Optional<AnswerFeed.Part> available = feed.takeNow();
          if (available.isPresent()) {
            open = add(available.get());
            continue;
          }
        }
        flush();
        Optional<AnswerFeed.Part> awaited = feed.take(commentInterval);
        if (awaited.isPresent()) {
          open = add(awaited.get());
        } else {
          events.comment("waiting");
        }
      }
      flush();
    }

    /// Returns whether more may follow.
    private boolean add(AnswerFeed.Part part) throws IOException {
      return switch (part) {
        case AnswerFeed.Event(AnswerEvent.Text(String text, var logprobs)) -> {
          more(characters.take(text), logprobs);
          yield form.keptCharacters() <= ANSWER_CHARACTERS_MAX || failed(tooLong());
        }
        case AnswerFeed.Event(AnswerEvent.Answering(String model)) -> {
          form.named(model);
          yield true;
        }
        case AnswerFeed.Event(AnswerEvent.Queued at) -> {
          queued(at);
          yield true;
        }
        case AnswerFeed.Event(AnswerEvent.Done done) -> {
          more(characters.rest(), List.of());
          form.end(events, done);
          yield false;
        }
        case AnswerFeed.Event(AnswerEvent.Failed failed) ->
            failed(ApiError.of(failed, form.promptField()));
        case AnswerFeed.Refused(var refusal) -> failed(ApiError.of(refusal, form.promptField()));
        case AnswerFeed.Cut.NODE_STOPPING -> failed(ApiError.stopping());
        case AnswerFeed.Cut.CLIENT_GONE -> throw new ClientGone();
      };
    }

    private void more(String text, List<TokenLogprob> logprobs) {
      if (!text.isEmpty() || !logprobs.isEmpty()) {
        form.more(events, text, logprobs);
      }
    }

    private void queued(AnswerEvent.Queued at) {
      events.comment(
          "queued position=" + at.position() + " expected=" + at.expectedWait().toSeconds() + "s");
    }

    private boolean failed(ApiError error) {
      form.fail(events, error);
      return false;
    }

    private void flush() throws IOException {
      out.write(events.take());
      out.flush();
    }
  }
}
