// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.ExclusionPayload;
import org.peermind.protocol.wire.RoundAggregatePayload;

/// What the aggregator made of the updates: anyone can make it again, bit for bit.
///
/// @param exclusions updates that do not count, with what was wrong with them
/// @param vector SHA-256 of the aggregated update
/// @param state SHA-256 of the outer optimiser's state after it
/// @param adapter SHA-256 of the adapter file
/// @param items SHA-256 of the gate's items, which the descriptor had bound
/// @param itemsSalt 32 random bytes of that binding
/// @param evaluatingUntil when evaluations must be in
public record RoundAggregate(
    Digest round,
    Digest previous,
    List<Exclusion> exclusions,
    Digest vector,
    Digest state,
    Digest adapter,
    Digest items,
    Digest itemsSalt,
    Instant evaluatingUntil)
    implements RoundMessage {
  static final String TYPE = "round-aggregate";

  /// A member whose update does not count.
  public record Exclusion(NodeId member, Fault fault) {}

  /// What is wrong with an update; each can be seen by anyone who has its bytes. New constants go
  /// to the end.
  public enum Fault {
    /// Another length than the subspace's.
    LENGTH,
    /// A coordinate out of the range of the encoding.
    RANGE,
    /// Longer than the clip norm.
    NORM,
    /// The same bytes as an update of another member or of the round before.
    COPY,
    /// All coordinates are zero.
    EMPTY
  }

  public RoundAggregate {
    exclusions = List.copyOf(exclusions);
    Fields.within(exclusions.size(), 0, RoundDescriptor.MEMBERS_MAX, "the number of exclusions");
    Fields.check(
        exclusions.stream().map(Exclusion::member).distinct().count() == exclusions.size(),
        "a member is excluded twice");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    RoundAggregatePayload.Builder payload =
        RoundAggregatePayload.newBuilder()
            .setRound(Fields.bytes(round))
            .setPrevious(Fields.bytes(previous));
    payload
        .setVector(Fields.bytes(vector))
        .setState(Fields.bytes(state))
        .setAdapter(Fields.bytes(adapter))
        .setItems(Fields.bytes(items))
        .setItemsSalt(Fields.bytes(itemsSalt))
        .setEvaluatingUntilMs(evaluatingUntil.toEpochMilli());
    exclusions.forEach(
        one ->
            payload.addExclusions(
                ExclusionPayload.newBuilder()
                    .setMember(ByteString.copyFrom(one.member().toBytes()))
                    .setFault(Fields.code(one.fault()))));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the message.
  public static RoundAggregate open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, RoundAggregatePayload.parser(), RoundAggregate::decode);
  }

  private static RoundAggregate decode(RoundAggregatePayload payload) throws ProtocolException {
    List<Exclusion> exclusions = new ArrayList<>();
    for (ExclusionPayload one : payload.getExclusionsList()) {
      exclusions.add(
          new Exclusion(
              NodeId.ofBytes(one.getMember().toByteArray()),
              Fields.choice(List.of(Fault.values()), one.getFault(), "a fault")));
    }
    return new RoundAggregate(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getPrevious()),
        exclusions,
        Fields.digest(payload.getVector()),
        Fields.digest(payload.getState()),
        Fields.digest(payload.getAdapter()),
        Fields.digest(payload.getItems()),
        Fields.digest(payload.getItemsSalt()),
        Payloads.instant(payload.getEvaluatingUntilMs()));
  }
}
