// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.GenesisPayload;

/// The first record of a ledger. Its author is the referee that writes the ledger, and its [Digest]
/// is what every later record of the network names.
///
/// @param members inferers who may vote from the start
/// @param incumbent the model in use, if there is one
public record Genesis(
    NetworkName network, List<NodeId> members, Rules rules, Optional<ModelHash> incumbent)
    implements GovernanceRecord {
  static final String TYPE = "genesis";

  private static final int MEMBERS_MAX = 256;

  public Genesis {
    members = List.copyOf(members);
    Fields.within(members.size(), 1, MEMBERS_MAX, "the number of members");
    Fields.check(members.stream().distinct().count() == members.size(), "a member is named twice");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    GenesisPayload.Builder payload =
        GenesisPayload.newBuilder().setNetwork(network.text()).setRules(rules.encode());
    members.forEach(member -> payload.addMembers(ByteString.copyFrom(member.toBytes())));
    incumbent.ifPresent(model -> payload.setIncumbent(Fields.bytes(model)));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static Genesis open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, GenesisPayload.parser(), Genesis::decode);
  }

  private static Genesis decode(GenesisPayload payload) throws ProtocolException {
    List<NodeId> members = new ArrayList<>();
    for (ByteString member : payload.getMembersList()) {
      members.add(NodeId.ofBytes(member.toByteArray()));
    }
    return new Genesis(
        new NetworkName(payload.getNetwork()),
        members,
        Rules.decode(payload.getRules()),
        Fields.modelIfAny(payload.getIncumbent()));
  }
}
