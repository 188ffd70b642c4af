// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;
import org.peermind.referee.RefereeInput.AssignRequested;
import org.peermind.referee.RefereeInput.OfferAnswer;

/// The way of a request (design section 6, steps 2 and 3): checked, put into the queue when only a
/// slot is wanting, offered to at most three inferers one after the other, and assigned or refused.
final class RequestDesk {
  /// Longest wait in the queue, and that of a user which names no deadline.
  static final Duration QUEUE_WAIT_MAX = Duration.ofMinutes(10);

  /// A token has four bytes of English text on average, and a size class is up to twice the prompt:
  /// what does not fit at eight bytes a token certainly does not fit. The inferer counts exactly.
  private static final int BYTES_PER_TOKEN_MOST = 8;

  private static final Duration PASSED_OVER_AFTER_DECLINE = Duration.ofSeconds(2);
  private static final Duration PASSED_OVER_AFTER_SILENCE = Duration.ofSeconds(10);

  private final RefereeSettings settings;
  private final InfererRegistry registry;
  private final Assigner assigner;
  private final UserSlots userSlots;
  private final SessionTable sessions;
  private final TokenBudgets budgets;
  private final Consumer<RefereeEffect> effects;
  private final RefusalReasons reasons;
  private final OfferBook offers = new OfferBook();
  private final WaitingLine line = new WaitingLine();
  private final RequestCheck check;
  private final WaitingNotices notices;
  private final FreedSlots freed;
  private long answersAssigned;
  private long answersRefused;

  RequestDesk(
      RefereeSettings settings,
      InfererRegistry registry,
      Assigner assigner,
      UserSlots userSlots,
      SessionTable sessions,
      TokenBudgets budgets,
      AnswerPace pace,
      Consumer<RefereeEffect> effects) {
    this.settings = settings;
    this.registry = registry;
    this.assigner = assigner;
    this.userSlots = userSlots;
    this.sessions = sessions;
    this.budgets = budgets;
    this.effects = effects;
    reasons = new RefusalReasons(registry, assigner);
    freed = new FreedSlots(assigner, userSlots);
    check = new RequestCheck(settings, registry, sessions, offers, budgets);
    notices = new WaitingNotices(registry, assigner, userSlots, line, pace, effects);
  }

  // Requests.

  void request(AssignRequested input, Instant now) {
    OfferBook.RequestKey key = new OfferBook.RequestKey(input.user(), input.request());
    if (offers.knows(key)) {
      return;
    }
    Optional<SessionTable.Job> job = input.job().flatMap(sessions::job);
    Optional<Refusal> refusal = check.refusal(input, job, now);
    if (refusal.isPresent()) {
      offers.remember(key);
      refuse(input, refusal.get());
      return;
    }
    input.lease().ifPresent(lease -> userSlots.honour(input.user(), lease, now));
    OfferBook.Waiting waiting = waiting(input, job, now);
    Optional<Refusal> hindrance = hindrance(waiting, now);
    if (hindrance.isEmpty() && line.size() > 0) {
      // Time alone may have freed what those who wait already can use.
      serveQueue(now);
      hindrance = hindrance(waiting, now);
    }
    boolean mayWait = input.mayQueue() && hindrance.map(Refusal::wantsSlot).orElse(false);
    if (hindrance.isEmpty()) {
      offers.add(waiting);
      offerNext(waiting, now);
    } else if (mayWait && hasPlaceFor(waiting, now)) {
      offers.add(waiting);
      line.add(waiting);
      notices.tellPlace(waiting, now);
    } else {
      offers.remember(key);
      refuse(input, mayWait ? queueFull(waiting, now) : hindrance.get());
    }
  }

  /// Whether the queue takes one more. In a full queue, a user with nothing waiting takes the place
  /// of the last request of the one that has most.
  private boolean hasPlaceFor(OfferBook.Waiting waiting, Instant now) {
    if (line.size() < settings.queueMax()) {
      return true;
    }
    Optional<OfferBook.Waiting> gives =
        line.waitingOf(waiting.input.user()) == 0 ? line.lastOfTheMost() : Optional.empty();
    gives.ifPresent(
        last -> {
          line.remove(last, now);
          offers.remove(last);
          refuse(last.input, queueFull(last, now));
        });
    return gives.isPresent();
  }

  private Refusal queueFull(OfferBook.Waiting waiting, Instant now) {
    return Refusal.queueFull(line.size(), notices.expectedWaitAtEnd(waiting, now));
  }

  private OfferBook.Waiting waiting(
      AssignRequested input, Optional<SessionTable.Job> job, Instant now) {
    Duration longest =
        input.mayQueue() ? QUEUE_WAIT_MAX : settings.offerTimeout().multipliedBy(FreshIds.OFFERS);
    boolean sooner = input.deadline().isPositive() && input.deadline().compareTo(longest) < 0;
    Peer user = registry.find(input.user());
    boolean contributes = user != null && user.roles.contains(Role.INFERER);
    return new OfferBook.Waiting(
        input,
        job,
        now,
        now.plus(sooner ? input.deadline() : longest),
        contributes
            || job.isPresent()
            || input.lease().filter(lease -> userSlots.counts(lease, now)).isPresent());
  }

  /// Why a request cannot be offered to anybody now. Who continues an answer was admitted when it
  /// began.
  private Optional<Refusal> hindrance(OfferBook.Waiting waiting, Instant now) {
    Optional<Refusal> lack = lack(waiting.input.model(), need(waiting), now);
    return lack.isPresent() || waiting.job.isPresent() || userSlots.hasRoomFor(waiting.input.user())
        ? lack
        : Optional.of(
            Refusal.noUserSlot(
                userSlots.users(), userSlots.activeInferers(), userSlots.nextLapse(), now));
  }

  private Optional<Refusal> lack(String model, Assigner.Need need, Instant now) {
    return assigner.assign(need, now).isPresent()
        ? Optional.empty()
        : Optional.of(reasons.whyNobody(model, need, now));
  }

  private Assigner.Need need(OfferBook.Waiting waiting) {
    AssignRequested input = waiting.input;
    List<ModelHash> models =
        waiting
            .job
            .map(known -> List.of(known.model()))
            .orElseGet(() -> assigner.hashesOf(input.model(), input.request()));
    int contextTokens = input.promptBytes() / BYTES_PER_TOKEN_MOST + 1;
    Set<NodeId> passed = passedHere(waiting);
    Set<NodeId> yielding = waiting.job.map(sessions::yieldingOf).orElse(Set.of());
    if (!yielding.isEmpty()) {
      passed = new HashSet<>(passed);
      passed.addAll(yielding);
    }
    boolean inOrder = waiting.job.isEmpty() && assigner.isNetwork(input.model());
    return new Assigner.Need(
        models, inOrder, contextTokens, input.cell(), passed, input.resumes(), input.preferred());
  }

  /// The inferers here that are passed over for a request. All others that it excludes make no
  /// difference; every user's node excludes itself, and without it most needs are equal.
  private Set<NodeId> passedHere(OfferBook.Waiting waiting) {
    Set<NodeId> here = new HashSet<>();
    for (NodeId node : waiting.passed) {
      Peer peer = registry.find(node);
      if (peer != null && peer.isInferer()) {
        here.add(node);
      }
    }
    return here;
  }

  /// A user no longer waits.
  void cancel(Id16 request, NodeId user, Instant now) {
    OfferBook.Waiting waiting = offers.find(new OfferBook.RequestKey(user, request));
    if (waiting != null) {
      drop(waiting, now);
    }
  }

  /// Takes a request out that nobody waits for any more.
  private void drop(OfferBook.Waiting waiting, Instant now) {
    if (waiting.offer().isPresent()) {
      withdraw(waiting);
    }
    line.remove(waiting, now);
    offers.remove(waiting);
    if (offers.waitingOf(waiting.input.user()) == 0) {
      userSlots.takeBackIfProvisional(waiting.input.user());
    }
  }

  void userLeft(NodeId user, Instant now) {
    offers.ofUser(user).forEach(waiting -> drop(waiting, now));
  }

  void infererLeft(NodeId inferer, Instant now) {
    for (OfferBook.Waiting waiting : offers.offeredTo(inferer)) {
      waiting.lastDecline = "It left the network.";
      offers.clearOffer(waiting);
      offerNext(waiting, now);
    }
  }

  // The queue.

  /// Offers what can be served now, in fair order.
  void serveQueue(Instant now) {
    if (line.size() == 0) {
      return;
    }
    userSlots.lapse(now, this::isBusy);
    for (NodeId user : line.firstUsers()) {
      // Whose turn it is gets the next user slot, and keeps it until an inferer has one as well.
      if (offers.ofUser(user).stream().anyMatch(waiting -> waiting.job.isEmpty())) {
        userSlots.keepOrAdmit(user, now);
      }
    }
    InVain inVain = new InVain(new HashSet<>(), new HashSet<>());
    while (freed.mayServe(now)) {
      Optional<OfferBook.Waiting> next = line.next(waiting -> isServable(waiting, inVain, now));
      if (next.isEmpty()) {
        freed.serveNobody();
      } else {
        offerNext(next.get(), now);
      }
    }
  }

  /// What nobody met in one pass; slots only become fewer within one.
  ///
  /// @param wants of new requests for which no inferer is passed over: quick to compare
  private record InVain(Set<Assigner.Need> needs, Set<Want> wants) {}

  private record Want(String model, int promptBytes, boolean resumes) {}

  private boolean isServable(OfferBook.Waiting waiting, InVain inVain, Instant now) {
    AssignRequested input = waiting.input;
    if (waiting.job.isEmpty() && !userSlots.hasRoomFor(input.user())) {
      return false;
    }
    boolean isPlain = waiting.job.isEmpty() && passedHere(waiting).isEmpty();
    Want want = new Want(input.model(), input.promptBytes(), input.resumes());
    if (isPlain && inVain.wants.contains(want)) {
      return false;
    }
    Assigner.Need need = need(waiting);
    Assigner.Need anywhere = need.anywhere();
    if (inVain.needs.contains(anywhere)) {
      return false;
    }
    if (assigner.assign(need, now).isEmpty()) {
      inVain.needs.add(anywhere);
      if (isPlain) {
        inVain.wants.add(want);
      }
      return false;
    }
    return true;
  }

  /// Whether a user has an answer running or on offer.
  boolean isBusy(NodeId user) {
    return sessions.hasRunning(user) || offers.waitingOf(user) > line.waitingOf(user);
  }

  // Offers.

  /// Asks the next inferer; when none is left, lets the request wait if it may, or refuses it.
  private void offerNext(OfferBook.Waiting waiting, Instant now) {
    AssignRequested input = waiting.input;
    boolean inTime = waiting.tries < FreshIds.OFFERS && now.isBefore(waiting.deadline);
    Optional<Assigner.Pick> pick = inTime ? assigner.assign(need(waiting), now) : Optional.empty();
    boolean admitted =
        pick.isPresent() && (userSlots.admit(input.user(), now) || waiting.job.isPresent());
    if (pick.isEmpty() || !admitted) {
      waitOrRefuse(waiting, inTime, now);
      return;
    }
    Peer inferer = pick.get().inferer();
    Instant expires = now.plus(settings.offerTimeout());
    expires = waiting.deadline.isBefore(expires) ? waiting.deadline : expires;
    Id16 id = input.fresh().offers().get(waiting.tries);
    waiting.tries++;
    waiting.passed.add(inferer.node);
    offers.setOffer(waiting, new OfferBook.Offer(id, inferer, pick.get().model(), expires));
    inferer.offerOpened();
    assigner.recount(inferer);
    effects.accept(
        new RefereeEffect.SendOffer(
            inferer.node, id, pick.get().model(), input.promptBytes(), input.tokensMax(), expires));
  }

  private void waitOrRefuse(OfferBook.Waiting waiting, boolean inTime, Instant now) {
    AssignRequested input = waiting.input;
    Optional<Refusal> hindrance = Optional.empty();
    if (inTime && input.mayQueue() && line.size() < settings.queueMax()) {
      // Who declined is passed over for a while by everybody, and may be asked again after that.
      waiting.passed.retainAll(input.excluded());
      hindrance = hindrance(waiting, now);
      if (hindrance.map(Refusal::wantsSlot).orElse(false)) {
        line.putBack(waiting);
        notices.tellPlace(waiting, now);
        return;
      }
    }
    offers.remove(waiting);
    refuse(
        input,
        waiting.tries > 0
            ? Refusal.noneTook(waiting.tries, waiting.lastDecline)
            : hindrance.orElseGet(() -> reasons.whyNobody(input.model(), need(waiting), now)));
  }

  void takeAnswer(RefereeInput.OfferAnswered input, Instant now) {
    OfferBook.Waiting waiting = offers.findByOffer(input.offer());
    if (waiting == null) {
      return;
    }
    OfferBook.Offer offer = waiting.offer().orElseThrow();
    if (!offer.inferer().node.equals(input.inferer())) {
      return;
    }
    if (!now.isBefore(offer.expires())) {
      expire(waiting, now);
      return;
    }
    offers.clearOffer(waiting);
    offer.inferer().offerClosed();
    switch (input.answer()) {
      case OfferAnswer.Accepted accepted -> assign(waiting, offer, accepted.nonce(), now);
      case OfferAnswer.Declined declined -> {
        waiting.lastDecline = declined.reason();
        freed.passOver(offer.inferer(), now.plus(PASSED_OVER_AFTER_DECLINE));
        assigner.recount(offer.inferer());
        offerNext(waiting, now);
      }
    }
  }

  private void expire(OfferBook.Waiting waiting, Instant now) {
    Peer inferer = waiting.offer().orElseThrow().inferer();
    withdraw(waiting);
    freed.passOver(inferer, now.plus(PASSED_OVER_AFTER_SILENCE));
    waiting.lastDecline = "It did not answer in time.";
    offerNext(waiting, now);
  }

  private void withdraw(OfferBook.Waiting waiting) {
    OfferBook.Offer offer = waiting.offer().orElseThrow();
    offers.clearOffer(waiting);
    offer.inferer().offerClosed();
    assigner.recount(offer.inferer());
    effects.accept(new RefereeEffect.WithdrawOffer(offer.inferer().node, offer.id()));
  }

  private void assign(OfferBook.Waiting waiting, OfferBook.Offer offer, Id16 nonce, Instant now) {
    AssignRequested input = waiting.input;
    offers.remove(waiting);
    SessionTable.Job job =
        waiting.job.orElseGet(
            () ->
                new SessionTable.Job(
                    input.job().orElse(input.fresh().job()),
                    input.user(),
                    offer.model(),
                    input.fresh().seed(),
                    now));
    NodeId inferer = offer.inferer().node;
    SessionTable.Session session =
        new SessionTable.Session(input.fresh().session(), input.user(), inferer, job.id(), now);
    sessions.open(session, job);
    budgets.opened(session, input.promptBytes(), input.tokensMax(), now);
    offer.inferer().sessionOpened();
    assigner.recount(offer.inferer());
    userSlots.confirm(input.user(), now);
    answersAssigned++;
    effects.accept(new RefereeEffect.SessionOpened(session.id(), input.user(), inferer));
    effects.accept(
        new RefereeEffect.Assign(
            input.request(),
            input.user(),
            inferer,
            input.fresh().ticket(),
            session.id(),
            job.id(),
            nonce,
            offer.model(),
            input.tokensMax(),
            job.seed(),
            now,
            now.plus(settings.ticketLifetime()),
            userSlots.leaseOf(input.user())));
  }

  private void refuse(AssignRequested input, Refusal refusal) {
    if (offers.waitingOf(input.user()) == 0) {
      userSlots.takeBackIfProvisional(input.user());
    }
    answersRefused++;
    effects.accept(
        new RefereeEffect.Refuse(
            input.request(),
            input.user(),
            refusal.code(),
            refusal.sentence(),
            refusal.retryAfterSeconds()));
  }

  // Time and sight.

  void tick(Instant now) {
    for (OfferBook.Waiting waiting : offers.expired(now)) {
      expire(waiting, now);
    }
    Map<Assigner.Need, Optional<Refusal>> lacks = new HashMap<>();
    for (OfferBook.Waiting waiting : line.inOrder()) {
      Optional<Refusal> refusal = hopeless(waiting, lacks, now);
      if (refusal.isPresent()) {
        line.remove(waiting, now);
        offers.remove(waiting);
        refuse(waiting.input, refusal.get());
      }
    }
    line.forgetTurns(now);
    userSlots.turnOver(notices.usersBeyondSlots(), now);
    userSlots.lapse(now, this::isBusy);
    freed.lookAgain();
    serveQueue(now);
    notices.tellPlaces(now);
  }

  /// Why a waiting request is to be refused now: its time is over, or no longer a slot alone is
  /// wanting.
  ///
  /// @param lacks what was found lacking for each need at this tick
  private Optional<Refusal> hopeless(
      OfferBook.Waiting waiting, Map<Assigner.Need, Optional<Refusal>> lacks, Instant now) {
    if (!now.isBefore(waiting.deadline)) {
      return Optional.of(
          Refusal.waitedInVain(
              Duration.between(waiting.arrived, now), notices.expectedWaitAtEnd(waiting, now)));
    }
    Assigner.Need need = need(waiting);
    return lacks
        .computeIfAbsent(need.anywhere(), _ -> lack(waiting.input.model(), need, now))
        .filter(refusal -> !refusal.wantsSlot());
  }

  long answersAssigned() {
    return answersAssigned;
  }

  long answersRefused() {
    return answersRefused;
  }

  int queued() {
    return line.size();
  }
}
