// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.TokenLogprob;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AnswerFrame;
import org.peermind.protocol.wire.Failure;
import org.peermind.protocol.wire.Finished;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Progress;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.Tokens;
import org.peermind.protocol.wire.Up;
import org.peermind.protocol.wire.Yielding;
import org.peermind.telemetry.QueryEvent.Ending;

/// One answer that this inferer computes for somebody else. The question comes in sealed frames;
/// once it is whole, a thread of its own runs the engine and seals what comes out.
final class ServedAnswer {
  private static final int QUESTION_BYTES_MAX = 1024 * 1024 + 64 * 1024;
  private static final Duration EVENT_WAIT = Duration.ofMillis(500);
  private static final Duration SEND_PATIENCE = Duration.ofSeconds(5);
  private static final Duration SEND_PAUSE = Duration.ofMillis(5);
  private static final int TOKENS_PER_FRAME_MAX = 64;
  private static final AnswerFrame PROGRESS =
      AnswerFrame.newBuilder().setProgress(Progress.getDefaultInstance()).build();

  /// A frame with so much text is sent; one more piece may have made it longer.
  private static final int CHARACTERS_PER_FRAME = 4_096;

  private final Ticket ticket;
  private final SignedEnvelope signedTicket;
  private final List<HpkeKey> hpkeKeys;
  private final EngineAccess engine;
  private final Sender sender;
  private final Instant deadline;
  private final InstantSource clock;
  private final ByteArrayOutputStream question = new ByteArrayOutputStream();

  private @Nullable QueryCipher cipher;
  private @Nullable Generation generation;
  private boolean cancelled;
  private @Nullable Farewell farewell;
  private boolean farewellTold;
  private boolean asked;
  private int sentFrames;
  private int receivedFrames;

  /// Why this inferer wants the answer to go on elsewhere, and until when it goes on itself.
  private record Farewell(String reason, RefusalCode code, Instant until) {}

  /// Queues a message to the referee without blocking.
  @FunctionalInterface
  interface Sender {
    boolean send(Up message);
  }

  /// How the answer ended, for logs and metrics.
  ///
  /// Tokens are those computed here; those of an inferer before this one are not among them.
  sealed interface Outcome {
    record Ended(Ending ending, int promptTokens, int completionTokens) implements Outcome {}

    record Failed(RefusalCode code, int completionTokens) implements Outcome {}
  }

  ServedAnswer(
      Ticket ticket,
      SignedEnvelope signedTicket,
      List<HpkeKey> hpkeKeys,
      EngineAccess engine,
      Sender sender,
      Instant deadline,
      InstantSource clock) {
    this.ticket = ticket;
    this.signedTicket = signedTicket;
    this.hpkeKeys = List.copyOf(hpkeKeys);
    this.engine = engine;
    this.sender = sender;
    this.deadline = deadline;
    this.clock = clock;
  }

  /// Whether nobody has sent the whole question, or read the answer, by the deadline.
  boolean isLate(Instant now) {
    return now.isAfter(deadline);
  }

  /// Whether the whole question has come.
  synchronized boolean isAsked() {
    return asked;
  }

  /// Takes one frame of the question.
  ///
  /// @return the whole question when this was its last frame and the answer is still wanted; the
  ///   caller then has to [#run] it
  synchronized Optional<Question> accept(Frame frame) throws ProtocolException {
    if (cancelled || asked) {
      return Optional.empty();
    }
    if (frame.getSequence() != receivedFrames++) {
      throw new ProtocolException("a frame of a question was lost on its way");
    }
    byte[] sealed = frame.getSealed().toByteArray();
    question.writeBytes(
        cipher == null
            ? openFirst(sealed, frame.getLast())
            : cipher.openQuestion(sealed, frame.getLast()));
    if (question.size() > QUESTION_BYTES_MAX) {
      throw new ProtocolException("a question is larger than allowed");
    }
    if (!frame.getLast()) {
      return Optional.empty();
    }
    try {
      Question whole = Question.parseFrom(question.toByteArray());
      asked = true;
      return Optional.of(whole);
    } catch (InvalidProtocolBufferException malformed) {
      throw new ProtocolException("a question cannot be read", malformed);
    } finally {
      question.reset();
    }
  }

  /// The user may have sealed to the key of yesterday's record.
  private byte[] openFirst(byte[] sealed, boolean last) throws ProtocolException {
    ProtocolException refusal = new ProtocolException("there is no key to open a question with");
    for (HpkeKey key : hpkeKeys) {
      try {
        QueryCipher candidate = QueryCipher.ofInferer(ticket.session(), signedTicket, key, sealed);
        byte[] content = candidate.openQuestion(sealed, last);
        cipher = candidate;
        return content;
      } catch (ProtocolException notThisKey) {
        refusal = notThisKey;
      }
    }
    throw refusal;
  }

  /// Computes the answer and sends it; returns when it is over and the engine is done with it.
  Outcome run(Question asked) throws InterruptedException {
    try (GreenReceipts.Open opened = engine.receipt(ticket.session())) {
      return asked.getEmbedCount() > 0 ? embed(asked, opened) : answer(asked, opened);
    }
  }

  private Outcome embed(Question asked, GreenReceipts.Open receipt) throws InterruptedException {
    try (EmbeddingJob job = new EmbeddingJob(engine, asked.getEmbedList())) {
      Optional<Embeddings> made = job.result(EVENT_WAIT);
      while (made.isEmpty()) {
        if (isCancelled() || clock.instant().isAfter(deadline) || !send(PROGRESS, false)) {
          return new Outcome.Ended(Ending.CANCELLED, 0, 0);
        }
        Optional<Farewell> leaving = farewell();
        if (leaving.isPresent() && clock.instant().isAfter(leaving.get().until())) {
          return fail(leaving.get().code(), leaving.get().reason(), true, 0);
        }
        made = job.result(EVENT_WAIT);
      }
      for (AnswerFrame frame : VectorsMessage.frames(made.get())) {
        if (!send(frame, false)) {
          return new Outcome.Ended(Ending.CANCELLED, 0, 0);
        }
      }
      GenerationEvent.Finished finished =
          new GenerationEvent.Finished(
              GenerationEvent.FinishReason.STOP, made.get().tokens(), 0, 0);
      return complete(finished, 0, "stop", Ending.STOP, receipt);
    } catch (IllegalArgumentException refused) {
      return fail(RefusalCode.BAD_REQUEST, String.valueOf(refused.getMessage()), true, 0);
    } catch (EngineException failed) {
      EngineRefusal refusal = EngineRefusal.of(failed.kind());
      return fail(refusal.code(), String.valueOf(failed.getMessage()), refusal.elsewhere(), 0);
    }
  }

  private Outcome answer(Question asked, GreenReceipts.Open receipt) throws InterruptedException {
    GenerationRequest request;
    try {
      request = QuestionMessage.request(asked, ticket.tokensMax());
    } catch (IllegalArgumentException refused) {
      return fail(RefusalCode.BAD_REQUEST, String.valueOf(refused.getMessage()), false, 0);
    }
    try (Generation running = engine.generate(request)) {
      return begin(running) ? pump(running, receipt) : new Outcome.Ended(Ending.CANCELLED, 0, 0);
    } catch (EngineException gone) {
      return fail(RefusalCode.INFERER_FAILED, String.valueOf(gone.getMessage()), true, 0);
    }
  }

  private synchronized boolean begin(Generation running) {
    generation = running;
    return !cancelled;
  }

  /// Ends the answer early, because nobody reads it.
  ///
  /// @return whether a question had come, so that somebody runs it and will notice
  synchronized boolean cancel() {
    cancelled = true;
    if (generation != null) {
      generation.cancel();
    }
    return asked;
  }

  /// Tells the user to find another inferer; this one goes on until the user has, or `within` is
  /// over.
  ///
  /// @param code what the answer ends with then
  /// @return false when it was told before, or is over
  synchronized boolean leave(String reason, RefusalCode code, Duration within) {
    if (cancelled || farewell != null) {
      return false;
    }
    farewell = new Farewell(reason, code, clock.instant().plus(within));
    return true;
  }

  private synchronized Optional<Farewell> farewell() {
    return Optional.ofNullable(farewell);
  }

  private synchronized boolean isCancelled() {
    return cancelled;
  }

  private Outcome pump(Generation running, GreenReceipts.Open receipt) throws InterruptedException {
    int tokens = 0;
    while (true) {
      Optional<GenerationEvent> event = running.next(EVENT_WAIT);
      if (isCancelled()) {
        return new Outcome.Ended(
            farewell().isPresent() ? Ending.YIELDED : Ending.CANCELLED, 0, tokens);
      }
      if (!yields(running, receipt, tokens)) {
        cancel();
        return new Outcome.Ended(Ending.CANCELLED, 0, tokens);
      }
      if (clock.instant().isAfter(deadline)) {
        return fail(
            RefusalCode.INFERER_FAILED, "The answer took longer than allowed here.", true, tokens);
      }
      if (event.isEmpty()) {
        continue;
      }
      switch (event.get()) {
        case GenerationEvent.Prefilled(int done, int total) ->
            send(
                AnswerFrame.newBuilder()
                    .setProgress(Progress.newBuilder().setDoneTokens(done).setTotalTokens(total))
                    .build(),
                false);
        case GenerationEvent.Piece piece -> {
          Batch batch = gather(piece, running);
          tokens += batch.tokens;
          if (batch.end == null && farewellTold) {
            sendReceiptSoFar(receipt, tokens);
          }
          if (!send(batch.frame(), false)) {
            cancel();
            return new Outcome.Ended(Ending.CANCELLED, 0, tokens);
          }
          if (batch.end != null) {
            return end(batch.end, tokens, receipt);
          }
        }
        case GenerationEvent.Finished finished -> {
          return end(finished, tokens, receipt);
        }
        case GenerationEvent.Failed failed -> {
          return end(failed, tokens, receipt);
        }
      }
    }
  }

  /// Does what a farewell asks for, if there is one.
  ///
  /// @return false when the user cannot be told
  private boolean yields(Generation running, GreenReceipts.Open receipt, int tokens)
      throws InterruptedException {
    Optional<Farewell> leaving = farewell();
    if (leaving.isEmpty()) {
      return true;
    }
    Duration left = Duration.between(clock.instant(), leaving.get().until());
    if (left.isNegative()) {
      running.cancel();
    } else if (!farewellTold) {
      farewellTold = true;
      return sendReceiptSoFar(receipt, tokens)
          && send(
              AnswerFrame.newBuilder()
                  .setYielding(
                      Yielding.newBuilder()
                          .setReason(leaving.get().reason())
                          .setWithinMs((int) left.toMillis()))
                  .build(),
              false);
    }
    return true;
  }

  /// Once the user was told to find another inferer, it may leave at any frame and without a word:
  /// a receipt goes ahead of all that it covers. False when the user cannot be told.
  private boolean sendReceiptSoFar(GreenReceipts.Open receipt, int tokens)
      throws InterruptedException {
    Optional<SignedEnvelope> signed = tokens == 0 ? Optional.empty() : receipt.signSoFar(0, tokens);
    return signed.isEmpty()
        || send(AnswerFrame.newBuilder().setReceipt(signed.get().wire()).build(), false);
  }

  /// Pieces that are there already travel in one frame.
  private static final class Batch {
    private final List<Integer> ids = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> nearTies = new ArrayList<>();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private @Nullable GenerationEvent end;

    /// Ids, or pieces where an engine tells no ids.
    private int tokens;

    void add(GenerationEvent.Piece piece) {
      tokens += Math.max(1, piece.tokenIds().size());
      ids.addAll(piece.tokenIds());
      text.append(piece.text());
      nearTies.addAll(piece.nearTies());
      logprobs.addAll(piece.logprobs());
    }

    AnswerFrame frame() {
      return AnswerFrame.newBuilder()
          .setTokens(
              Tokens.newBuilder()
                  .addAllIds(ids)
                  .setText(text.toString())
                  .addAllNearTies(nearTies)
                  .addAllLogprobs(TokensMessage.of(logprobs)))
          .build();
    }
  }

  private static Batch gather(GenerationEvent.Piece first, Generation running)
      throws InterruptedException {
    Batch batch = new Batch();
    batch.add(first);
    while (batch.tokens < TOKENS_PER_FRAME_MAX && batch.text.length() < CHARACTERS_PER_FRAME) {
      Optional<GenerationEvent> more = running.next(Duration.ZERO);
      if (more.isEmpty()) {
        return batch;
      }
      switch (more.get()) {
        case GenerationEvent.Piece piece -> batch.add(piece);
        case GenerationEvent.Prefilled _ -> {}
        case GenerationEvent.Finished finished -> {
          batch.end = finished;
          return batch;
        }
        case GenerationEvent.Failed failed -> {
          batch.end = failed;
          return batch;
        }
      }
    }
    return batch;
  }

  private Outcome end(GenerationEvent last, int tokens, GreenReceipts.Open receipt)
      throws InterruptedException {
    return switch (last) {
      case GenerationEvent.Finished finished -> finish(finished, tokens, receipt);
      case GenerationEvent.Failed failed -> {
        EngineRefusal refusal = EngineRefusal.of(failed.kind());
        sendReceipt(receipt, tokens);
        yield fail(refusal.code(), failed.sentence(), refusal.elsewhere(), tokens);
      }
      case GenerationEvent.Prefilled _, GenerationEvent.Piece _ ->
          throw new IllegalStateException("Only a last event ends an answer");
    };
  }

  private Outcome finish(GenerationEvent.Finished finished, int tokens, GreenReceipts.Open receipt)
      throws InterruptedException {
    return switch (finished.reason()) {
      case CANCELLED -> {
        if (isCancelled()) {
          yield new Outcome.Ended(Ending.CANCELLED, finished.promptTokens(), tokens);
        }
        sendReceipt(receipt, tokens);
        fail(
            farewell().map(Farewell::code).orElse(RefusalCode.NO_POWER),
            farewell().map(Farewell::reason).orElse("The inferer stops working now."),
            true,
            tokens);
        yield new Outcome.Ended(Ending.YIELDED, finished.promptTokens(), tokens);
      }
      case STOP -> complete(finished, tokens, "stop", Ending.STOP, receipt);
      case TOOL_CALLS -> complete(finished, tokens, "tool_calls", Ending.STOP, receipt);
      case LENGTH -> complete(finished, tokens, "length", Ending.LENGTH, receipt);
    };
  }

  private Outcome complete(
      GenerationEvent.Finished finished,
      int tokens,
      String reason,
      Ending ending,
      GreenReceipts.Open receipt)
      throws InterruptedException {
    Finished.Builder end =
        Finished.newBuilder()
            .setReason(reason)
            .setPromptTokens(finished.promptTokens())
            .setCachedTokens(finished.cachedTokens())
            .addAllToolCalls(finished.toolCalls().stream().map(QuestionMessage::call).toList())
            .setCompletionTokens(finished.completionTokens());
    receipt
        .sign(finished.promptTokens(), tokens)
        .ifPresent(signed -> end.setReceipt(signed.wire()));
    send(AnswerFrame.newBuilder().setFinished(end).build(), true);
    return new Outcome.Ended(ending, finished.promptTokens(), tokens);
  }

  /// An answer that goes on elsewhere has cost something here.
  private void sendReceipt(GreenReceipts.Open receipt, int tokens) throws InterruptedException {
    if (tokens > 0) {
      Optional<SignedEnvelope> signed = receipt.sign(0, tokens);
      if (signed.isPresent()) {
        send(AnswerFrame.newBuilder().setReceipt(signed.get().wire()).build(), false);
      }
    }
  }

  private Outcome fail(RefusalCode code, String reason, boolean elsewhere, int tokens)
      throws InterruptedException {
    send(
        AnswerFrame.newBuilder()
            .setFailure(
                Failure.newBuilder().setCode(code.text()).setReason(reason).setElsewhere(elsewhere))
            .build(),
        true);
    return new Outcome.Failed(code, tokens);
  }

  /// Seals and sends; a referee that does not read is waited for, for a bounded time.
  private boolean send(AnswerFrame content, boolean last) throws InterruptedException {
    Up message;
    synchronized (this) {
      if (cipher == null) {
        throw new IllegalStateException("An answer has a question");
      }
      byte[] sealed = cipher.sealAnswer(content.toByteArray(), last);
      message =
          Up.newBuilder()
              .setFrame(
                  Frame.newBuilder()
                      .setSession(ByteString.copyFrom(ticket.session().toBytes()))
                      .setSequence(sentFrames++)
                      .setSealed(ByteString.copyFrom(sealed))
                      .setLast(last))
              .build();
    }
    Instant until = clock.instant().plus(SEND_PATIENCE);
    while (!sender.send(message)) {
      if (isCancelled() || clock.instant().isAfter(until)) {
        return false;
      }
      Thread.sleep(SEND_PAUSE);
    }
    return true;
  }
}
