// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import com.google.protobuf.ByteString;
import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.VouchPayload;

/// A voter stands for a node that is to belong to the network.
///
/// @param genesis the network, by the name of its first record
/// @param role an inferer may vote once it is admitted; a light user belongs but never votes
public record Vouch(Digest genesis, NodeId node, Role role) implements GovernanceRecord {
  static final String TYPE = "vouch";

  public Vouch {
    Fields.check(role != Role.REFEREE, "nobody becomes a referee by being vouched for");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    VouchPayload.Builder payload =
        VouchPayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setNode(ByteString.copyFrom(node.toBytes()))
            .setRole(Fields.code(role));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static Vouch open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, VouchPayload.parser(), Vouch::decode);
  }

  private static Vouch decode(VouchPayload payload) throws ProtocolException {
    return new Vouch(
        Fields.digest(payload.getGenesis()),
        NodeId.ofBytes(payload.getNode().toByteArray()),
        Fields.choice(List.of(Role.values()), payload.getRole(), "a role"));
  }
}
