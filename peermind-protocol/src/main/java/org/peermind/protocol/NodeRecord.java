// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.protocol.wire.NodeRecordPayload;
import org.peermind.protocol.wire.RoleCode;

/// What a node says of itself, signed by it (design section 4). The HPKE key inside is what users
/// seal their questions to, so it counts only when the signature verifies.
///
/// @param sequence grows with every new record of the node
/// @param hpkePublicKey X25519, 32 bytes
/// @param addresses `host:port` where a referee listens; empty for nodes that only dial out
/// @param givesModelsAt `host:port` where others may fetch models
public record NodeRecord(
    NodeId node,
    NetworkName network,
    long sequence,
    Set<Role> roles,
    PlaceCell placeCell,
    HpkePublicKey hpkePublicKey,
    Instant notAfter,
    List<String> addresses,
    Optional<String> givesModelsAt,
    String software) {
  private static final String TYPE = "node-record";
  private static final int ADDRESSES_MAX = 4;
  private static final int ADDRESS_CHARACTERS_MAX = 270;
  private static final int SOFTWARE_CHARACTERS_MAX = 40;

  public NodeRecord {
    roles = Set.copyOf(roles);
    addresses = List.copyOf(addresses);
    if (roles.isEmpty() || addresses.size() > ADDRESSES_MAX) {
      throw new IllegalArgumentException("a node has at least one role and at most 4 addresses");
    }
  }

  /// A node that gives no models.
  public NodeRecord(
      NodeId node,
      NetworkName network,
      long sequence,
      Set<Role> roles,
      PlaceCell placeCell,
      HpkePublicKey hpkePublicKey,
      Instant notAfter,
      List<String> addresses,
      String software) {
    this(
        node,
        network,
        sequence,
        roles,
        placeCell,
        hpkePublicKey,
        notAfter,
        addresses,
        Optional.empty(),
        software);
  }

  public SignedEnvelope sign(IdentityKey key) {
    NodeRecordPayload.Builder payload =
        NodeRecordPayload.newBuilder()
            .setNetwork(network.text())
            .setSequence(sequence)
            .setPlaceCell(placeCell.geohash())
            .setHpkeKey(ByteString.copyFrom(hpkePublicKey.toBytes()))
            .setNotAfterMs(notAfter.toEpochMilli())
            .addAllAddresses(addresses)
            .setSoftware(software);
    givesModelsAt.ifPresent(payload::setGivesModelsAt);
    roles.stream().sorted().map(Role::code).forEach(payload::addRoles);
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads a record.
  ///
  /// @throws ProtocolException when the signature, the form or the time is wrong at `now`
  public static NodeRecord open(SignedEnvelope envelope, Instant now) throws ProtocolException {
    NodeRecord record =
        Payloads.open(
            envelope,
            TYPE,
            NodeRecordPayload.parser(),
            payload -> decode(envelope.signer(), payload));
    if (record.notAfter.isBefore(now)) {
      throw new ProtocolException("the record of node " + record.node.shortText() + " has expired");
    }
    return record;
  }

  private static NodeRecord decode(NodeId signer, NodeRecordPayload payload)
      throws ProtocolException {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (RoleCode code : payload.getRolesList()) {
      roles.add(Role.of(code));
    }
    List<String> addresses = new ArrayList<>();
    for (String address : payload.getAddressesList()) {
      addresses.add(Payloads.text(address, ADDRESS_CHARACTERS_MAX, "an address"));
    }
    return new NodeRecord(
        signer,
        new NetworkName(payload.getNetwork()),
        payload.getSequence(),
        roles,
        PlaceCell.decode(payload.getPlaceCell()),
        HpkePublicKey.ofBytes(payload.getHpkeKey().toByteArray()),
        Payloads.instant(payload.getNotAfterMs()),
        addresses,
        Optional.of(Payloads.text(payload.getGivesModelsAt(), ADDRESS_CHARACTERS_MAX, "an address"))
            .filter(address -> !address.isEmpty()),
        Payloads.text(payload.getSoftware(), SOFTWARE_CHARACTERS_MAX, "the software name"));
  }
}
