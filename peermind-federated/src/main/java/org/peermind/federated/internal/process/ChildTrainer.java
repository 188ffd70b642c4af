// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.internal.link.LinkMessage;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.Trainer;
import org.peermind.federated.training.TrainerInfo;
import org.peermind.federated.training.TrainerSpec;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingException.Reason;
import org.peermind.federated.training.TrainingRun;
import org.peermind.federated.training.TrainingTask;
import org.peermind.model.ModelDigest;

/// A trainer in a child process, seen from the node.
public final class ChildTrainer implements Trainer {
  /// A child that loads a model and says nothing for so long hangs; libraries are unpacked then
  /// too.
  private static final Duration LOADING_MAX = Duration.ofMinutes(30);

  /// One step, or one order to score, takes no longer, or the child hangs.
  private static final Duration WORKING_SILENCE_MAX = Duration.ofHours(1);

  private static final Duration WATCH_EVERY = Duration.ofSeconds(1);

  private final ChildProcess child;
  private final TrainerInfo info;
  private final ChildOrders orders;
  private final AtomicLong ids = new AtomicLong();
  private final AtomicLong heardNanos = new AtomicLong(System.nanoTime());
  private final CountDownLatch gone = new CountDownLatch(1);
  private final ReentrantLock scoring = new ReentrantLock();
  private final Object state = new Object();
  private @Nullable ChildRun run;
  private @Nullable Asked asked;
  private boolean closed;
  private String end = "";

  /// A request to score that waits for its answer.
  private record Asked(long id, BlockingQueue<LinkMessage.FromChild> answer) {}

  private ChildTrainer(ChildProcess child, TrainerInfo info) {
    this.child = child;
    this.info = info;
    this.orders = new ChildOrders(child.link(), child::kill);
  }

  /// Starts a child and loads the model, whose hash is checked first.
  ///
  /// @param libraryCache where libraries are unpacked to
  public static ChildTrainer start(TrainerSpec spec, Path libraryCache)
      throws TrainingException, InterruptedException {
    try {
      return start(Program.trainer(), spec, libraryCache);
    } catch (IOException e) {
      throw new TrainingException(
          Reason.CRASHED, "The trainer cannot be started: " + e.getMessage() + ".");
    }
  }

  /// The same with another program for the child.
  static ChildTrainer start(Program program, TrainerSpec spec, Path libraryCache)
      throws TrainingException, InterruptedException {
    check(spec);
    ChildProcess child = ChildProcess.start(program, spec, libraryCache);
    boolean done = false;
    try {
      child
          .link()
          .send(
              new LinkMessage.Open(
                  spec.model(),
                  spec.sha256(),
                  spec.parentAdapter(),
                  spec.subspace(),
                  spec.threads(),
                  spec.device()));
      TrainerInfo info = awaitOpened(child);
      child.forgetErrors();
      ChildTrainer trainer = new ChildTrainer(child, info);
      Thread.ofVirtual().name("trainer-link").start(trainer::receive);
      Thread.ofVirtual().name("trainer-watchdog").start(trainer::watch);
      done = true;
      return trainer;
    } catch (ClosedByInterruptException _) {
      Thread.interrupted();
      throw new InterruptedException("Loading was interrupted");
    } catch (IOException _) {
      throw new TrainingException(
          Reason.CRASHED,
          "The trainer's child process ended while it loaded the model (%s)."
              .formatted(child.exitText()));
    } finally {
      if (!done) {
        child.close();
      }
    }
  }

  private static void check(TrainerSpec spec) throws TrainingException {
    boolean same;
    try {
      same = ModelDigest.sha256(spec.model()).equals(spec.sha256());
    } catch (IOException e) {
      throw new TrainingException(
          Reason.REFUSED,
          "The model %s cannot be read (%s)."
              .formatted(spec.model(), e.getClass().getSimpleName()));
    }
    if (!same) {
      throw new TrainingException(
          Reason.REFUSED,
          "The file %s is not the model %s; fetch it again."
              .formatted(spec.model(), spec.sha256().shortText()));
    }
  }

  private static TrainerInfo awaitOpened(ChildProcess child) throws IOException, TrainingException {
    return switch (child.receive(LOADING_MAX).orElse(null)) {
      case LinkMessage.Opened(TrainerInfo info) -> info;
      case LinkMessage.Refused(String sentence) ->
          throw new TrainingException(Reason.REFUSED, sentence);
      case null ->
          throw new TrainingException(
              Reason.CRASHED,
              "The trainer's child process ended while it loaded the model (%s)."
                  .formatted(child.exitText()));
      case LinkMessage.ToChild _, LinkMessage.FromChild _ ->
          throw new TrainingException(
              Reason.CRASHED, "The trainer's child process said something unexpected.");
    };
  }

  @Override
  public TrainerInfo info() {
    return info;
  }

  /// Process number of the child.
  long childPid() {
    return child.pid();
  }

  @Override
  public double[] score(List<int[]> sequences, float[] coordinates)
      throws TrainingException, InterruptedException {
    List<TokenSequence> checked = checked(sequences);
    Coordinates at = finite(coordinates);
    Asked request = new Asked(ids.incrementAndGet(), new ArrayBlockingQueue<>(1));
    scoring.lockInterruptibly();
    try {
      synchronized (state) {
        expectAlive();
        heardNanos.set(System.nanoTime());
        asked = request;
      }
      order(new LinkMessage.Score(request.id(), checked, at));
      return switch (request.answer().take()) {
        case LinkMessage.Scored(long _, List<Double> losses) when losses.size() == checked.size() ->
            losses.stream().mapToDouble(Double::doubleValue).toArray();
        case LinkMessage.ScoreRefused(long _, String sentence) ->
            throw new TrainingException(alive() ? Reason.REFUSED : Reason.CRASHED, sentence);
        case LinkMessage.FromChild _ ->
            throw new TrainingException(Reason.CRASHED, "The trainer gave no losses.");
      };
    } finally {
      synchronized (state) {
        asked = null;
      }
      scoring.unlock();
    }
  }

  private static List<TokenSequence> checked(List<int[]> sequences) throws TrainingException {
    if (sequences.isEmpty() || sequences.size() > SCORED_SEQUENCES_MAX) {
      throw new TrainingException(
          Reason.REFUSED,
          "The trainer scores from 1 to %d sequences at once.".formatted(SCORED_SEQUENCES_MAX));
    }
    List<TokenSequence> checked = new ArrayList<>(sequences.size());
    long tokens = 0;
    try {
      for (int[] sequence : sequences) {
        tokens += sequence.length;
        checked.add(TokenSequence.of(sequence));
      }
    } catch (IllegalArgumentException e) {
      throw new TrainingException(
          Reason.REFUSED, "The trainer cannot score this: " + e.getMessage() + ".");
    }
    if (tokens > SCORED_TOKENS_MAX) {
      throw new TrainingException(
          Reason.REFUSED,
          "The trainer scores at most %d tokens at once.".formatted(SCORED_TOKENS_MAX));
    }
    return checked;
  }

  private static Coordinates finite(float[] coordinates) throws TrainingException {
    try {
      return Coordinates.of(coordinates);
    } catch (IllegalArgumentException _) {
      throw new TrainingException(
          Reason.REFUSED, "The trainer cannot score coordinates that are not finite.");
    }
  }

  @Override
  public TrainingRun begin(TrainingTask task) throws TrainingException {
    if (task.start().length() != info.coordinates()) {
      throw new TrainingException(
          Reason.REFUSED,
          "The task starts from %d coordinates where the model has %d."
              .formatted(task.start().length(), info.coordinates()));
    }
    ChildRun begun = new ChildRun(ids.incrementAndGet(), task.steps(), this::order);
    synchronized (state) {
      expectAlive();
      if (run != null) {
        throw new TrainingException(
            Reason.REFUSED, "The trainer is in another run; await or cancel that one first.");
      }
      heardNanos.set(System.nanoTime());
      run = begun;
    }
    order(new LinkMessage.Begin(begun.id(), task));
    return begun;
  }

  private void expectAlive() throws TrainingException {
    if (closed || !end.isEmpty()) {
      throw new TrainingException(
          closed ? Reason.CANCELLED : Reason.CRASHED, closed ? "The trainer was closed." : end);
    }
  }

  private boolean alive() {
    synchronized (state) {
      return !closed && end.isEmpty();
    }
  }

  /// A child that takes no order is dying, and whoever waits hears of that.
  private void order(LinkMessage.ToChild order) {
    boolean _ = orders.give(order);
  }

  @Override
  public void close() {
    synchronized (state) {
      if (closed) {
        return;
      }
      closed = true;
    }
    gone.countDown();
    orders.close();
    child.close();
    giveUp(Reason.CANCELLED, "The trainer was closed; the run's last checkpoint is kept.");
  }

  /// Hears the child until it is gone.
  private void receive() {
    try {
      for (Optional<LinkMessage> next = child.link().receive();
          next.isPresent();
          next = child.link().receive()) {
        heardNanos.set(System.nanoTime());
        if (!hear(next.get())) {
          break;
        }
      }
    } catch (IOException _) {
      // A broken frame or link: the child is of no use any more.
    }
    child.kill();
    die();
  }

  /// Takes a message; false when no sound child would have sent it.
  private boolean hear(LinkMessage message) {
    return switch (message) {
      case LinkMessage.Advanced advanced -> {
        running(advanced.id()).ifPresent(one -> one.heard(advanced.progress()));
        yield true;
      }
      case LinkMessage.Finished finished -> {
        if (finished.update().delta().length() != info.coordinates()) {
          yield false;
        }
        ended(finished.id()).ifPresent(one -> one.finish(finished.update()));
        yield true;
      }
      case LinkMessage.Stopped stopped -> {
        ended(stopped.id()).ifPresent(one -> one.fail(stopped.reason(), stopped.sentence()));
        yield true;
      }
      case LinkMessage.Scored scored -> answer(scored.id(), scored);
      case LinkMessage.ScoreRefused refused -> answer(refused.id(), refused);
      case LinkMessage.ToChild _,
          LinkMessage.Hello _,
          LinkMessage.Opened _,
          LinkMessage.Refused _ ->
          false;
    };
  }

  private Optional<ChildRun> running(long id) {
    synchronized (state) {
      return Optional.ofNullable(run).filter(one -> one.id() == id);
    }
  }

  private Optional<ChildRun> ended(long id) {
    synchronized (state) {
      Optional<ChildRun> one = running(id);
      if (one.isPresent()) {
        run = null;
      }
      return one;
    }
  }

  private boolean answer(long id, LinkMessage.FromChild message) {
    synchronized (state) {
      Asked waiting = asked;
      return waiting == null || waiting.id() != id || waiting.answer().offer(message);
    }
  }

  private void die() {
    String sentence = "The trainer's child process died (%s).".formatted(child.exitText());
    synchronized (state) {
      if (closed) {
        return;
      }
      end = sentence;
    }
    gone.countDown();
    orders.close();
    child.close();
    giveUp(Reason.CRASHED, sentence);
  }

  private void giveUp(Reason reason, String sentence) {
    ChildRun left;
    synchronized (state) {
      left = run;
      run = null;
      if (asked != null) {
        // A request that has its answer needs no other.
        boolean _ = asked.answer().offer(new LinkMessage.ScoreRefused(asked.id(), sentence));
      }
    }
    if (left != null) {
      left.fail(reason, sentence);
    }
  }

  private void watch() {
    try {
      Silence silence = new Silence(System.nanoTime());
      while (!gone.await(WATCH_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        Duration silent = silence.at(System.nanoTime(), heardNanos.get());
        if (works() && silent.compareTo(WORKING_SILENCE_MAX) > 0) {
          child.kill();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean works() {
    synchronized (state) {
      ChildRun now = run;
      return asked != null || (now != null && now.works());
    }
  }
}
