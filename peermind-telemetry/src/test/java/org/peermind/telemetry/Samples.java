// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.peermind.protocol.Activation;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Role;
import org.peermind.protocol.Watts;
import org.peermind.telemetry.QueryEvent.Ending;

/// One event of each kind.
final class Samples {
  static final NodeId NODE = NodeId.ofPublicKey(new byte[32]);
  static final NodeId OTHER = NodeId.ofPublicKey(new byte[] {1});
  static final ModelHash MODEL = new ModelHash("ab".repeat(32));
  static final Id16 ID = new Id16(1, 2);
  static final Reason REASON = Reason.of("headroom stayed above 80 W for 30 s");
  static final Optional<Watts> HEADROOM = Optional.of(Watts.of(120));

  private Samples() {}

  static List<Event> ofEachKind() {
    return List.of(
        new NodeEvent.NodeStarted(
            NODE,
            Set.of(Role.REFEREE),
            new Word("0.1.0"),
            OptionalInt.of(4477),
            OptionalInt.empty()),
        new NodeEvent.NodeStopped(Duration.ofMinutes(61), REASON),
        new NodeEvent.ClockSkewed(OTHER, Duration.ofHours(-1)),
        new NodeEvent.UnexpectedFailure(new Word("api"), new Word("Bug"), new Word("A.b:1")),
        new EnergyEvent.ActivationChanged(Activation.OFF, Activation.WARMING, HEADROOM, REASON),
        new EnergyEvent.AdapterFailed(new Word("replay"), REASON),
        new EnergyEvent.AdapterRecovered(new Word("replay"), Duration.ofSeconds(75)),
        new EnergyEvent.HeadroomReported(7, Activation.FULL, Optional.empty()),
        new EnergyEvent.MemorySetAside(new Word("site-history"), REASON),
        new EnergyEvent.MemoryNotKept(new Word("site-history"), new Word("IOException")),
        new EngineEvent.ModelLoading(MODEL, 40),
        new EngineEvent.ModelLoaded(MODEL, Duration.ofMillis(420), 4, 2048),
        new EngineEvent.ModelLoadFailed(MODEL, REASON),
        new EngineEvent.ModelUnloaded(MODEL, Duration.ofMillis(30), REASON),
        new EngineEvent.MemoryHeld(MODEL, REASON),
        new EngineEvent.EngineDied(MODEL, 139, Duration.ofSeconds(1)),
        new NetworkEvent.Attached(OTHER, Duration.ofMillis(90)),
        new NetworkEvent.Detached(OTHER, Duration.ofMillis(700), REASON),
        new NetworkEvent.HomeMoved(Optional.empty(), OTHER),
        new NetworkEvent.HomeMoved(Optional.of(NODE), OTHER),
        new NetworkEvent.PeerAttached(OTHER, Set.of(Role.INFERER, Role.LIGHT_USER)),
        new NetworkEvent.PeerDetached(OTHER, REASON),
        new NetworkEvent.AttachRejected(Optional.empty(), REASON),
        new NetworkEvent.ReportRefused(OTHER, 9, REASON),
        new NetworkEvent.OfferMade(ID, OTHER, MODEL),
        new NetworkEvent.OfferAccepted(ID, OTHER),
        new NetworkEvent.OfferDeclined(ID, OTHER, NetworkEvent.Declined.UNANSWERED),
        new NetworkEvent.TicketRefused(ID, REASON),
        new NetworkEvent.SessionEnded(ID, 12, 4096, REASON),
        new QueryEvent.AnswerStarted(ID, MODEL, OTHER, Duration.ofMillis(300)),
        new QueryEvent.AnswerContinued(
            ID, NODE, OTHER, 17, Duration.ofMillis(450), RefusalCode.INFERER_FAILED),
        new QueryEvent.AnswerFinished(ID, Ending.STOP, 21, 34, 2, 1, Duration.ofSeconds(3)),
        new QueryEvent.AnswerFailed(ID, RefusalCode.NO_POWER, 5, Duration.ofSeconds(2)),
        new QueryEvent.QueryRefused(RefusalCode.NO_CAPACITY, Duration.ofSeconds(30)),
        new QueryEvent.GenerationEnded(ID, Ending.LENGTH, true, 21, 34, Duration.ofSeconds(3)),
        new QueryEvent.GenerationFailed(ID, RefusalCode.BAD_REQUEST, 0),
        new LedgerEvent.LedgerGrew(40, 3),
        new LedgerEvent.LedgerRefused(OTHER, REASON),
        new LedgerEvent.VoteStep(new Word("report-sealed"), new Word("0123456789ab"), REASON),
        new FederatedEvent.RoundStep(new Word("enrolled"), new Word("0123456789ab"), REASON),
        new NodeEvent.AnswerNotKept(Word.near("IOException")));
  }
}
