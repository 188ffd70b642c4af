// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import com.google.protobuf.ByteString;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.KeyAcceptancePayload;
import org.peermind.protocol.wire.KeyRotationPayload;

/// A member goes on under another key; the old one signs, and the new one agreed to it.
///
/// @param acceptance signed by the new key, made by [#accept]
public record KeyRotation(Digest genesis, SignedEnvelope acceptance) implements GovernanceRecord {
  static final String TYPE = "key-rotation";

  private static final String ACCEPTANCE_TYPE = "key-acceptance";

  /// The new key agrees to follow `predecessor`.
  public static SignedEnvelope accept(Digest genesis, NodeId predecessor, IdentityKey successor) {
    return SignedEnvelope.seal(
        successor,
        ACCEPTANCE_TYPE,
        KeyAcceptancePayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setPredecessor(ByteString.copyFrom(predecessor.toBytes()))
            .build()
            .toByteArray());
  }

  /// Who the member is from now on.
  ///
  /// @throws ProtocolException when the new key did not agree to follow this one here
  public NodeId successorOf(NodeId predecessor) throws ProtocolException {
    return Payloads.open(
        acceptance,
        ACCEPTANCE_TYPE,
        KeyAcceptancePayload.parser(),
        accepted -> {
          if (!Fields.digest(accepted.getGenesis()).equals(genesis)
              || !NodeId.ofBytes(accepted.getPredecessor().toByteArray()).equals(predecessor)) {
            throw new ProtocolException("the new key agreed to follow another one");
          }
          return acceptance.signer();
        });
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    KeyRotationPayload.Builder payload =
        KeyRotationPayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setAcceptance(acceptance.wire());
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static KeyRotation open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, KeyRotationPayload.parser(), KeyRotation::decode);
  }

  private static KeyRotation decode(KeyRotationPayload payload) throws ProtocolException {
    return new KeyRotation(
        Fields.digest(payload.getGenesis()), SignedEnvelope.of(payload.getAcceptance()));
  }
}
