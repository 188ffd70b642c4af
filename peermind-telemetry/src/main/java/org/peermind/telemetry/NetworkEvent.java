// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;
import org.slf4j.event.Level;

/// What happens between this node and others (design sections 4 and 7).
public sealed interface NetworkEvent extends Event {
  /// This node is attached to its referee and routable.
  record Attached(NodeId referee, Duration took) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "attached to referee %s in %s".formatted(referee.shortText(), Texts.duration(took));
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("referee", referee), Field.seconds("tookSeconds", took));
    }
  }

  /// This node lost its referee or could not reach it, and tries again.
  record Detached(NodeId referee, Duration retryIn, Reason reason) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "not attached to referee %s: %s; next try in %s"
          .formatted(referee.shortText(), withoutStop(reason), Texts.duration(retryIn));
    }

    /// The line goes on behind the reason.
    private static String withoutStop(Reason reason) {
      return reason.sentence().replaceFirst("\\.$", "");
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("referee", referee),
          Field.seconds("retryInSeconds", retryIn),
          Field.reason(reason));
    }
  }

  /// Another referee is this node's home from now on; the first one is told without a former one.
  record HomeMoved(Optional<NodeId> from, NodeId to) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "home is referee %s now%s"
          .formatted(to.shortText(), from.map(id -> ", no longer " + id.shortText()).orElse(""));
    }

    @Override
    public List<Field> fields() {
      return from.map(id -> List.of(Field.of("from", id), Field.of("to", to)))
          .orElse(List.of(Field.of("to", to)));
    }
  }

  /// A referee has a node attached to it.
  record PeerAttached(NodeId peer, Set<Role> roles) implements NetworkEvent {
    public PeerAttached {
      roles = Set.copyOf(roles);
    }

    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "node %s attached as %s".formatted(peer.shortText(), Texts.words(roles));
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("peer", peer), Field.of("roles", roles));
    }
  }

  /// A referee lost a node.
  record PeerDetached(NodeId peer, Reason reason) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "node %s left: %s".formatted(peer.shortText(), reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("peer", peer), Field.reason(reason));
    }
  }

  /// An attachment was refused, by this node or to it.
  ///
  /// @param peer empty when it did not prove who it is
  record AttachRejected(Optional<NodeId> peer, Reason reason) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "attachment with %s rejected: %s"
          .formatted(peer.map(id -> "node " + id.shortText()).orElse("an unknown node"), reason);
    }

    @Override
    public List<Field> fields() {
      return peer.map(id -> List.of(Field.of("peer", id), Field.reason(reason)))
          .orElse(List.of(Field.reason(reason)));
    }
  }

  /// A referee does not believe or cannot use a headroom report.
  record ReportRefused(NodeId inferer, long sequence, Reason reason) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "headroom report %d of inferer %s refused: %s"
          .formatted(sequence, inferer.shortText(), reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("inferer", inferer), Field.of("sequence", sequence), Field.reason(reason));
    }
  }

  /// A referee asked an inferer whether it takes a question.
  record OfferMade(Id16 offer, NodeId inferer, ModelHash model) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.DEBUG;
    }

    @Override
    public String sentence() {
      return "offer %s of model %s to inferer %s"
          .formatted(offer, model.shortText(), inferer.shortText());
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("offer", offer), Field.of("inferer", inferer), Field.of("model", model));
    }
  }

  /// The inferer takes it and a ticket is written.
  record OfferAccepted(Id16 offer, NodeId inferer) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.DEBUG;
    }

    @Override
    public String sentence() {
      return "offer %s accepted by inferer %s".formatted(offer, inferer.shortText());
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("offer", offer), Field.of("inferer", inferer));
    }
  }

  /// The offer came to nothing. What the inferer wrote as its reason stays out of the log, because
  /// a peer chose its words.
  record OfferDeclined(Id16 offer, NodeId inferer, Declined how) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "offer %s to inferer %s: %s".formatted(offer, inferer.shortText(), Texts.word(how));
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("offer", offer), Field.of("inferer", inferer), Field.of("how", how));
    }
  }

  /// How an offer came to nothing.
  enum Declined {
    /// The inferer said no.
    DECLINED,
    /// The inferer gave no answer in time.
    UNANSWERED,
    /// Whoever asked went away.
    WITHDRAWN
  }

  /// An inferer was shown a ticket that it does not take: used, expired, not for it or forged.
  record TicketRefused(Id16 ticket, Reason reason) implements NetworkEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "ticket %s refused: %s".formatted(ticket, reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("ticket", ticket), Field.reason(reason));
    }
  }

  /// A relayed session between a light user and an inferer ended at the referee.
  ///
  /// @param frames how many sealed frames went through
  /// @param bytes how many bytes they had
  record SessionEnded(Id16 session, long frames, long bytes, Reason reason)
      implements NetworkEvent {
    @Override
    public Level level() {
      return Level.DEBUG;
    }

    @Override
    public String sentence() {
      return "session %s ended after %d frames: %s".formatted(session, frames, reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("session", session),
          Field.of("frames", frames),
          Field.of("bytes", bytes),
          Field.reason(reason));
    }
  }
}
