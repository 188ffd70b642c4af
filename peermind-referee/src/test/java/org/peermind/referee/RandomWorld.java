// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.peermind.protocol.Activation;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.peermind.referee.RefereeInput.OfferAnswer;

/// Inferers and users that do anything at any time, and check every effect against their own books.
/// Inferers report their slots honestly; all else is arbitrary.
final class RandomWorld {
  static final int QUEUE_MAX = 6;
  static final RefereeSettings SETTINGS =
      RefereeSettings.defaults().withSlotsPerInferer(5).withFairness(4_000, QUEUE_MAX);
  private static final List<String> INFERERS = List.of("i0", "i1", "i2", "i3");
  private static final int USERS = 24;

  final Stage stage = new Stage(SETTINGS);
  final List<RefereeInput> inputs = new ArrayList<>();
  final List<Instant> times = new ArrayList<>();
  final List<List<RefereeEffect>> outputs = new ArrayList<>();

  private final RandomGenerator random;
  private final Map<String, TrueInferer> inferers = new TreeMap<>();
  private final Set<String> users = new TreeSet<>();
  private final Map<String, Open> offers = new TreeMap<>();
  private final Map<String, Session> sessions = new TreeMap<>();
  private final Map<String, RefereeInput.AssignRequested> pending = new TreeMap<>();
  private final Set<String> answered = new HashSet<>();
  private final Map<String, List<String>> jobs = new TreeMap<>();
  private final Map<String, Set<String>> sessionsOfJob = new TreeMap<>();
  private String declined = "";
  private int requests;
  int assigned;
  int queued;
  final Map<RefusalCode, Integer> refused = new EnumMap<>(RefusalCode.class);

  /// What is true of an inferer, and what it last said.
  private static final class TrueInferer {
    int slots;
    int usedByOwner;
    int usedByOwnerAtReport;
    boolean ready;
    boolean homedHere;
    boolean taciturn;
    int contextTokens;
    Instant reportedAt = Instant.MIN;
  }

  private record Open(String request, String inferer) {}

  private record Session(String user, String inferer) {}

  RandomWorld(RandomGenerator random) {
    this.random = random;
    INFERERS.forEach(this::attachInferer);
    for (int i = 0; i < USERS; i++) {
      attachUser("u" + i);
    }
  }

  void step() {
    switch (random.nextInt(20)) {
      case 0 -> comeOrGo();
      case 1, 2, 3, 4, 5 -> report(pick(INFERERS));
      case 6, 7, 8, 9 -> ask();
      case 10, 11, 12, 13, 14, 15 -> answerAnOffer();
      case 16 -> endASession();
      case 17 -> changeItsMind();
      case 18 -> sayNonsense();
      default -> pass(Duration.ofMillis(random.nextInt(random.nextInt(6) == 0 ? 40_000 : 3_000)));
    }
  }

  private void comeOrGo() {
    switch (random.nextInt(6)) {
      case 0 -> detach(pick(INFERERS));
      case 1, 2 -> attachInferer(pick(INFERERS));
      case 3 -> detach(user());
      default -> attachUser(user());
    }
  }

  /// Nothing happens any more but time.
  void passQuietly(Duration duration) {
    for (long second = 0; second < duration.toSeconds(); second++) {
      pass(Duration.ofSeconds(1));
    }
  }

  Set<String> pending() {
    return pending.keySet();
  }

  Set<String> sessions() {
    return sessions.keySet();
  }

  private void attachInferer(String name) {
    forget(name);
    TrueInferer inferer = new TrueInferer();
    inferer.slots = 1 + random.nextInt(8);
    inferer.taciturn = random.nextInt(3) == 0;
    inferers.put(name, inferer);
    record(() -> stage.attachInferer(name));
  }

  private void attachUser(String name) {
    forget(name);
    users.add(name);
    record(() -> stage.attachUser(name));
  }

  private void detach(String name) {
    forget(name);
    record(() -> stage.detach(name));
  }

  private void forget(String name) {
    inferers.remove(name);
    offers.values().removeIf(open -> open.inferer.equals(name));
    users.remove(name);
    pending.values().removeIf(request -> request.user().equals(stage.node(name)));
  }

  private void report(String name) {
    TrueInferer inferer = inferers.get(name);
    if (inferer == null || (inferer.taciturn && inferer.ready && random.nextInt(10) > 0)) {
      return;
    }
    long running = sessions.values().stream().filter(it -> it.inferer.equals(name)).count();
    inferer.usedByOwner = random.nextInt((int) Math.max(1, inferer.slots - running + 1));
    int free = (int) Math.max(0, inferer.slots - running - inferer.usedByOwner);
    inferer.usedByOwner = (int) (inferer.slots - running - free);
    Sketch sketch = new Sketch().slots(free, inferer.slots);
    inferer.contextTokens = 24 << random.nextInt(4);
    sketch.context(inferer.contextTokens);
    boolean on = random.nextInt(4) > 0;
    boolean known = random.nextInt(8) > 0;
    boolean renewable = random.nextInt(8) > 0;
    sketch.activation(
        on
            ? random.nextBoolean() ? Activation.FULL : Activation.REDUCED
            : random.nextBoolean() ? Activation.OFF : Activation.DRAINING);
    sketch.headroom(known ? OptionalDouble.of(100) : OptionalDouble.empty());
    sketch.source(renewable ? random.nextBoolean() ? "pv" : "battery" : "grid");
    sketch.battery(random.nextInt(101));
    inferer.homedHere = random.nextInt(6) > 0;
    sketch.homedAt(inferer.homedHere ? Stage.SELF : Stage.OTHER_REFEREE);
    inferer.ready = on && known && renewable && inferer.homedHere;
    inferer.usedByOwnerAtReport = inferer.usedByOwner;
    inferer.reportedAt = stage.now;
    record(() -> stage.report(name, sketch));
  }

  private void ask() {
    String user = user();
    if (!users.contains(user)) {
      return;
    }
    String request = "r" + requests++;
    List<String> known = jobs.getOrDefault(random.nextInt(9) == 0 ? user() : user, List.of());
    Optional<String> job =
        random.nextInt(3) == 0 && !known.isEmpty() ? Optional.of(pick(known)) : Optional.empty();
    String[] excluded = random.nextInt(3) == 0 ? new String[] {pick(INFERERS)} : new String[0];
    boolean mayQueue = random.nextBoolean();
    Duration deadline = Duration.ofMillis((mayQueue ? 1 : 0) + random.nextInt(5) * 2_000L);
    Stage.Wishes wishes =
        new Stage.Wishes(
            random.nextBoolean() ? Optional.of(stage.node(pick(INFERERS))) : Optional.empty(),
            mayQueue,
            random.nextInt(3) == 0 ? Optional.of(anyLease()) : Optional.empty());
    int tokens = 100 + random.nextInt(600);
    RefereeInput.AssignRequested input =
        stage.request(user, request, "demo", deadline, job, tokens, wishes, excluded);
    pending.put(request, input);
    record(() -> stage.give(input));
    if (random.nextInt(5) == 0) {
      assertThat(record(() -> stage.give(input))).as("a repeated request").isEmpty();
    }
  }

  private RefereeInput.Lease anyLease() {
    Instant until = stage.now.plusSeconds(random.nextInt(1_500) - 300);
    return new RefereeInput.Lease(stage.node(pick(INFERERS)), until);
  }

  /// A user waits no more, or an inferer wants to hand over.
  private void changeItsMind() {
    if (random.nextBoolean() && !pending.isEmpty()) {
      String request = pick(List.copyOf(pending.keySet()));
      NodeId user = Objects.requireNonNull(pending.remove(request)).user();
      answered.add(request);
      record(() -> stage.cancel(request, stage.name(user)));
    } else if (!sessions.isEmpty()) {
      Map.Entry<String, Session> entry = pick(List.copyOf(sessions.entrySet()));
      record(() -> stage.handOver(entry.getKey(), entry.getValue().inferer));
    }
  }

  private void answerAnOffer() {
    if (offers.isEmpty()) {
      return;
    }
    Map.Entry<String, Open> entry = pick(List.copyOf(offers.entrySet()));
    String offer = entry.getKey();
    String inferer = entry.getValue().inferer;
    boolean accepted = random.nextInt(3) > 0;
    if (!accepted) {
      declined = offer;
    }
    record(() -> accepted ? stage.accept(offer, inferer) : stage.decline(offer, inferer, "Busy."));
  }

  private void endASession() {
    if (!sessions.isEmpty()) {
      Map.Entry<String, Session> entry = pick(List.copyOf(sessions.entrySet()));
      String name = entry.getKey();
      Session session = entry.getValue();
      boolean tells = random.nextBoolean();
      record(
          () ->
              tells
                  ? stage.end(name, session.inferer, random.nextInt(700))
                  : stage.end(name, random.nextBoolean() ? session.user : session.inferer));
    }
  }

  /// What a confused or hostile node says must change nothing.
  private void sayNonsense() {
    Id16 unknown = new Id16(random.nextLong(), random.nextLong());
    NodeId stranger = stage.node("stranger");
    RefereeInput.OfferAnswered answer =
        new RefereeInput.OfferAnswered(unknown, stranger, new OfferAnswer.Accepted(unknown));
    assertThat(record(() -> stage.give(answer))).isEmpty();
    if (!offers.isEmpty()) {
      String offer = pick(List.copyOf(offers.keySet()));
      assertThat(record(() -> stage.accept(offer, "stranger"))).isEmpty();
    }
    if (!sessions.isEmpty()) {
      String session = pick(List.copyOf(sessions.keySet()));
      assertThat(record(() -> stage.end(session, "stranger"))).isEmpty();
    }
  }

  private void pass(Duration duration) {
    record(() -> stage.after(duration));
  }

  private String user() {
    return "u" + random.nextInt(USERS);
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /// One input: takes down input, time and effects, and checks the effects.
  private List<RefereeEffect> record(Supplier<List<RefereeEffect>> act) {
    List<RefereeEffect> effects = act.get();
    inputs.add(stage.lastInput());
    times.add(stage.now);
    outputs.add(effects);
    effects.forEach(this::check);
    offers.remove(declined);
    declined = "";
    NetworkSnapshot snapshot = stage.core.snapshot(stage.now);
    long active = inferers.values().stream().filter(this::isReady).count();
    assertThat(snapshot.userSlots()).as("slots of active inferers").isEqualTo(5 * (int) active);
    assertThat(snapshot.usersAdmitted()).as("the ratio").isLessThanOrEqualTo(5 * (int) active);
    assertThat(snapshot.sessions()).isEqualTo(sessions.size());
    assertThat(snapshot.requestsQueued()).as("the queue").isLessThanOrEqualTo(QUEUE_MAX);
    assertThat(snapshot.requestsQueued() + offers.size())
        .as("on their way")
        .isEqualTo(pending.size());
    return effects;
  }

  private boolean isReady(TrueInferer inferer) {
    return inferer.ready && stage.now.isBefore(inferer.reportedAt.plus(SETTINGS.staleAfter()));
  }

  private void check(RefereeEffect effect) {
    switch (effect) {
      case RefereeEffect.SendOffer it -> checkOffer(it);
      case RefereeEffect.WithdrawOffer it ->
          assertThat(offers.remove(stage.name(it.offer()))).as("withdrawn").isNotNull();
      case RefereeEffect.Assign it -> checkAssignment(it);
      case RefereeEffect.Refuse it -> {
        checkAnsweredOnce(stage.name(it.request()));
        assertThat(it.sentence()).endsWith(".");
        assertThat(it.retryAfterSeconds()).isBetween(0, 600);
        offers.values().removeIf(open -> open.request.equals(stage.name(it.request())));
        refused.merge(it.code(), 1, Integer::sum);
      }
      case RefereeEffect.Queued it -> {
        assertThat(pending).containsKey(stage.name(it.request()));
        assertThat(it.position()).isBetween(1, QUEUE_MAX);
        assertThat(it.expectedWait()).isBetween(Duration.ZERO, Duration.ofHours(1));
        queued++;
      }
      case RefereeEffect.SessionOpened it ->
          assertThat(
                  sessions.put(
                      stage.name(it.session()),
                      new Session(stage.name(it.user()), stage.name(it.inferer()))))
              .isNull();
      case RefereeEffect.SessionClosed it ->
          assertThat(sessions.remove(stage.name(it.session()))).as("closed").isNotNull();
      case RefereeEffect.PeerGone it ->
          assertThat(sessions).doesNotContainKey(stage.name(it.session()));
      case RefereeEffect.ReportRefused it ->
          throw new AssertionError("a sound report was refused: " + it.reason());
    }
  }

  private void checkOffer(RefereeEffect.SendOffer offer) {
    String name = stage.name(offer.offer());
    String request = name.substring(0, name.indexOf('.'));
    String inferer = stage.name(offer.inferer());
    RefereeInput.AssignRequested asked = pending.get(request);
    TrueInferer truth = inferers.get(inferer);
    assertThat(asked).as("the request of an offer").isNotNull();
    assertThat(truth).as("an attached inferer").isNotNull();
    if (asked == null || truth == null) {
      return;
    }
    assertThat(isReady(truth)).as("%s is ready, and homed here", inferer).isTrue();
    assertThat(asked.excluded()).doesNotContain(offer.inferer());
    assertThat(truth.contextTokens).isGreaterThan(asked.promptBytes() / 8);
    assertThat(offer.expires()).isAfter(stage.now).isBeforeOrEqualTo(stage.now.plusSeconds(3));
    offers.values().removeIf(open -> open.request.equals(request));
    offers.put(name, new Open(request, inferer));
    long open = offers.values().stream().filter(it -> it.inferer.equals(inferer)).count();
    long running = sessions.values().stream().filter(it -> it.inferer.equals(inferer)).count();
    assertThat(open + running + truth.usedByOwnerAtReport)
        .as("slots of %s", inferer)
        .isLessThanOrEqualTo(truth.slots);
  }

  private void checkAssignment(RefereeEffect.Assign it) {
    String request = stage.name(it.request());
    Open open =
        offers.entrySet().stream()
            .filter(entry -> entry.getValue().request.equals(request))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElseThrow();
    assertThat(open.inferer).isEqualTo(stage.name(it.inferer()));
    assertThat(stage.name(it.nonce())).startsWith(request + ".offer").endsWith(".nonce");
    assertThat(it.expires()).isEqualTo(stage.now.plus(SETTINGS.ticketLifetime()));
    assertThat(sessions).containsKey(stage.name(it.session()));
    if (it.lease().isPresent()) {
      assertThat(inferers).containsKey(stage.name(it.lease().get().inferer()));
      assertThat(it.lease().get().until()).isAfter(stage.now);
    }
    String job = stage.name(it.job());
    sessionsOfJob.computeIfAbsent(job, _ -> new HashSet<>()).add(stage.name(it.session()));
    sessionsOfJob.get(job).retainAll(sessions.keySet());
    assertThat(sessionsOfJob.get(job)).as("sessions of one answer").hasSizeLessThanOrEqualTo(2);
    checkAnsweredOnce(request);
    offers.values().removeIf(other -> other.request.equals(request));
    jobs.computeIfAbsent(stage.name(it.user()), _ -> new ArrayList<>()).add(stage.name(it.job()));
    assigned++;
  }

  private void checkAnsweredOnce(String request) {
    assertThat(pending.remove(request)).as("%s waits for its answer", request).isNotNull();
    assertThat(answered.add(request)).as("%s is answered once", request).isTrue();
  }
}
