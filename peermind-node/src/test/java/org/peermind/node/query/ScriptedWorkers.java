// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.ServedModel;

/// Workers that answer one text, a character for a token, and fail as a test wants. Each start is
/// another worker.
final class ScriptedWorkers implements AttemptSource {
  static final long SEED = 4711;
  static final ModelHash MODEL = new ModelHash("ab".repeat(32));
  static final Id16 JOB = new Id16(7, 7);

  private final String text;
  private final Deque<Integer> deaths = new ArrayDeque<>();
  private final List<AnswerSoFar> asked = new ArrayList<>();
  private final List<AnswerSoFar> started = new ArrayList<>();
  private Optional<AttemptEvent> firstEvent = Optional.empty();
  private Optional<RefusalCode> refusal = Optional.empty();
  private int refusalsLeft;
  private boolean alwaysBreaking;
  private boolean emptyTokensFirst;
  private boolean overflowing;
  private boolean withoutIds;
  private int open;
  private Waiting beforeSecond = () -> {};
  private int yieldsAfter = -1;
  private boolean goesOnAfterYielding;

  /// Something that takes a while.
  @FunctionalInterface
  interface Waiting {
    void run() throws InterruptedException;
  }

  ScriptedWorkers(String text) {
    this.text = text;
  }

  static NodeId node(int number) {
    byte[] key = new byte[32];
    key[0] = (byte) number;
    return NodeId.ofPublicKey(key);
  }

  static List<Integer> ids(String text) {
    return text.chars().boxed().toList();
  }

  /// The first worker dies when the answer has so many tokens, the second one at the second number.
  ScriptedWorkers dyingAfter(int... tokens) {
    for (int each : tokens) {
      deaths.add(each);
    }
    return this;
  }

  ScriptedWorkers breakingFirst(AttemptEvent.Broken broken) {
    firstEvent = Optional.of(broken);
    return this;
  }

  /// The first worker sends this, whatever was asked.
  ScriptedWorkers sendingFirst(AttemptEvent.Tokens tokens) {
    firstEvent = Optional.of(tokens);
    return this;
  }

  /// Text comes without the ids of its tokens, as external servers send it.
  ScriptedWorkers withoutIds() {
    withoutIds = true;
    return this;
  }

  /// The first worker asks for a successor when the answer has so many tokens, and then sends no
  /// more of them.
  ScriptedWorkers yieldingAfter(int tokens) {
    yieldsAfter = tokens;
    return this;
  }

  /// The first worker goes on to the end although it asked for a successor.
  ScriptedWorkers goingOnAllTheSame() {
    goesOnAfterYielding = true;
    return this;
  }

  ScriptedWorkers overflowingFirst() {
    overflowing = true;
    return this;
  }

  ScriptedWorkers alwaysBreaking() {
    alwaysBreaking = true;
    return this;
  }

  ScriptedWorkers afterEmptyTokens() {
    emptyTokensFirst = true;
    return this;
  }

  ScriptedWorkers refusing(RefusalCode code) {
    refusal = Optional.of(code);
    refusalsLeft = Integer.MAX_VALUE;
    return this;
  }

  /// So many refusals once the first worker has begun.
  ScriptedWorkers refusingAfterFirst(RefusalCode code, int times) {
    refusal = Optional.of(code);
    refusalsLeft = -times;
    return this;
  }

  ScriptedWorkers beforeSecondStart(Waiting waiting) {
    beforeSecond = waiting;
    return this;
  }

  synchronized List<AnswerSoFar> asked() {
    return List.copyOf(asked);
  }

  synchronized List<AnswerSoFar> started() {
    return List.copyOf(started);
  }

  /// Attempts that were started and not closed.
  synchronized int open() {
    return open;
  }

  @Override
  public Attempt start(AnswerSoFar soFar, QueueWatch watch)
      throws QueryRefused, InterruptedException {
    int number;
    synchronized (this) {
      asked.add(soFar);
      number = started.size();
      if (refusal.isPresent() && refusalsLeft > 0) {
        refusalsLeft--;
        throw new QueryRefused(refusal.get(), "Not now.", 30);
      }
      if (number == 0) {
        refusalsLeft = -refusalsLeft;
      }
    }
    if (number == 1) {
      beforeSecond.run();
    }
    synchronized (this) {
      started.add(soFar);
      open++;
      return new Work(number, events(number, soFar));
    }
  }

  private Deque<AttemptEvent> events(int number, AnswerSoFar soFar) {
    Deque<AttemptEvent> events = new ArrayDeque<>();
    if (number == 0 && firstEvent.isPresent()) {
      events.add(firstEvent.get());
      return events;
    }
    AttemptEvent death = new AttemptEvent.Broken(RefusalCode.INFERER_FAILED, "It died.", true);
    if (emptyTokensFirst) {
      events.add(new AttemptEvent.Tokens(List.of(), "", List.of()));
    }
    if (alwaysBreaking) {
      events.add(death);
      return events;
    }
    events.add(new AttemptEvent.Waiting());
    int limit = overflowing && number == 0 ? text.length() : soFar.query().tokensMax();
    Integer dies = deaths.poll();
    for (int at = soFar.tokens().size(); at < Math.min(limit, text.length()); at++) {
      if (dies != null && dies == at) {
        events.add(death);
        return events;
      }
      if (number == 0 && at == yieldsAfter) {
        events.add(new AttemptEvent.Yielding("The sun sets."));
        if (!goesOnAfterYielding) {
          return events;
        }
      }
      events.add(
          new AttemptEvent.Tokens(
              withoutIds ? List.of() : List.of((int) text.charAt(at)),
              text.substring(at, at + 1),
              List.of()));
    }
    if (dies != null && dies >= Math.min(limit, text.length())) {
      events.add(death);
      return events;
    }
    boolean full = limit <= text.length();
    events.add(
        new AttemptEvent.Finished(
            full ? FinishReason.LENGTH : FinishReason.STOP, 5, Math.min(limit, text.length())));
    return events;
  }

  private synchronized void closed() {
    open--;
  }

  @Override
  public List<ServedModel> models() throws QueryRefused {
    if (refusal.isPresent()) {
      throw new QueryRefused(refusal.get(), "Not now.", 30);
    }
    return List.of(new ServedModel(MODEL, "demo", 512));
  }

  private final class Work implements Attempt {
    private final int number;
    private final Deque<AttemptEvent> events;
    private boolean ended;

    Work(int number, Deque<AttemptEvent> events) {
      this.number = number;
      this.events = events;
    }

    @Override
    public AttemptEvent next(Duration stallAfter) {
      if (events.isEmpty() && number == 0 && yieldsAfter >= 0) {
        Thread.onSpinWait();
        return new AttemptEvent.Waiting();
      }
      return events.removeFirst();
    }

    @Override
    public long seed() {
      return SEED;
    }

    @Override
    public ModelHash model() {
      return MODEL;
    }

    @Override
    public Optional<Id16> job() {
      return number == 0 ? Optional.of(JOB) : Optional.empty();
    }

    @Override
    public NodeId worker() {
      return node(number);
    }

    @Override
    public void close() {
      if (!ended) {
        ended = true;
        closed();
      }
    }
  }
}
