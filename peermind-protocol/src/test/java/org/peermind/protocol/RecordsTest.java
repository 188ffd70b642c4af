// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.ServedModelPayload;
import org.peermind.testkit.Property;

/// Signed records: what goes out comes back, and nothing that was changed comes in.
class RecordsTest {
  private static final int CASES = 200;

  private final IdentityKey key = IdentityKey.generate(Samples.SECRETS);

  @Test
  void everyRecordComesBackAsItWasSigned() {
    Property.forAll(
        1,
        CASES,
        random -> {
          NodeRecord nodeRecord = Samples.nodeRecord(random, key.id());
          assertThat(NodeRecord.open(sent(nodeRecord.sign(key)), Samples.NOW))
              .isEqualTo(nodeRecord);
          Ticket ticket = Samples.ticket(random);
          assertThat(Ticket.open(sent(ticket.sign(key)), key.id())).isEqualTo(ticket);
          UserLease lease = Samples.userLease(random, key.id());
          assertThat(UserLease.open(sent(lease.sign(key)))).isEqualTo(lease);
          GreenReceipt receipt = Samples.receipt(random);
          assertThat(GreenReceipt.open(sent(receipt.sign(key)), key.id())).isEqualTo(receipt);
          OfferReply reply = Samples.offerReply(random);
          assertThat(OfferReply.open(sent(reply.sign(key)))).isEqualTo(reply);
          HeadroomReport report = Samples.report(random);
          assertThat(HeadroomReport.open(sent(report.sign(key)))).isEqualTo(report);
          Invitation invitation = Samples.invitation(random, key.id());
          String line = Invitation.toLine(invitation.sign(key));
          assertThat(Invitation.open(Invitation.ofLine(line), Samples.NOW)).isEqualTo(invitation);
        });
  }

  /// As it arrives elsewhere, where nobody has verified it yet.
  private static SignedEnvelope sent(SignedEnvelope envelope) throws ProtocolException {
    return SignedEnvelope.of(envelope.wire());
  }

  @Test
  void textFormsComeBack() {
    Property.forAll(
        1,
        CASES,
        random -> {
          NodeId node = Samples.node(random);
          assertThat(NodeId.parse(node.toString())).isEqualTo(node);
          Id16 id = Samples.id(random);
          assertThat(Id16.ofBytes(id.toBytes())).isEqualTo(id);
          ModelHash model = Samples.model(random);
          assertThat(ModelHash.ofBytes(model.toBytes())).isEqualTo(model);
        });
    IdentityKey other = IdentityKey.generate(Samples.SECRETS);
    assertThat(readSecret(other.toSecretText())).isEqualTo(other.id());
  }

  private static NodeId readSecret(String text) {
    try {
      return IdentityKey.ofSecretText(text).id();
    } catch (ProtocolException broken) {
      throw new AssertionError(broken);
    }
  }

  @Test
  void aChangedCharacterIsNoticed_inEveryTextForm() {
    String secret = key.toSecretText();
    String node = key.id().toString();
    String line = Invitation.toLine(Samples.invitation(new Random(3), key.id()).sign(key));
    Property.forAll(
        1,
        CASES,
        random -> {
          assertThatThrownBy(() -> IdentityKey.ofSecretText(changed(secret, 0, random)))
              .isInstanceOf(ProtocolException.class);
          assertThatThrownBy(() -> NodeId.parse(changed(node, 0, random)))
              .isInstanceOf(ProtocolException.class)
              .hasMessageStartingWith("Not a node id: ");
          assertThatThrownBy(() -> Invitation.ofLine(changed(line, 0, random)))
              .isInstanceOf(ProtocolException.class);
        });
  }

  private static String changed(String text, int from, RandomGenerator random) {
    int at = random.nextInt(from, text.length());
    char replacement = (char) ('a' + random.nextInt(26));
    if (text.charAt(at) == replacement) {
      replacement = '!';
    }
    return text.substring(0, at) + replacement + text.substring(at + 1);
  }

  @Test
  void aChangedBitBreaksTheSignature() {
    Property.forAll(
        1,
        CASES,
        random -> {
          Envelope wire = Samples.ticket(random).sign(key).wire();
          Envelope.Builder forged = wire.toBuilder();
          switch (random.nextInt(3)) {
            case 0 -> forged.setPayload(flipped(wire.getPayload(), random));
            case 1 -> forged.setSignature(flipped(wire.getSignature(), random));
            default -> forged.setSignerKey(flipped(wire.getSignerKey(), random));
          }
          SignedEnvelope envelope = SignedEnvelope.of(forged.build());
          assertThatThrownBy(() -> Ticket.open(envelope, key.id()))
              .isInstanceOf(ProtocolException.class);
        });
  }

  private static ByteString flipped(ByteString bytes, RandomGenerator random) {
    byte[] changed = bytes.toByteArray();
    changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
    return ByteString.copyFrom(changed);
  }

  @Test
  void aSignatureServesOneTypeOnly() throws ProtocolException {
    SignedEnvelope ticket = Samples.ticket(new Random(1)).sign(key);
    assertThatThrownBy(() -> OfferReply.open(ticket))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("an envelope is not of the type offer-reply");
    SignedEnvelope renamed =
        SignedEnvelope.of(ticket.wire().toBuilder().setType("offer-reply").build());
    assertThatThrownBy(() -> OfferReply.open(renamed))
        .hasMessage("the signature of a offer-reply does not verify");
  }

  @Test
  void keysOfSmallOrderNeverVerify() throws ProtocolException {
    // The neutral element signs everything with R = 0 and S = 0 under the bare equation.
    byte[] neutral = new byte[IdentityKey.PUBLIC_KEY_BYTES];
    neutral[0] = 1;
    byte[] signature = new byte[IdentityKey.SIGNATURE_BYTES];
    signature[0] = 1;
    SignedEnvelope forged =
        SignedEnvelope.of(
            Envelope.newBuilder()
                .setType("ticket")
                .setSignerKey(ByteString.copyFrom(neutral))
                .setSignature(ByteString.copyFrom(signature))
                .build());
    assertThatThrownBy(() -> forged.payload("ticket"))
        .hasMessage("the signature of a ticket does not verify");
  }

  @Test
  void aTicketIsWorthless_whenItsRefereeIsAnother() {
    SignedEnvelope ticket = Samples.ticket(new Random(1)).sign(key);
    NodeId other = IdentityKey.generate(Samples.SECRETS).id();
    assertThatThrownBy(() -> Ticket.open(ticket, other))
        .hasMessage("a ticket is not signed by the referee it came from");
  }

  @Test
  void aReceiptIsWorthless_whenAnotherInfererSignedIt() {
    SignedEnvelope receipt = Samples.receipt(new Random(1)).sign(key);
    NodeId other = IdentityKey.generate(Samples.SECRETS).id();
    assertThatThrownBy(() -> GreenReceipt.open(receipt, other))
        .hasMessage("a receipt is not signed by the inferer it came from");
  }

  @Test
  void aUserLeaseIsWorthless_whenAnotherThanItsRefereeSignedIt() {
    IdentityKey other = IdentityKey.generate(Samples.SECRETS);
    UserLease lease = Samples.userLease(new Random(1), other.id());
    assertThatThrownBy(() -> lease.sign(key)).isInstanceOf(IllegalArgumentException.class);
    byte[] payload = lease.sign(other).wire().getPayload().toByteArray();
    SignedEnvelope forged = SignedEnvelope.seal(key, "user-lease", payload);
    assertThatThrownBy(() -> UserLease.open(forged))
        .hasMessage("a user lease is not signed by the referee that it names");
  }

  @Test
  void anInvitationIsWorthless_whenItExpiredOrAnotherSignedIt() {
    Invitation invitation =
        new Invitation(new NetworkName("home"), key.id(), List.of("example.org:4477"), Samples.NOW);
    assertThatThrownBy(
            () -> Invitation.open(invitation.sign(key), Samples.NOW.plus(Duration.ofMillis(1))))
        .hasMessage("The invitation expired at 2026-06-21T10:00:00Z; ask for a new one.");
    IdentityKey other = IdentityKey.generate(Samples.SECRETS);
    assertThatThrownBy(() -> Invitation.open(invitation.sign(other), Samples.NOW))
        .hasMessage("The invitation is not signed by the referee that it names.");
  }

  @Test
  void aRecordIsWorthless_onceItHasExpired() throws ProtocolException {
    NodeRecord nodeRecord = Samples.nodeRecord(new Random(1), key.id());
    SignedEnvelope signed = nodeRecord.sign(key);
    assertThat(NodeRecord.open(signed, nodeRecord.notAfter())).isEqualTo(nodeRecord);
    assertThatThrownBy(() -> NodeRecord.open(signed, nodeRecord.notAfter().plusMillis(1)))
        .hasMessageEndingWith(" has expired");
  }

  @Test
  void aServedModelIsRefused_whenItHasNoNameOrContext() {
    ServedModelPayload.Builder payload =
        ServedModelPayload.newBuilder().setSha256(ByteString.copyFrom(new byte[32]));
    assertThatThrownBy(() -> ServedModel.decode(payload.setContextTokens(10).build()))
        .isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> ServedModel.decode(payload.setName("m").setContextTokens(-1).build()))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void theHashOfAReportChainsTheNext() throws ProtocolException {
    SignedEnvelope first = Samples.report(new Random(1)).sign(key);
    String hash = HeadroomReport.sha256HexOf(first);
    assertThat(hash)
        .hasSize(64)
        .isEqualTo(HeadroomReport.sha256HexOf(SignedEnvelope.of(first.wire())));
  }
}
