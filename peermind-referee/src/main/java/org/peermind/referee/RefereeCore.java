// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;

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

  private final RefereeSettings settings;
  private final InfererRegistry registry;
  private final Assigner assigner;
  private final UserSlots userSlots;
  private final SessionTable sessions;
  private final TokenBudgets budgets;
  private final AnswerPace pace = new AnswerPace();
  private final RequestDesk requests;
  private final List<RefereeEffect> effects = new ArrayList<>();
  private Instant now = Instant.MIN;
  private Instant nextReview = Instant.MIN;

  /// @param self the referee's own id; inferers that name it as their home are assigned here
  public RefereeCore(NodeId self, RefereeSettings settings) {
    this.settings = settings;
    registry = new InfererRegistry(self, settings);
    assigner = new Assigner(registry);
    userSlots = new UserSlots(settings.slotsPerInferer(), settings.userLease());
    sessions = new SessionTable(settings);
    budgets = new TokenBudgets(settings.tokensPerHourPerUser());
    requests =
        new RequestDesk(
            settings, registry, assigner, userSlots, sessions, budgets, pace, effects::add);
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
      case RefereeInput.AssignRequested request -> {
        userSlots.lapse(now, requests::isBusy);
        requests.request(request, now);
      }
      case RefereeInput.RequestCancelled(Id16 request, NodeId user) ->
          requests.cancel(request, user, now);
      case RefereeInput.OfferAnswered answered -> requests.takeAnswer(answered, now);
      case RefereeInput.SessionEnded ended -> endSession(ended);
      case RefereeInput.Yielding(Id16 session, NodeId by) -> markYielding(session, by);
      case RefereeInput.NetworkModelChanged(NetworkModel model) -> assigner.network(model);
      case RefereeInput.Tick _ -> tick();
    }
    requests.serveQueue(now);
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
    requests.userLeft(node, now);
    userSlots.takeBackIfProvisional(node);
    requests.infererLeft(node, now);
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

  /// Looks for inferers whose reports became stale since.
  private void reviewInferers() {
    nextReview = now.plus(settings.staleAfter());
    for (Peer peer : registry.attached()) {
      if (peer.isInferer()) {
        review(peer);
      }
    }
  }

  // Sessions and time.

  private void endSession(RefereeInput.SessionEnded input) {
    input.tokens().ifPresent(tokens -> budgets.told(input.session(), input.by(), tokens, now));
    SessionTable.Session session = sessions.find(input.session());
    if (session == null) {
      return;
    }
    session
        .other(input.by())
        .ifPresent(
            other -> {
              sessions
                  .job(session.job())
                  .ifPresent(job -> pace.answered(job.model(), sinceOpened(session)));
              close(session);
              effects.add(new RefereeEffect.PeerGone(session.id(), other));
            });
  }

  private Duration sinceOpened(SessionTable.Session session) {
    return Duration.between(session.opened(), now);
  }

  private void markYielding(Id16 id, NodeId by) {
    SessionTable.Session session = sessions.find(id);
    if (session != null && session.inferer().equals(by)) {
      sessions.markYielding(session);
    }
  }

  private void close(SessionTable.Session session) {
    sessions.close(session);
    Peer inferer = registry.find(session.inferer());
    if (inferer != null) {
      inferer.sessionClosed();
      assigner.recount(inferer);
    }
    effects.add(new RefereeEffect.SessionClosed(session.id(), session.user(), session.inferer()));
  }

  private void tick() {
    for (SessionTable.Session session : sessions.overdue(now)) {
      close(session);
      effects.add(new RefereeEffect.PeerGone(session.id(), session.user()));
      if (!session.user().equals(session.inferer())) {
        effects.add(new RefereeEffect.PeerGone(session.id(), session.inferer()));
      }
    }
    requests.tick(now);
    registry.forgetDeparted(now);
  }

  // Sight.

  /// What the referee knows now; changes nothing.
  public NetworkSnapshot snapshot(Instant time) {
    Instant at = time.isAfter(now) ? time : now;
    return new NetworkSnapshot(
        at,
        registry.rows(at),
        requests.answersAssigned(),
        requests.answersRefused(),
        sessions.size(),
        userSlots.users(),
        userSlots.slots(),
        requests.queued());
  }
}
