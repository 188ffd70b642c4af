// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.OfferReply;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.Offer;

/// Where an inferer accepts offers and takes tickets in. It alone decides about its slots: an
/// accepted offer reserves one and a nonce; a ticket is good once, for exactly that nonce, and only
/// while the reservation lasts. Safe for use by several threads.
final class OfferDesk {
  /// Longer than any referee waits, so that an accepted offer is not withdrawn by time alone.
  private static final Duration RESERVATION = Duration.ofSeconds(40);

  private final NodeId self;
  private final NodeId referee;
  private final NetworkName network;
  private final Supplier<ModelHash> model;
  private final Slots slots;
  private final Readiness readiness;
  private final InstantSource clock;
  private final SecureRandom random;
  private final Map<Id16, Reservation> reservations = new HashMap<>();

  /// Whether the energy path and the engine let this node take work now.
  @FunctionalInterface
  interface Readiness {
    /// Why not, one sentence; empty when it does.
    Optional<String> refusal();
  }

  /// @param model that was agreed on; it stays good when the inferer changes to another one
  private record Reservation(Id16 offer, ModelHash model, Instant until) {}

  OfferDesk(
      NodeId self,
      NodeId referee,
      NetworkName network,
      Supplier<ModelHash> model,
      Slots slots,
      Readiness readiness,
      InstantSource clock,
      SecureRandom random) {
    this.self = self;
    this.referee = referee;
    this.network = network;
    this.model = model;
    this.slots = slots;
    this.readiness = readiness;
    this.clock = clock;
    this.random = random;
  }

  /// Accepts an offer and reserves a slot, or says why not.
  synchronized OfferReply answer(Offer offer) throws ProtocolException {
    Id16 id = Id16.ofBytes(offer.getOffer().toByteArray());
    ModelHash wanted = ModelHash.ofBytes(offer.getModelSha256().toByteArray());
    Optional<String> refusal = readiness.refusal();
    if (!wanted.equals(model.get())) {
      return OfferReply.declined(id, "This inferer serves another model.");
    }
    if (refusal.isPresent()) {
      return OfferReply.declined(id, refusal.get());
    }
    sweep();
    if (reservations.values().stream().anyMatch(known -> known.offer().equals(id))) {
      return OfferReply.declined(id, "This offer was accepted before.");
    }
    if (!slots.take()) {
      return OfferReply.declined(id, "All slots are taken.");
    }
    Id16 nonce = Id16.random(random);
    reservations.put(nonce, new Reservation(id, wanted, clock.instant().plus(RESERVATION)));
    return OfferReply.accepted(id, nonce);
  }

  /// Frees what was reserved for an offer that no longer stands.
  synchronized void withdraw(ByteString offer) throws ProtocolException {
    Id16 id = Id16.ofBytes(offer.toByteArray());
    if (reservations.values().removeIf(reservation -> reservation.offer().equals(id))) {
      slots.giveBack();
    }
  }

  /// Takes a ticket in; its slot then belongs to the answer.
  ///
  /// @throws ProtocolException when the ticket is forged, for somebody else, used, or too late
  synchronized Ticket redeem(SignedEnvelope envelope) throws ProtocolException {
    Ticket ticket = Ticket.open(envelope, referee);
    if (!ticket.inferer().equals(self) || !ticket.network().equals(network)) {
      throw new ProtocolException("a ticket is for another inferer or network");
    }
    sweep();
    Reservation agreed = reservations.get(ticket.nonce());
    if (agreed == null || !agreed.model().equals(ticket.model())) {
      throw new ProtocolException("a ticket was used before, is too late, or was never agreed");
    }
    reservations.remove(ticket.nonce());
    return ticket;
  }

  /// Whether a ticket for this model may still come.
  synchronized boolean isReserved(ModelHash agreed) {
    return reservations.values().stream().anyMatch(known -> known.model().equals(agreed));
  }

  /// Drops reservations whose time is over.
  synchronized void sweep() {
    Instant now = clock.instant();
    for (Iterator<Reservation> each = reservations.values().iterator(); each.hasNext(); ) {
      if (each.next().until().isBefore(now)) {
        each.remove();
        slots.giveBack();
      }
    }
  }

  /// Drops every reservation, because the referee that agreed to them is gone.
  synchronized void clear() {
    reservations.values().forEach(_ -> slots.giveBack());
    reservations.clear();
  }
}
