// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.time.Instant;
import org.peermind.protocol.wire.UserLeasePayload;

/// A referee's word that a user holds one of an inferer's user slots (spec section 7), signed by
/// the referee.
///
/// The user shows it with its next request. When the inferer has moved to another referee of the
/// network, that one gives the user a slot of the same inferer before it looks at its queue.
///
/// @param inferer whose slot it is
/// @param referee the inferer's home when the lease was signed
/// @param until after which it is worthless
public record UserLease(
    NetworkName network, NodeId user, NodeId inferer, NodeId referee, Instant until) {
  private static final String TYPE = "user-lease";

  /// @throws IllegalArgumentException when `key` is not that of the lease's referee
  public SignedEnvelope sign(IdentityKey key) {
    if (!key.id().equals(referee)) {
      throw new IllegalArgumentException("a user lease is signed by its referee only");
    }
    return SignedEnvelope.seal(
        key,
        TYPE,
        UserLeasePayload.newBuilder()
            .setNetwork(network.text())
            .setUser(ByteString.copyFrom(user.toBytes()))
            .setInferer(ByteString.copyFrom(inferer.toBytes()))
            .setReferee(ByteString.copyFrom(referee.toBytes()))
            .setUntilMs(until.toEpochMilli())
            .build()
            .toByteArray());
  }

  /// Verifies and reads a lease; whether its referee is known, its user the one that shows it and
  /// its time not over is the caller's to check.
  public static UserLease open(SignedEnvelope envelope) throws ProtocolException {
    UserLease lease = Payloads.open(envelope, TYPE, UserLeasePayload.parser(), UserLease::decode);
    if (!envelope.signer().equals(lease.referee)) {
      throw new ProtocolException("a user lease is not signed by the referee that it names");
    }
    return lease;
  }

  private static UserLease decode(UserLeasePayload payload) throws ProtocolException {
    return new UserLease(
        new NetworkName(payload.getNetwork()),
        NodeId.ofBytes(payload.getUser().toByteArray()),
        NodeId.ofBytes(payload.getInferer().toByteArray()),
        NodeId.ofBytes(payload.getReferee().toByteArray()),
        Payloads.instant(payload.getUntilMs()));
  }
}
