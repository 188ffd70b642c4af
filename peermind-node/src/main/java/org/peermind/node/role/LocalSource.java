// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.EngineException;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.AttemptSource;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.query.QueueWatch;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.QueryEvent;

/// The owner's own requests on an inferer run here first, without a referee or a ticket (design
/// section 6, step 1); while there is no power they go to the network like anybody's.
public final class LocalSource implements AttemptSource {
  private static final int RETRY_SECONDS = 5;

  /// A hanging engine is ended by its watchdog within this time.
  private static final Duration END_WAIT = Duration.ofSeconds(15);

  /// Longer than a borrowed answer may take to leave.
  private static final Duration OWNER_PATIENCE = Duration.ofSeconds(4);

  private final NodeId self;
  private final EngineRoom engine;
  private final SecureRandom random;
  private final InstantSource clock;
  private final EventLog events;

  public LocalSource(
      NodeId self, EngineRoom engine, SecureRandom random, InstantSource clock, EventLog events) {
    this.self = self;
    this.engine = engine;
    this.random = random;
    this.clock = clock;
    this.events = events;
  }

  @Override
  public Attempt start(AnswerSoFar soFar, QueueWatch watch)
      throws QueryRefused, InterruptedException {
    ServedModel model = engine.servedModel();
    String wanted = soFar.modelText();
    boolean isAsked =
        wanted.equals(ServedModel.NETWORK)
            || wanted.equals(model.name())
            || wanted.equals(model.hash().hex());
    if (!isAsked) {
      throw new QueryRefused(
          RefusalCode.UNKNOWN_MODEL, "This inferer serves " + model.name() + " only.", 0);
    }
    if (!soFar.tokens().isEmpty() && !model.continuation()) {
      throw new QueryRefused(
          RefusalCode.NO_CAPACITY, "The own engine cannot go on with an answer of others.", 0);
    }
    if (soFar.excluded().contains(self) || !engine.canWork()) {
      throw new QueryRefused(
          RefusalCode.NO_POWER, "The own engine does not run now.", RETRY_SECONDS);
    }
    if (!engine.slots().takeForOwner(OWNER_PATIENCE)) {
      throw new QueryRefused(
          RefusalCode.NO_CAPACITY, "All slots of the own engine are taken.", RETRY_SECONDS);
    }
    boolean begun = false;
    try {
      Attempt attempt = begin(soFar);
      begun = true;
      return attempt;
    } finally {
      if (!begun) {
        engine.slots().giveBack();
      }
    }
  }

  private Attempt begin(AnswerSoFar soFar) throws QueryRefused {
    EngineAccess access = engine.access();
    if (!soFar.query().embed().isEmpty()) {
      return new LocalEmbedding(self, access, engine.slots(), Id16.random(random), soFar.query());
    }
    long seed = soFar.seed().orElseGet(random::nextLong);
    try {
      return attempt(access, soFar, seed);
    } catch (EngineException gone) {
      EngineAccess now = engine.access();
      if (!now.model().equals(access.model()) && soFar.tokens().isEmpty()) {
        // Another model took over in this moment.
        return attemptOn(now, soFar, seed);
      }
      throw refusal(gone);
    } catch (IllegalArgumentException refused) {
      throw new QueryRefused(RefusalCode.BAD_REQUEST, String.valueOf(refused.getMessage()), 0);
    }
  }

  private Attempt attemptOn(EngineAccess access, AnswerSoFar soFar, long seed) throws QueryRefused {
    try {
      return attempt(access, soFar, seed);
    } catch (EngineException gone) {
      throw refusal(gone);
    }
  }

  private Attempt attempt(EngineAccess access, AnswerSoFar soFar, long seed)
      throws EngineException {
    GenerationRequest request =
        soFar.query().generationRequest(seed, soFar.tokens(), GenerationRequest.Priority.OWNER);
    return new LocalAttempt(access, access.generate(request), seed);
  }

  private static QueryRefused refusal(EngineException gone) {
    return new QueryRefused(
        RefusalCode.INFERER_FAILED, String.valueOf(gone.getMessage()), RETRY_SECONDS);
  }

  @Override
  public List<ServedModel> models() {
    return List.of(engine.servedModel());
  }

  private final class LocalAttempt implements Attempt {
    private final ModelHash model;
    private final Generation generation;
    private final long seed;
    private final Id16 id = Id16.random(random);
    private final Instant started = clock.instant();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger tokens = new AtomicInteger();
    private final GreenReceipts.Open receipt;
    private boolean yielding;

    /// Follows a receipt; read by the reading thread only.
    private @Nullable AttemptEvent held;

    LocalAttempt(EngineAccess access, Generation generation, long seed) {
      this.model = access.model().hash();
      this.generation = generation;
      this.seed = seed;
      this.receipt = access.receipt(id);
    }

    @Override
    public AttemptEvent next(Duration stallAfter) throws InterruptedException {
      AttemptEvent following = held;
      if (following != null) {
        held = following instanceof AttemptEvent.Broken ? following : null;
        return following;
      }
      if (engine.isDraining() && !yielding) {
        yielding = true;
        return afterReceiptSoFar(new AttemptEvent.Yielding("Renewable power is ending here."));
      }
      return switch (generation.next(stallAfter).orElse(null)) {
        case null ->
            failed(
                EngineRefusal.of(GenerationEvent.FailureKind.CRASHED),
                "The own engine said nothing for " + stallAfter.toSeconds() + " s.");
        case GenerationEvent.Prefilled _ -> new AttemptEvent.Waiting();
        case GenerationEvent.Piece piece -> {
          tokens.addAndGet(Math.max(1, piece.tokenIds().size()));
          AttemptEvent more =
              new AttemptEvent.Tokens(
                  piece.tokenIds(), piece.text(), piece.nearTies(), piece.logprobs());
          yield yielding ? afterReceiptSoFar(more) : more;
        }
        case GenerationEvent.Finished finished -> finished(finished);
        case GenerationEvent.Failed(GenerationEvent.FailureKind kind, String sentence) ->
            failed(EngineRefusal.of(kind), sentence);
      };
    }

    private AttemptEvent failed(EngineRefusal refusal, String sentence) {
      if (over.compareAndSet(false, true)) {
        events.record(new QueryEvent.GenerationFailed(id, refusal.code(), tokens.get()));
      }
      return afterReceipt(new AttemptEvent.Broken(refusal.code(), sentence, refusal.elsewhere()));
    }

    /// What an answer cost here is told before it goes on elsewhere.
    private AttemptEvent afterReceipt(AttemptEvent.Broken broken) {
      Optional<SignedEnvelope> signed =
          tokens.get() == 0 ? Optional.empty() : receipt.sign(0, tokens.get());
      if (signed.isEmpty()) {
        return broken;
      }
      held = broken;
      return new AttemptEvent.Receipt(signed.get());
    }

    /// Whoever was told to find another worker may leave without a word, so a receipt goes ahead of
    /// all that it covers.
    private AttemptEvent afterReceiptSoFar(AttemptEvent following) {
      Optional<SignedEnvelope> signed =
          tokens.get() == 0 ? Optional.empty() : receipt.signSoFar(0, tokens.get());
      if (signed.isEmpty()) {
        return following;
      }
      held = following;
      return new AttemptEvent.Receipt(signed.get());
    }

    private AttemptEvent finished(GenerationEvent.Finished finished) {
      return switch (finished.reason()) {
        case CANCELLED -> {
          ended(QueryEvent.Ending.YIELDED, finished.promptTokens(), tokens.get());
          yield afterReceipt(
              new AttemptEvent.Broken(
                  RefusalCode.NO_POWER, "The own engine stops working now.", true));
        }
        case STOP -> complete(QueryEvent.Ending.STOP, FinishReason.STOP, finished);
        case TOOL_CALLS -> complete(QueryEvent.Ending.STOP, FinishReason.TOOL_CALLS, finished);
        case LENGTH -> complete(QueryEvent.Ending.LENGTH, FinishReason.LENGTH, finished);
      };
    }

    private AttemptEvent complete(
        QueryEvent.Ending ending, FinishReason reason, GenerationEvent.Finished finished) {
      ended(ending, finished.promptTokens(), finished.completionTokens());
      return new AttemptEvent.Finished(
          reason,
          finished.promptTokens(),
          finished.cachedTokens(),
          finished.completionTokens(),
          finished.toolCalls(),
          receipt.sign(finished.promptTokens(), tokens.get()));
    }

    /// Tells once how it ended.
    private void ended(QueryEvent.Ending ending, int promptTokens, int completionTokens) {
      if (over.compareAndSet(false, true)) {
        events.record(
            new QueryEvent.GenerationEnded(
                id,
                ending,
                true,
                promptTokens,
                completionTokens,
                Duration.between(started, clock.instant())));
      }
    }

    @Override
    public long seed() {
      return seed;
    }

    @Override
    public ModelHash model() {
      return model;
    }

    @Override
    public Optional<Id16> job() {
      return Optional.empty();
    }

    @Override
    public NodeId worker() {
      return self;
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        boolean done = false;
        try {
          generation.cancel();
          receipt.close();
          ended(QueryEvent.Ending.CANCELLED, 0, tokens.get());
          // The slot is free when the engine is done with it, which nobody has to wait for.
          done = isDone(Duration.ZERO);
        } finally {
          if (done) {
            release();
          } else {
            Thread.ofVirtual().name("own-answer-end").start(this::releaseWhenDone);
          }
        }
      }
    }

    private void releaseWhenDone() {
      try {
        if (!isDone(END_WAIT)) {
          events.record(
              new QueryEvent.GenerationFailed(id, RefusalCode.INFERER_FAILED, tokens.get()));
        }
      } finally {
        release();
      }
    }

    private void release() {
      try {
        generation.close();
      } finally {
        engine.slots().giveBack();
      }
    }

    /// Whether the last event came, waiting at most so long between two events.
    private boolean isDone(Duration patience) {
      try {
        Optional<GenerationEvent> event = generation.next(patience);
        while (event.isPresent() && !event.get().isLast()) {
          event = generation.next(patience);
        }
        return event.isPresent();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }
}
