// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.time.Instant;
import org.peermind.protocol.wire.TicketPayload;

/// A referee's signed permission to have one answer computed by one inferer (design section 6).
///
/// It is single-use: it carries the nonce that the inferer drew when it accepted the offer, and the
/// inferer forgets a nonce once a ticket has used it or its time is over. A restart forgets all.
///
/// @param session names the sealed frames at the relay
/// @param job the same for every ticket of one answer
/// @param nonce what the inferer drew
/// @param tokensMax tokens that the answer may have
/// @param seed of the sampling, fixed before the prompt is seen
public record Ticket(
    Id16 id,
    Id16 session,
    Id16 job,
    NodeId inferer,
    Id16 nonce,
    ModelHash model,
    int tokensMax,
    long seed,
    Instant issued,
    Instant expires,
    NetworkName network) {
  private static final String TYPE = "ticket";
  private static final int TOKENS_MAX = 1_000_000;

  public Ticket {
    if (tokensMax < 1 || tokensMax > TOKENS_MAX || !expires.isAfter(issued)) {
      throw new IllegalArgumentException("token budget or times are out of range");
    }
  }

  public SignedEnvelope sign(IdentityKey refereeKey) {
    return SignedEnvelope.seal(
        refereeKey,
        TYPE,
        TicketPayload.newBuilder()
            .setId(ByteString.copyFrom(id.toBytes()))
            .setSession(ByteString.copyFrom(session.toBytes()))
            .setJob(ByteString.copyFrom(job.toBytes()))
            .setInferer(ByteString.copyFrom(inferer.toBytes()))
            .setNonce(ByteString.copyFrom(nonce.toBytes()))
            .setModelSha256(ByteString.copyFrom(model.toBytes()))
            .setTokensMax(tokensMax)
            .setSeed(seed)
            .setIssuedMs(issued.toEpochMilli())
            .setExpiresMs(expires.toEpochMilli())
            .setNetwork(network.text())
            .build()
            .toByteArray());
  }

  /// Verifies the signature of `referee` and reads the ticket; whether it is in time and unused is
  /// the inferer's to check.
  public static Ticket open(SignedEnvelope envelope, NodeId referee) throws ProtocolException {
    if (!envelope.signer().equals(referee)) {
      throw new ProtocolException("a ticket is not signed by the referee it came from");
    }
    return Payloads.open(envelope, TYPE, TicketPayload.parser(), Ticket::decode);
  }

  private static Ticket decode(TicketPayload payload) throws ProtocolException {
    return new Ticket(
        Id16.ofBytes(payload.getId().toByteArray()),
        Id16.ofBytes(payload.getSession().toByteArray()),
        Id16.ofBytes(payload.getJob().toByteArray()),
        NodeId.ofBytes(payload.getInferer().toByteArray()),
        Id16.ofBytes(payload.getNonce().toByteArray()),
        ModelHash.ofBytes(payload.getModelSha256().toByteArray()),
        payload.getTokensMax(),
        payload.getSeed(),
        Payloads.instant(payload.getIssuedMs()),
        Payloads.instant(payload.getExpiresMs()),
        new NetworkName(payload.getNetwork()));
  }
}
