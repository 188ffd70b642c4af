// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.peermind.referee.RefereeInput.AssignRequested;
import org.peermind.referee.RefereeInput.OfferAnswer;

/// The decisions of a referee (spec section 7, design sections 6 and 7): who is present, who is
/// admitted, which inferer is asked, and when a session is over.
///
/// A pure core that holds its state: it has no clock, randomness, threads or input and output, and
/// equal inputs give equal effects. One thread owns it. A time earlier than the last one counts as
/// the last one.
public final class RefereeCore {
  /// Inferers that a request may exclude.
  public static final int EXCLUDED_MAX = 64;

  /// Longest model text of a request, in characters.
  public static final int MODEL_CHARACTERS_MAX = 100;

  private static final int TOKENS_MAX = 1_000_000;
  private static final int PROMPT_BYTES_MAX = 16 * 1_024 * 1_024;

  /// A token has four bytes of English text on average, and a size class is up to twice the prompt:
  /// what does not fit at eight bytes a token certainly does not fit. The inferer counts exactly.
  private static final int BYTES_PER_TOKEN_MOST = 8;

  private static final Duration PASSED_OVER_AFTER_DECLINE = Duration.ofSeconds(2);
  private static final Duration PASSED_OVER_AFTER_SILENCE = Duration.ofSeconds(10);

  private final RefereeSettings settings;
  private final InfererRegistry registry;
  private final Assigner assigner;
  private final RefusalReasons reasons;
  private final UserSlots userSlots;
  private final SessionTable sessions;
  private final OfferBook offers = new OfferBook();
  private final List<RefereeEffect> effects = new ArrayList<>();
  private Instant now = Instant.MIN;
  private Instant nextReview = Instant.MIN;
  private long answersAssigned;
  private long answersRefused;

  public RefereeCore(RefereeSettings settings) {
    this.settings = settings;
    registry = new InfererRegistry(settings);
    assigner = new Assigner(registry);
    reasons = new RefusalReasons(registry, assigner);
    userSlots = new UserSlots(settings.slotsPerInferer(), settings.userLease());
    sessions = new SessionTable(settings);
  }

  /// Takes one input at a time and says what is to be done, in order.
  public List<RefereeEffect> apply(RefereeInput input, Instant time) {
    // An input that failed half-way leaves effects that nobody may carry out.
    effects.clear();
    if (time.isAfter(now)) {
      now = time;
    }
    registry.startAt(now);
    if (!now.isBefore(nextReview)) {
      reviewInferers();
    }
    switch (input) {
      case RefereeInput.PeerAttached attached -> attach(attached);
      case RefereeInput.PeerDetached detached -> detach(detached.node());
      case RefereeInput.ReportReceived report -> takeReport(report);
      case AssignRequested request -> request(request);
      case RefereeInput.OfferAnswered answered -> takeAnswer(answered);
      case RefereeInput.SessionEnded ended -> endSession(ended);
      case RefereeInput.Tick _ -> tick();
    }
    return List.copyOf(effects);
  }

  // Presence.

  private void attach(RefereeInput.PeerAttached input) {
    detach(input.node());
    registry.attach(input, now);
  }

  private void detach(NodeId node) {
    Peer peer = registry.find(node);
    if (peer == null) {
      return;
    }
    registry.detach(peer, now);
    assigner.remove(peer);
    for (SessionTable.Session session : sessions.of(node)) {
      close(session);
      session
          .other(node)
          .filter(other -> !other.equals(node))
          .ifPresent(other -> effects.add(new RefereeEffect.PeerGone(session.id(), other)));
    }
    userSlots.deactivate(node, sessions::hasRunning);
    for (OfferBook.Waiting waiting : offers.ofUser(node)) {
      withdraw(waiting);
      offers.remove(waiting);
    }
    userSlots.takeBackIfProvisional(node);
    for (OfferBook.Waiting waiting : offers.offeredTo(node)) {
      waiting.lastDecline = "It left the network.";
      offers.clearOffer(waiting);
      offerNext(waiting);
    }
  }

  private void takeReport(RefereeInput.ReportReceived input) {
    Peer peer = registry.find(input.node());
    if (peer == null) {
      return;
    }
    int settled = sessions.settled(peer.node, now);
    Optional<String> refused = registry.accept(peer, input, settled, now);
    if (refused.isPresent()) {
      effects.add(new RefereeEffect.ReportRefused(peer.node, refused.get()));
      return;
    }
    review(peer);
  }

  /// Brings the index and the user slots in line with how an inferer stands now.
  private void review(Peer peer) {
    assigner.refresh(peer, now);
    if (registry.isReady(peer, now)) {
      userSlots.activate(peer.node);
      Instant stale = registry.staleAt(peer);
      nextReview = stale.isBefore(nextReview) ? stale : nextReview;
    } else {
      userSlots.deactivate(peer.node, sessions::hasRunning);
    }
  }

  /// Brings the index in line with an inferer's free slots, unless it just left.
  private void recount(Peer inferer) {
    if (registry.find(inferer.node) == inferer) {
      assigner.refresh(inferer, now);
    }
  }

  /// Looks for inferers whose reports became stale since.
  private void reviewInferers() {
    nextReview = now.plus(settings.staleAfter());
    for (Peer peer : registry.attached()) {
      if (peer.isInferer()) {
        review(peer);
      }
    }
  }

  // Requests.

  private void request(AssignRequested input) {
    OfferBook.RequestKey key = new OfferBook.RequestKey(input.user(), input.request());
    if (offers.knows(key)) {
      return;
    }
    userSlots.lapse(now, sessions::hasRunning);
    Optional<SessionTable.Job> job = input.job().flatMap(sessions::job);
    Optional<Refusal> refusal = checkRequest(input, job).or(() -> admit(input, job));
    if (refusal.isPresent()) {
      offers.remember(key);
      refuse(input, refusal.get());
      return;
    }
    Duration longest = settings.offerTimeout().multipliedBy(FreshIds.OFFERS);
    boolean sooner = input.deadline().isPositive() && input.deadline().compareTo(longest) < 0;
    Instant deadline = now.plus(sooner ? input.deadline() : longest);
    OfferBook.Waiting waiting = new OfferBook.Waiting(input, job, deadline);
    offers.add(waiting);
    offerNext(waiting);
  }

  private Optional<Refusal> checkRequest(AssignRequested input, Optional<SessionTable.Job> job) {
    if (registry.find(input.user()) == null) {
      return Optional.of(Refusal.busy("This referee does not know the asking node; attach first."));
    }
    if (input.tokensMax() < 1 || input.tokensMax() > TOKENS_MAX) {
      return badRequest("An answer may have 1 to %d tokens.".formatted(TOKENS_MAX));
    }
    if (input.promptBytes() < 0 || input.promptBytes() > PROMPT_BYTES_MAX) {
      return badRequest("A prompt may have up to %d bytes.".formatted(PROMPT_BYTES_MAX));
    }
    if (input.model().isBlank() || input.model().length() > MODEL_CHARACTERS_MAX) {
      return badRequest("A model is named by 1 to %d characters.".formatted(MODEL_CHARACTERS_MAX));
    }
    if (input.excluded().size() > EXCLUDED_MAX) {
      return badRequest("At most %d inferers may be excluded.".formatted(EXCLUDED_MAX));
    }
    if (job.isPresent() && !job.get().user().equals(input.user())) {
      return badRequest("The answer to be continued belongs to another user.");
    }
    return tooMany(input, job);
  }

  private Optional<Refusal> tooMany(AssignRequested input, Optional<SessionTable.Job> job) {
    int most = settings.sessionsPerUserMax();
    boolean continued = job.isPresent() && sessions.ofJob(input.user(), job.get().id()) > 0;
    int waiting = offers.waitingOf(input.user());
    if (waiting >= most
        || (!continued && sessions.answersOf(input.user()) + waiting >= most)
        || (continued && sessions.ofJob(input.user(), job.get().id()) >= most)) {
      return Optional.of(
          Refusal.busy("A user may have %d answers at a time, and all run.".formatted(most)));
    }
    if (offers.size() >= OfferBook.WAITING_MAX
        || sessions.size() + offers.size() >= settings.sessionsMax()) {
      return Optional.of(Refusal.busy("This referee relays as many answers as it can."));
    }
    return Optional.empty();
  }

  private static Optional<Refusal> badRequest(String sentence) {
    return Optional.of(Refusal.lasting(RefusalCode.BAD_REQUEST, sentence));
  }

  /// The ratio of users to inferers. Who continues an answer was admitted when it began.
  private Optional<Refusal> admit(AssignRequested input, Optional<SessionTable.Job> job) {
    Assigner.Need need = need(input, job, input.excluded());
    if (assigner.assign(need, now).isEmpty()) {
      return Optional.of(reasons.whyNobody(input.model(), need, now));
    }
    boolean admitted = userSlots.admit(input.user(), now);
    return admitted || job.isPresent()
        ? Optional.empty()
        : Optional.of(
            Refusal.noUserSlot(
                userSlots.users(), userSlots.activeInferers(), userSlots.nextLapse(), now));
  }

  private Assigner.Need need(
      AssignRequested input, Optional<SessionTable.Job> job, Set<NodeId> passed) {
    List<ModelHash> models =
        job.map(known -> List.of(known.model())).orElseGet(() -> assigner.hashesOf(input.model()));
    int contextTokens = input.promptBytes() / BYTES_PER_TOKEN_MOST + 1;
    return new Assigner.Need(models, contextTokens, input.cell(), passed);
  }

  // Offers.

  /// Asks the next inferer, or refuses when none is left or the time is over.
  private void offerNext(OfferBook.Waiting waiting) {
    AssignRequested input = waiting.input;
    Assigner.Need need = need(input, waiting.job, waiting.passed);
    Optional<Assigner.Pick> pick =
        waiting.tries < FreshIds.OFFERS && now.isBefore(waiting.deadline)
            ? assigner.assign(need, now)
            : Optional.empty();
    if (pick.isEmpty()) {
      offers.remove(waiting);
      refuse(
          input,
          waiting.tries == 0
              ? reasons.whyNobody(input.model(), need, now)
              : Refusal.noneTook(waiting.tries, waiting.lastDecline));
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
    recount(inferer);
    effects.add(
        new RefereeEffect.SendOffer(
            inferer.node, id, pick.get().model(), input.promptBytes(), input.tokensMax(), expires));
  }

  private void takeAnswer(RefereeInput.OfferAnswered input) {
    OfferBook.Waiting waiting = offers.findByOffer(input.offer());
    if (waiting == null) {
      return;
    }
    OfferBook.Offer offer = waiting.offer().orElseThrow();
    if (!offer.inferer().node.equals(input.inferer())) {
      return;
    }
    if (!now.isBefore(offer.expires())) {
      expire(waiting);
      return;
    }
    offers.clearOffer(waiting);
    offer.inferer().offerClosed();
    switch (input.answer()) {
      case OfferAnswer.Accepted accepted -> assign(waiting, offer, accepted.nonce());
      case OfferAnswer.Declined declined -> {
        waiting.lastDecline = declined.reason();
        offer.inferer().passOverUntil(now.plus(PASSED_OVER_AFTER_DECLINE));
        recount(offer.inferer());
        offerNext(waiting);
      }
    }
  }

  private void expire(OfferBook.Waiting waiting) {
    Peer inferer = waiting.offer().orElseThrow().inferer();
    withdraw(waiting);
    inferer.passOverUntil(now.plus(PASSED_OVER_AFTER_SILENCE));
    waiting.lastDecline = "It did not answer in time.";
    offerNext(waiting);
  }

  private void withdraw(OfferBook.Waiting waiting) {
    OfferBook.Offer offer = waiting.offer().orElseThrow();
    offers.clearOffer(waiting);
    offer.inferer().offerClosed();
    recount(offer.inferer());
    effects.add(new RefereeEffect.WithdrawOffer(offer.inferer().node, offer.id()));
  }

  private void assign(OfferBook.Waiting waiting, OfferBook.Offer offer, Id16 nonce) {
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
    Id16 session = input.fresh().session();
    sessions.open(new SessionTable.Session(session, input.user(), inferer, job.id(), now), job);
    offer.inferer().sessionOpened();
    recount(offer.inferer());
    userSlots.confirm(input.user(), now);
    answersAssigned++;
    effects.add(new RefereeEffect.SessionOpened(session, input.user(), inferer));
    effects.add(
        new RefereeEffect.Assign(
            input.request(),
            input.user(),
            inferer,
            input.fresh().ticket(),
            session,
            job.id(),
            nonce,
            offer.model(),
            input.tokensMax(),
            job.seed(),
            now,
            now.plus(settings.ticketLifetime())));
  }

  private void refuse(AssignRequested input, Refusal refusal) {
    if (offers.waitingOf(input.user()) == 0) {
      userSlots.takeBackIfProvisional(input.user());
    }
    answersRefused++;
    effects.add(
        new RefereeEffect.Refuse(
            input.request(),
            input.user(),
            refusal.code(),
            refusal.sentence(),
            refusal.retryAfterSeconds()));
  }

  // Sessions and time.

  private void endSession(RefereeInput.SessionEnded input) {
    SessionTable.Session session = sessions.find(input.session());
    if (session == null) {
      return;
    }
    session
        .other(input.by())
        .ifPresent(
            other -> {
              close(session);
              effects.add(new RefereeEffect.PeerGone(session.id(), other));
            });
  }

  private void close(SessionTable.Session session) {
    sessions.close(session);
    Peer inferer = registry.find(session.inferer());
    if (inferer != null) {
      inferer.sessionClosed();
      recount(inferer);
    }
    effects.add(new RefereeEffect.SessionClosed(session.id(), session.user(), session.inferer()));
  }

  private void tick() {
    for (OfferBook.Waiting waiting : offers.expired(now)) {
      expire(waiting);
    }
    for (SessionTable.Session session : sessions.overdue(now)) {
      close(session);
      effects.add(new RefereeEffect.PeerGone(session.id(), session.user()));
      if (!session.user().equals(session.inferer())) {
        effects.add(new RefereeEffect.PeerGone(session.id(), session.inferer()));
      }
    }
    userSlots.lapse(now, sessions::hasRunning);
    registry.forgetDeparted(now);
  }

  // Sight.

  /// What the referee knows now; changes nothing.
  public NetworkSnapshot snapshot(Instant time) {
    Instant at = time.isAfter(now) ? time : now;
    return new NetworkSnapshot(
        at,
        registry.rows(at),
        answersAssigned,
        answersRefused,
        sessions.size(),
        userSlots.users(),
        userSlots.slots());
  }
}
