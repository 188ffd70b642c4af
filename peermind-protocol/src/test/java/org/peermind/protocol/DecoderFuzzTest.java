// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.wire.ChatTurn;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.NodeStatus;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.ServedModelPayload;
import org.peermind.protocol.wire.Up;
import org.peermind.testkit.Property;

/// Every decoder that a peer's bytes reach, fed with random bytes and with changed copies of real
/// ones: it returns or throws [ProtocolException] (protobuf's own parsers:
/// [InvalidProtocolBufferException]) and nothing else.
@Tag("fuzz")
class DecoderFuzzTest {
  private static final int CASES = 2_000;
  private static final IdentityKey KEY = IdentityKey.generate(Samples.SECRETS);

  @FunctionalInterface
  private interface Decoder {
    void decode(byte[] input) throws ProtocolException, InvalidProtocolBufferException;
  }

  private static void fuzz(List<byte[]> seeds, int cases, Decoder decoder) {
    int[] refused = {0};
    Property.forAll(
        1,
        cases,
        random -> {
          byte[] input =
              random.nextInt(4) == 0
                  ? Samples.bytes(random, random.nextInt(300))
                  : mutated(seeds.get(random.nextInt(seeds.size())), random);
          try {
            decoder.decode(input);
          } catch (ProtocolException | InvalidProtocolBufferException expected) {
            assertThat(expected.getMessage()).isNotBlank();
            refused[0]++;
          }
        });
    assertThat(refused[0]).as("inputs that were refused").isPositive();
  }

  /// A few flipped, inserted, removed, repeated or cut bytes.
  private static byte[] mutated(byte[] seed, RandomGenerator random) {
    byte[] bytes = seed.clone();
    for (int change = random.nextInt(1, 5); change > 0 && bytes.length > 0; change--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        case 3 ->
            bytes =
                joined(
                    Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length), random);
        case 4 -> bytes[at] = (byte) 0xff;
        default -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 9), (byte) 0x80);
      }
    }
    return bytes;
  }

  private static byte[] joined(byte[] head, byte[] tail, RandomGenerator random) {
    byte[] middle = Samples.bytes(random, random.nextInt(1, 8));
    byte[] all = Arrays.copyOf(head, head.length + middle.length + tail.length);
    System.arraycopy(middle, 0, all, head.length, middle.length);
    System.arraycopy(tail, 0, all, head.length + middle.length, tail.length);
    return all;
  }

  /// Payloads signed after they were changed, so that they reach the decoder behind the signature.
  private static Decoder signed(String type, Opening opening) {
    return payload -> opening.open(SignedEnvelope.seal(KEY, type, payload));
  }

  @FunctionalInterface
  private interface Opening {
    void open(SignedEnvelope envelope) throws ProtocolException;
  }

  private static List<byte[]> payloads(Drawing drawing) {
    List<byte[]> payloads = new ArrayList<>();
    Random random = new Random(11);
    for (int i = 0; i < 20; i++) {
      try {
        payloads.add(drawing.draw(random).wire().getPayload().toByteArray());
      } catch (ProtocolException broken) {
        throw new AssertionError(broken);
      }
    }
    return payloads;
  }

  @FunctionalInterface
  private interface Drawing {
    SignedEnvelope draw(RandomGenerator random) throws ProtocolException;
  }

  @Test
  void nodeRecords() {
    fuzz(
        payloads(random -> Samples.nodeRecord(random, KEY.id()).sign(KEY)),
        CASES,
        signed("node-record", envelope -> NodeRecord.open(envelope, Samples.NOW)));
  }

  @Test
  void invitations() {
    fuzz(
        payloads(random -> Samples.invitation(random, KEY.id()).sign(KEY)),
        CASES,
        signed("invitation", envelope -> Invitation.open(envelope, Samples.NOW)));
  }

  @Test
  void tickets() {
    fuzz(
        payloads(random -> Samples.ticket(random).sign(KEY)),
        CASES,
        signed("ticket", envelope -> Ticket.open(envelope, KEY.id())));
  }

  @Test
  void greenReceipts() {
    fuzz(
        payloads(random -> Samples.receipt(random).sign(KEY)),
        CASES,
        signed("green-receipt", envelope -> GreenReceipt.open(envelope, KEY.id())));
  }

  @Test
  void userLeases() {
    fuzz(
        payloads(random -> Samples.userLease(random, KEY.id()).sign(KEY)),
        CASES,
        signed("user-lease", UserLease::open));
  }

  @Test
  void offerReplies() {
    fuzz(
        payloads(random -> Samples.offerReply(random).sign(KEY)),
        CASES,
        signed("offer-reply", OfferReply::open));
  }

  @Test
  void headroomReports() {
    fuzz(
        payloads(random -> Samples.report(random).sign(KEY)),
        CASES,
        signed("headroom-report", HeadroomReport::open));
  }

  @Test
  void envelopes() {
    byte[] real = Samples.ticket(new Random(1)).sign(KEY).wire().toByteArray();
    fuzz(List.of(real), CASES, input -> Ticket.open(SignedEnvelope.ofBytes(input), KEY.id()));
  }

  @Test
  void textForms() {
    byte[] line =
        Invitation.toLine(Samples.invitation(new Random(1), KEY.id()).sign(KEY))
            .getBytes(StandardCharsets.US_ASCII);
    byte[] node = KEY.id().toString().getBytes(StandardCharsets.US_ASCII);
    byte[] secret = KEY.toSecretText().getBytes(StandardCharsets.US_ASCII);
    for (java.nio.charset.Charset charset :
        List.of(StandardCharsets.ISO_8859_1, StandardCharsets.UTF_8, StandardCharsets.UTF_16)) {
      fuzz(List.of(line), CASES, input -> Invitation.ofLine(new String(input, charset)));
      fuzz(List.of(node), CASES, input -> NodeId.parse(new String(input, charset)));
      fuzz(List.of(secret), CASES, input -> IdentityKey.ofSecretText(new String(input, charset)));
      fuzz(
          List.of("u33".getBytes(charset)),
          CASES,
          input -> PlaceCell.decode(new String(input, charset)));
    }
  }

  @Test
  void streamMessages() {
    Envelope envelope = Samples.ticket(new Random(1)).sign(KEY).wire();
    Up up = Up.newBuilder().setHello(Hello.newBuilder().setRecord(envelope).setProtocol(1)).build();
    Down down =
        Down.newBuilder()
            .setNetworkStatus(
                org.peermind.protocol.wire.NetworkStatus.newBuilder()
                    .addNodes(NodeStatus.newBuilder().setReason("night").setSlots(2)))
            .build();
    Question question =
        Question.newBuilder()
            .addTurns(ChatTurn.newBuilder().setRole("user").setContent("who?"))
            .addResumeTokens(17)
            .addStop("\n")
            .build();
    fuzz(List.of(up.toByteArray()), CASES, input -> assertThat(Up.parseFrom(input)).isNotNull());
    fuzz(
        List.of(down.toByteArray()), CASES, input -> assertThat(Down.parseFrom(input)).isNotNull());
    fuzz(
        List.of(question.toByteArray()),
        CASES,
        input -> assertThat(Question.parseFrom(input)).isNotNull());
  }

  @Test
  void servedModels() {
    ServedModel model = new ServedModel(Samples.model(new Random(1)), "demo", 512);
    fuzz(
        List.of(model.encode().toByteArray()),
        CASES,
        input -> ServedModel.decode(ServedModelPayload.parseFrom(input)));
  }

  @Test
  void sealedFrames() {
    HpkeKey key = HpkeKey.generate();
    SignedEnvelope ticket = Samples.ticket(new Random(1)).sign(KEY);
    Id16 session = Samples.id(new Random(2));
    byte[] first =
        QueryCipher.ofUser(session, ticket, key.publicKey())
            .sealQuestion("who?".getBytes(StandardCharsets.UTF_8), true);
    fuzz(
        List.of(first),
        1_000,
        input -> QueryCipher.ofInferer(session, ticket, key, input).openQuestion(input, true));
    fuzz(
        List.of(first),
        1_000,
        input -> QueryCipher.ofInferer(session, ticket, key, first).openQuestion(input, true));
    fuzz(
        List.of(first),
        1_000,
        input -> QueryCipher.ofInferer(session, ticket, key, first).openAnswer(input, true));
  }

  @Test
  void tlsCertificates() throws CertificateException {
    byte[] real =
        TransportIdentity.generate(KEY, Samples.NOW, Samples.SECRETS).certificate().getEncoded();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    fuzz(
        List.of(real),
        CASES,
        input -> {
          X509Certificate certificate;
          try {
            certificate =
                (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(input));
          } catch (CertificateException notX509) {
            // TLS itself refuses it.
            return;
          }
          TransportIdentity.nodeOf(certificate, Samples.NOW);
        });
  }
}
