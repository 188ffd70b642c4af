// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.peermind.protocol.wire.InvitationPayload;
import org.peermind.protocol.wire.RefereeAddress;

/// One line that a friend pastes into `peermind join`: which network, which referee, where it
/// listens, signed by that referee. Whoever holds the line may join until it expires.
///
/// @param others further referees of the network, so that one line makes a node know them all
public record Invitation(
    NetworkName network,
    NodeId referee,
    List<String> addresses,
    Instant notAfter,
    List<OtherReferee> others) {
  private static final String TYPE = "invitation";
  private static final String PREFIX = "peermind://join/";
  private static final int ADDRESSES_MAX = 4;
  private static final int ADDRESS_CHARACTERS_MAX = 270;
  private static final int LINE_CHARACTERS_MAX = 8_192;

  /// Further referees that one invitation may name.
  public static final int OTHERS_MAX = 8;

  /// A referee that the inviting one trusts.
  ///
  /// @param address `host:port`
  public record OtherReferee(NodeId referee, String address) {}

  public Invitation {
    addresses = List.copyOf(addresses);
    others = List.copyOf(others);
    if (others.size() > OTHERS_MAX) {
      throw new IllegalArgumentException(
          "an invitation names at most %d further referees".formatted(OTHERS_MAX));
    }
    if (addresses.isEmpty() || addresses.size() > ADDRESSES_MAX) {
      throw new IllegalArgumentException("an invitation names one to four addresses");
    }
  }

  /// An invitation of a network's only referee.
  public Invitation(NetworkName network, NodeId referee, List<String> addresses, Instant notAfter) {
    this(network, referee, addresses, notAfter, List.of());
  }

  public SignedEnvelope sign(IdentityKey refereeKey) {
    return SignedEnvelope.seal(
        refereeKey,
        TYPE,
        InvitationPayload.newBuilder()
            .setNetwork(network.text())
            .setReferee(ByteString.copyFrom(referee.toBytes()))
            .addAllAddresses(addresses)
            .setNotAfterMs(notAfter.toEpochMilli())
            .addAllOthers(others.stream().map(Invitation::encode).toList())
            .build()
            .toByteArray());
  }

  /// The invitation as one line of text.
  public static String toLine(SignedEnvelope invitation) {
    return PREFIX + Base32Text.encode(invitation.wire().toByteArray());
  }

  /// Reads a line; the content is checked by [#open].
  public static SignedEnvelope ofLine(String line) throws ProtocolException {
    String text = line.strip();
    if (text.length() > LINE_CHARACTERS_MAX || !text.startsWith(PREFIX)) {
      throw new ProtocolException("An invitation is one line that begins with " + PREFIX);
    }
    try {
      return SignedEnvelope.ofBytes(Base32Text.decode(text.substring(PREFIX.length())));
    } catch (ProtocolException malformed) {
      throw new ProtocolException(
          "The invitation cannot be read: " + malformed.getMessage() + "; ask for it again.",
          malformed);
    }
  }

  /// Verifies and reads an invitation.
  ///
  /// @throws ProtocolException when it was not signed by the referee it names or has expired
  public static Invitation open(SignedEnvelope envelope, Instant now) throws ProtocolException {
    Invitation invitation =
        Payloads.open(envelope, TYPE, InvitationPayload.parser(), Invitation::decode);
    if (!invitation.referee.equals(envelope.signer())) {
      throw new ProtocolException("The invitation is not signed by the referee that it names.");
    }
    if (invitation.notAfter.isBefore(now)) {
      throw new ProtocolException(
          "The invitation expired at " + invitation.notAfter + "; ask for a new one.");
    }
    return invitation;
  }

  private static RefereeAddress encode(OtherReferee other) {
    return RefereeAddress.newBuilder()
        .setReferee(ByteString.copyFrom(other.referee().toBytes()))
        .setAddress(other.address())
        .build();
  }

  private static Invitation decode(InvitationPayload payload) throws ProtocolException {
    List<String> addresses = new ArrayList<>();
    for (String address : payload.getAddressesList()) {
      addresses.add(Payloads.text(address, ADDRESS_CHARACTERS_MAX, "an address"));
    }
    List<OtherReferee> others = new ArrayList<>();
    for (RefereeAddress other : payload.getOthersList()) {
      others.add(
          new OtherReferee(
              NodeId.ofBytes(other.getReferee().toByteArray()),
              Payloads.text(other.getAddress(), ADDRESS_CHARACTERS_MAX, "an address")));
    }
    return new Invitation(
        new NetworkName(payload.getNetwork()),
        NodeId.ofBytes(payload.getReferee().toByteArray()),
        addresses,
        Payloads.instant(payload.getNotAfterMs()),
        others);
  }
}
