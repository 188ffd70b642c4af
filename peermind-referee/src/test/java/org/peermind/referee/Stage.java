// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Role;
import org.peermind.protocol.Sha256;
import org.peermind.referee.RefereeInput.OfferAnswer;

/// A referee's core with nodes, requests and offers that go by names.
///
/// The ids that belong to request `r1` are `r1.offer1` to `r1.offer3`, `r1.ticket`, `r1.session`
/// and `r1.job`.
final class Stage {
  static final Instant START = Instant.parse("2026-06-21T12:00:00Z");
  static final PlaceCell HOME = new PlaceCell("u33");
  static final PlaceCell FAR = new PlaceCell("9q8");

  /// The referee itself, and another one of the network.
  static final NodeId SELF = NodeId.ofPublicKey(new byte[32]);

  static final NodeId OTHER_REFEREE =
      NodeId.ofPublicKey("other".repeat(7).substring(3).getBytes(StandardCharsets.UTF_8));

  final RefereeCore core;
  Instant now = START;
  private RefereeInput lastInput = new RefereeInput.Tick();
  private final Map<NodeId, String> nodeNames = new HashMap<>();
  private final Map<Id16, String> idNames = new HashMap<>();
  private final Map<String, Long> sequences = new HashMap<>();
  private final Map<String, String> lastHashes = new HashMap<>();

  Stage(RefereeSettings settings) {
    core = new RefereeCore(SELF, settings);
  }

  /// What was given last.
  RefereeInput lastInput() {
    return lastInput;
  }

  /// A stage with the default settings, past the time in which first reports are awaited.
  static Stage settled() {
    return settled(RefereeSettings.defaults());
  }

  static Stage settled(RefereeSettings settings) {
    Stage stage = new Stage(settings);
    stage.tick();
    stage.after(Duration.ofMinutes(2));
    return stage;
  }

  NodeId node(String name) {
    byte[] key = Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), 32);
    NodeId id = NodeId.ofPublicKey(key);
    nodeNames.put(id, name);
    return id;
  }

  String name(NodeId node) {
    return nodeNames.getOrDefault(node, "stranger");
  }

  Id16 id(String name) {
    byte[] digest = Sha256.of(name.getBytes(StandardCharsets.UTF_8));
    long high = 0;
    long low = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      high = high << Byte.SIZE | (digest[i] & 0xff);
      low = low << Byte.SIZE | (digest[i + Long.BYTES] & 0xff);
    }
    Id16 id = new Id16(high, low);
    idNames.put(id, name);
    return id;
  }

  String name(Id16 id) {
    return idNames.getOrDefault(id, "unknown");
  }

  List<RefereeEffect> give(RefereeInput input) {
    lastInput = input;
    return core.apply(input, now);
  }

  List<RefereeEffect> attach(String name, PlaceCell cell, Role... roles) {
    return attach(name, cell, Duration.ZERO, roles);
  }

  List<RefereeEffect> attach(String name, PlaceCell cell, Duration clockSkew, Role... roles) {
    sequences.remove(name);
    lastHashes.remove(name);
    return give(new RefereeInput.PeerAttached(node(name), Set.of(roles), cell, clockSkew));
  }

  List<RefereeEffect> attachInferer(String name) {
    return attach(name, HOME, Role.INFERER);
  }

  List<RefereeEffect> attachUser(String name) {
    return attach(name, HOME, Role.LIGHT_USER);
  }

  List<RefereeEffect> detach(String name) {
    return give(new RefereeInput.PeerDetached(node(name)));
  }

  /// Sends the next report of a node's chain.
  List<RefereeEffect> report(String name, Sketch sketch) {
    return report(name, sketch, ReportTrust.FULL);
  }

  /// The same, trusted that far.
  List<RefereeEffect> report(String name, Sketch sketch, ReportTrust trust) {
    long sequence = sequences.merge(name, 1L, Long::sum);
    HeadroomReport report = sketch.draw(sequence, lastHashes.getOrDefault(name, ""), now);
    String hash = "%064x".formatted(sequence);
    lastHashes.put(name, hash);
    return give(new RefereeInput.ReportReceived(node(name), report, hash, trust));
  }

  /// An inferer with full sun and this many free slots.
  void sunny(String name, int slots) {
    attachInferer(name);
    report(name, new Sketch().slots(slots, slots));
  }

  List<RefereeEffect> ask(String user, String request) {
    return ask(user, request, "demo", Optional.empty());
  }

  List<RefereeEffect> ask(
      String user, String request, String model, Optional<String> job, String... excluded) {
    return give(request(user, request, model, Duration.ZERO, job, 100, excluded));
  }

  RefereeInput.AssignRequested request(
      String user,
      String request,
      String model,
      Duration deadline,
      Optional<String> job,
      int tokensMax,
      String... excluded) {
    return request(
        user,
        request,
        model,
        deadline,
        job,
        tokensMax,
        new Wishes(Optional.empty(), false, Optional.empty()),
        excluded);
  }

  /// What a request may add: the inferer of the last answer, whether it waits, and a lease.
  record Wishes(
      Optional<NodeId> preferred,
      boolean mayQueue,
      Optional<RefereeInput.Lease> lease,
      boolean resumes) {
    Wishes(Optional<NodeId> preferred, boolean mayQueue, Optional<RefereeInput.Lease> lease) {
      this(preferred, mayQueue, lease, false);
    }
  }

  RefereeInput.AssignRequested request(
      String user,
      String request,
      String model,
      Duration deadline,
      Optional<String> job,
      int tokensMax,
      Wishes wishes,
      String... excluded) {
    List<Id16> offers = new ArrayList<>();
    for (int i = 1; i <= FreshIds.OFFERS; i++) {
      offers.add(id(request + ".offer" + i));
    }
    FreshIds fresh =
        new FreshIds(
            id(request + ".ticket"),
            id(request + ".session"),
            id(request + ".job"),
            offers,
            id(request + ".seed").high());
    Set<NodeId> without = new HashSet<>();
    for (String name : excluded) {
      without.add(node(name));
    }
    return new RefereeInput.AssignRequested(
        id(request),
        node(user),
        model,
        256,
        tokensMax,
        deadline,
        HOME,
        without,
        job.map(this::id),
        wishes.resumes,
        wishes.preferred,
        wishes.mayQueue,
        wishes.lease,
        fresh);
  }

  List<RefereeEffect> accept(String offer, String inferer) {
    return give(
        new RefereeInput.OfferAnswered(
            id(offer), node(inferer), new OfferAnswer.Accepted(id(offer + ".nonce"))));
  }

  List<RefereeEffect> decline(String offer, String inferer, String reason) {
    return give(
        new RefereeInput.OfferAnswered(id(offer), node(inferer), new OfferAnswer.Declined(reason)));
  }

  List<RefereeEffect> end(String session, String by) {
    return give(new RefereeInput.SessionEnded(id(session), node(by), OptionalInt.empty()));
  }

  /// The inferer ends a session and says what it generated.
  List<RefereeEffect> end(String session, String inferer, int tokens) {
    return give(new RefereeInput.SessionEnded(id(session), node(inferer), OptionalInt.of(tokens)));
  }

  List<RefereeEffect> handOver(String session, String by) {
    return give(new RefereeInput.Yielding(id(session), node(by)));
  }

  List<RefereeEffect> cancel(String request, String user) {
    return give(new RefereeInput.RequestCancelled(id(request), node(user)));
  }

  /// A new request that waits for a minute if need be.
  List<RefereeEffect> queue(String user, String request) {
    return give(
        request(
            user,
            request,
            "demo",
            Duration.ofMinutes(1),
            Optional.empty(),
            100,
            new Wishes(Optional.empty(), true, Optional.empty())));
  }

  List<RefereeEffect> tick() {
    return give(new RefereeInput.Tick());
  }

  /// Lets time go by and ticks once.
  List<RefereeEffect> after(Duration duration) {
    now = now.plus(duration);
    return tick();
  }

  /// Who was offered what in these effects; exactly one inferer.
  String offeredTo(List<RefereeEffect> effects) {
    List<String> inferers = new ArrayList<>();
    for (RefereeEffect effect : effects) {
      if (effect instanceof RefereeEffect.SendOffer offer) {
        inferers.add(name(offer.inferer()));
      }
    }
    if (inferers.size() != 1) {
      throw new AssertionError("one offer is expected, but there is " + effects);
    }
    return inferers.getFirst();
  }

  /// The only refusal in these effects.
  static RefereeEffect.Refuse refusal(List<RefereeEffect> effects) {
    List<RefereeEffect.Refuse> refusals = only(effects, RefereeEffect.Refuse.class);
    if (refusals.size() != 1) {
      throw new AssertionError("one refusal is expected, but there is " + effects);
    }
    return refusals.getFirst();
  }

  static <E extends RefereeEffect> List<E> only(List<RefereeEffect> effects, Class<E> kind) {
    return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /// Asks and has the first inferer that is offered the request accept it.
  RefereeEffect.Assign assigned(String user, String request, String... excluded) {
    String inferer = offeredTo(ask(user, request, "demo", Optional.empty(), excluded));
    return only(accept(request + ".offer1", inferer), RefereeEffect.Assign.class).getFirst();
  }

  NetworkSnapshot.NodeRow row(String name) {
    NodeId id = node(name);
    return core.snapshot(now).nodes().stream()
        .filter(row -> row.node().equals(id))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not shown"));
  }
}
