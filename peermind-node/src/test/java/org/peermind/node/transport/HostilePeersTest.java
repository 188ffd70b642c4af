// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.TransportIdentity;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Up;

/// What peers do that keep to none of the rules, over real sockets: each loses its own stream or
/// connection and disturbs nobody else.
class HostilePeersTest {
  private static final SecureRandom SECRETS = new SecureRandom();
  private static final TransportSettings PATIENT =
      new TransportSettings(
          256 * 1024, 100_000, 100, 4, 50, 100, Duration.ofSeconds(60), Duration.ofSeconds(10));

  private final GrpcTransportTest.GrpcWorld world = new GrpcTransportTest.GrpcWorld();
  private final IdentityKey refereeKey = IdentityKey.generate(SECRETS);
  private final IdentityKey nodeKey = IdentityKey.generate(SECRETS);
  private final RecordingPeers peers = new RecordingPeers();
  private final List<RawNode> rawNodes = new ArrayList<>();

  @AfterEach
  void closeAll() {
    rawNodes.forEach(RawNode::close);
    world.close();
  }

  private GrpcPeerListener listen(TransportSettings settings) throws IOException {
    return (GrpcPeerListener)
        world.transportOf(refereeKey, settings).listen(TransportContract.HOST, 0, peers);
  }

  private GrpcPeerListener listen() throws IOException {
    return listen(TransportSettings.defaults());
  }

  private RawNode raw(int port) throws IOException {
    return keep(
        RawNode.of(TransportIdentity.generate(nodeKey, GrpcTransportTest.START, SECRETS), port));
  }

  private RawNode keep(RawNode node) {
    rawNodes.add(node);
    return node;
  }

  private RawNode.Call attachedRaw(GrpcPeerListener listener) throws IOException {
    RawNode.Call call = raw(listener.port()).open();
    call.request(1).send(RawNode.HELLO).send(RawNode.ACKNOWLEDGEMENT);
    world.until("the attachment", () -> peers.attached() == 1);
    return call;
  }

  private void servesStill(PeerListener listener) {
    IdentityKey honest = IdentityKey.generate(SECRETS);
    RecordingReferee referee = new RecordingReferee();
    RefereeLink link =
        world
            .transportOf(honest)
            .attach(TransportContract.HOST, listener.port(), refereeKey.id(), referee);
    world.until("an honest node", () -> peers.link(honest.id()).isPresent());
    assertThat(link.send(RecordingReferee.query(9))).isTrue();
    world.until("its answer", () -> referee.statuses().contains(9));
  }

  private void refusesAtHandshake(PeerListener listener, RawNode stranger) {
    RawNode.Call call = stranger.open();
    call.request(1).send(RawNode.HELLO);
    world.until("the refusal", () -> call.status().isPresent());
    assertThat(call.status().orElseThrow().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(call.kinds()).isEmpty();
    assertThat(peers.events()).isEmpty();
    servesStill(listener);
  }

  @Test
  void refusesClientsWithoutTls() throws IOException {
    GrpcPeerListener listener = listen();
    refusesAtHandshake(listener, keep(RawNode.plaintext(listener.port())));
  }

  @Test
  void refusesClientsOfTls12() throws IOException {
    GrpcPeerListener listener = listen();
    TransportIdentity identity =
        TransportIdentity.generate(nodeKey, GrpcTransportTest.START, SECRETS);
    refusesAtHandshake(
        listener,
        keep(
            RawNode.withCertificate(
                identity.privateKey(), identity.certificate(), listener.port(), "TLSv1.2")));
  }

  @Test
  void refusesClientsWithoutCertificate() throws IOException {
    GrpcPeerListener listener = listen();
    refusesAtHandshake(listener, keep(RawNode.withoutCertificate(listener.port())));
  }

  @Test
  void refusesCertificates_thatNoIdentityVouchesFor() throws Exception {
    GrpcPeerListener listener = listen();
    KeyPair pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
    refusesAtHandshake(
        listener,
        keep(
            RawNode.withCertificate(
                pair.getPrivate(),
                selfSigned(pair, "SHA256withECDSA"),
                listener.port(),
                "TLSv1.3")));
  }

  @Test
  void refusesCertificates_ofTheIdentityKeysOwnKind() throws Exception {
    GrpcPeerListener listener = listen();
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    refusesAtHandshake(
        listener,
        keep(
            RawNode.withCertificate(
                pair.getPrivate(), selfSigned(pair, "Ed25519"), listener.port(), "TLSv1.3")));
  }

  @Test
  void refusesCertificates_thatVouchForAnotherKey() throws Exception {
    GrpcPeerListener listener = listen();
    KeyPair pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
    X509Certificate stolen =
        TransportIdentity.generate(nodeKey, GrpcTransportTest.START, SECRETS).certificate();
    String extension = "2.25.226214171823479087114736274838472194067";
    X509Certificate forged =
        new JcaX509CertificateConverter()
            .getCertificate(
                builder(pair)
                    .addExtension(
                        new org.bouncycastle.cert.jcajce.JcaX509CertificateHolder(stolen)
                            .getExtension(
                                new org.bouncycastle.asn1.ASN1ObjectIdentifier(extension)))
                    .build(
                        new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
    refusesAtHandshake(
        listener,
        keep(RawNode.withCertificate(pair.getPrivate(), forged, listener.port(), "TLSv1.3")));
  }

  private static JcaX509v3CertificateBuilder builder(KeyPair pair) {
    X500Name name = new X500Name("CN=stranger");
    return new JcaX509v3CertificateBuilder(
        name,
        BigInteger.ONE,
        Date.from(GrpcTransportTest.START.minus(Duration.ofDays(2))),
        Date.from(GrpcTransportTest.START.plus(Duration.ofDays(90))),
        name,
        pair.getPublic());
  }

  private static X509Certificate selfSigned(KeyPair pair, String algorithm) throws Exception {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder(pair).build(new JcaContentSignerBuilder(algorithm).build(pair.getPrivate())));
  }

  @Test
  void refusesCertificates_whoseTimeIsOver() throws IOException {
    GrpcPeerListener listener = listen();
    world.clock.advance(Duration.ofDays(93));
    RecordingReferee referee = new RecordingReferee();
    world
        .transportOf(nodeKey)
        .attach(TransportContract.HOST, listener.port(), refereeKey.id(), referee);
    world.until("the refusal", () -> referee.count("failed") == 1);
    assertThat(referee.events())
        .containsExactly(
            "failed: The other side at 127.0.0.1:%d is no node: the TLS certificate's node no longer vouches for its key."
                .formatted(listener.port()));
  }

  @Test
  void endsStreams_thatSpeakBeforeTheirHello() throws IOException {
    GrpcPeerListener listener = listen();
    RawNode.Call call = raw(listener.port()).open();
    call.request(1).send(RecordingReferee.query(1));
    world.until("the end", () -> call.status().isPresent());
    assertThat(call.description())
        .isEqualTo("Node " + nodeKey.id().shortText() + " spoke before its hello.");
    assertThat(peers.events()).isEmpty();
  }

  @Test
  void keepsNodesUnroutable_untilTheyAcknowledge() throws IOException {
    GrpcPeerListener listener = listen();
    RawNode.Call call = raw(listener.port()).open();
    call.request(10).send(RawNode.HELLO);
    world.until("the answer", () -> call.kinds().size() == 1);
    assertThat(peers.attached()).isZero();
    assertThat(listener.attachedPeers()).isZero();

    call.send(RecordingReferee.query(1));
    world.until("the end", () -> call.status().isPresent());
    assertThat(call.description()).endsWith("spoke before it acknowledged its attachment.");
    assertThat(peers.events()).containsExactly("hello " + nodeKey.id().shortText() + " 0");
  }

  @Test
  void endsStreams_thatNeverSayHello() throws IOException {
    GrpcPeerListener listener = listen();
    RawNode.Call call = raw(listener.port()).open();
    call.request(1);
    // The stream is open once the server's headers have made it ready to take more.
    world.until("the end", Duration.ofSeconds(12), () -> call.status().isPresent());
    assertThat(call.description()).endsWith("did not finish its attachment in time.");
  }

  @Test
  void detachesNodes_thatFallSilent() throws IOException {
    GrpcPeerListener listener = listen();
    attachedRaw(listener);
    world.advance(Duration.ofSeconds(4));
    assertThat(peers.attached()).isEqualTo(1);
    world.advance(Duration.ofSeconds(1));
    assertThat(peers.events()).last().asString().endsWith("has gone silent.");
  }

  @Test
  void holdsBoundedMemoryAndFreesIt_whenANodeDoesNotRead() throws IOException {
    GrpcPeerListener listener = listen(PATIENT);
    RawNode.Call call = attachedRaw(listener);
    PeerLink link = peers.link(nodeKey.id()).orElseThrow();
    var frame =
        org.peermind.protocol.wire.Down.newBuilder()
            .setFrame(Frame.newBuilder().setSealed(ByteString.copyFrom(new byte[8_000])))
            .build();
    int[] accepted = {0};
    world.until(
        "the detachment",
        Duration.ofSeconds(60),
        () -> {
          while (link.send(frame)) {
            accepted[0]++;
          }
          return peers.attached() == 0;
        });
    assertThat(peers.events()).last().asString().endsWith("does not read what it is sent.");
    assertThat(call.kinds()).hasSize(1);
    // The queue, and what gRPC and HTTP/2 let under way.
    assertThat((long) accepted[0] * frame.getSerializedSize()).isBetween(256L * 1024, 768L * 1024);
    world.until(
        "the freed connection", Duration.ofSeconds(5), () -> listener.openConnections() == 0);
    servesStill(listener);
  }

  @Test
  void endsOnlyTheStream_thatCarriesAMessageLargerThanAllowed() throws IOException {
    GrpcPeerListener listener = listen();
    RawNode node = raw(listener.port());
    RawNode.Call good = node.open();
    good.request(10).send(RawNode.HELLO).send(RawNode.ACKNOWLEDGEMENT);
    world.until("the attachment", () -> peers.attached() == 1);
    for (int size : new int[] {TransportSettings.MESSAGE_BYTES_MAX + 1, 1_000_000}) {
      RawNode.Call bad = node.open();
      bad.request(1).send(RawNode.HELLO);
      world.until("the answer", () -> bad.kinds().size() == 1);
      bad.sendBytes(new byte[size]);
      world.until("the end", () -> bad.status().isPresent());
    }
    good.send(RecordingReferee.query(5));
    world.until("an answer", () -> good.kinds().size() == 2);
    assertThat(peers.attached()).isEqualTo(1);
  }

  @Test
  void saysThatAMessageIsTooLarge() throws IOException {
    RawNode.Call call = attachedRaw(listen());
    call.sendBytes(new byte[TransportSettings.MESSAGE_BYTES_MAX + 1]);
    world.until("the end", () -> call.status().isPresent());
    assertThat(call.description()).endsWith("sent a message larger than allowed.");
  }

  @Test
  void endsStreams_whoseMessagesCannotBeRead() throws IOException {
    RawNode.Call call = attachedRaw(listen());
    call.sendBytes("this is no protobuf message".getBytes(StandardCharsets.US_ASCII));
    world.until("the end", () -> call.status().isPresent());
    assertThat(call.description()).endsWith("sent a message that cannot be read.");
    assertThat(peers.attached()).isZero();
  }

  @Test
  void ignoresMessages_ofAVersionThatItDoesNotKnow() throws IOException {
    RawNode.Call call = attachedRaw(listen());
    // Field 99, length-delimited, empty.
    call.request(5).sendBytes(new byte[] {(byte) 0x9a, 0x06, 0x00});
    call.send(RecordingReferee.query(2));
    world.until("an answer", () -> call.kinds().size() == 2);
    assertThat(peers.queriesOf(nodeKey.id())).containsExactly(2);
  }

  @Test
  void endsTheOldestStream_whenANodeOpensTooMany() throws IOException {
    GrpcPeerListener listener = listen(TransportSettings.defaults().withPeers(100, 2));
    RawNode.Call first = raw(listener.port()).open().request(1);
    world.until("the first", () -> listener.openConnections() == 1);
    first.send(RawNode.HELLO);
    world.until("its answer", () -> first.kinds().size() == 1);
    for (int i = 0; i < 2; i++) {
      RawNode.Call next = raw(listener.port()).open().request(1).send(RawNode.HELLO);
      world.until("an answer", () -> next.kinds().size() == 1);
    }
    world.until("the end of the first", () -> first.status().isPresent());
  }

  @Test
  void servesStill_afterGarbageFromEverywhere() throws IOException {
    GrpcPeerListener listener = listen();
    Random random = new Random(7);
    for (int i = 0; i < 30; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
        OutputStream out = socket.getOutputStream();
        byte[] garbage = new byte[random.nextInt(1, 4_000)];
        random.nextBytes(garbage);
        switch (i % 3) {
          case 0 -> out.write(garbage);
          case 1 ->
              out.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          default -> {
            // The beginning of a TLS record that never ends.
            out.write(new byte[] {0x16, 0x03, 0x01, 0x40, 0x00});
            out.write(garbage);
          }
        }
        out.flush();
      } catch (IOException resetByPeer) {
        assertThat(resetByPeer).isNotNull();
      }
    }
    servesStill(listener);
    assertThat(peers.attached()).isEqualTo(1);
  }

  @Test
  void dropsConnectionsUnread_whenTheBudgetIsSpent() throws IOException {
    GrpcPeerListener listener =
        listen(
            new TransportSettings(
                256 * 1024, 100, 100, 4, 3, 5, Duration.ofSeconds(60), Duration.ofSeconds(10)));
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        sockets.add(new Socket(InetAddress.getLoopbackAddress(), listener.port()));
      }
      world.until("five connections", () -> listener.openConnections() == 5);
      int dropped = 0;
      for (Socket socket : sockets.subList(5, 20)) {
        socket.setSoTimeout(5_000);
        dropped += readsEnd(socket) ? 1 : 0;
      }
      assertThat(dropped).isEqualTo(15);
      world.advance(Duration.ofSeconds(1));
      servesStill(listener);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static boolean readsEnd(Socket socket) {
    try {
      return socket.getInputStream().read() == -1;
    } catch (java.net.SocketTimeoutException stillOpen) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  @Test
  void saysThatTheOtherSideIsNoReferee_whenItDoesNotSpeakTls() throws IOException {
    try (java.net.ServerSocket plain = new java.net.ServerSocket(0)) {
      Thread answering =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Socket socket = plain.accept()) {
                      socket
                          .getOutputStream()
                          .write(
                              "220 mail.example.org ready\r\n".getBytes(StandardCharsets.US_ASCII));
                      socket.getInputStream().readAllBytes();
                    } catch (IOException closed) {
                      Thread.currentThread().interrupt();
                    }
                  });
      RecordingReferee referee = new RecordingReferee();
      world
          .transportOf(nodeKey)
          .attach(TransportContract.HOST, plain.getLocalPort(), refereeKey.id(), referee);
      world.until("the failed try", () -> referee.count("failed") == 1);
      assertThat(referee.events())
          .containsExactly(
              "failed: What listens at 127.0.0.1:%d does not speak TLS, so it is no Peermind referee."
                  .formatted(plain.getLocalPort()));
      answering.interrupt();
    }
  }

  @Test
  void endsTheAttachment_whenARefereeBreaksTheRules() throws IOException {
    GrpcPeerListener listener = listen();
    RecordingReferee referee = new RecordingReferee();
    world
        .transportOf(nodeKey)
        .attach(TransportContract.HOST, listener.port(), refereeKey.id(), referee);
    world.until("the attachment", () -> peers.attached() == 1);
    peers
        .link(nodeKey.id())
        .orElseThrow()
        .send(
            org.peermind.protocol.wire.Down.newBuilder()
                .setAttached(org.peermind.protocol.wire.Attached.getDefaultInstance())
                .build());
    world.until("the end", () -> referee.count("detached") == 1);
    assertThat(referee.events()).last().asString().endsWith("answered one hello twice.");
  }

  @Test
  void endsStreams_thatIntroduceThemselvesTwice() throws IOException {
    RawNode.Call call = attachedRaw(listen());
    call.request(1).send(Up.newBuilder().setHello(RawNode.HELLO.getHello()).build());
    world.until("the end", () -> call.status().isPresent());
    assertThat(call.description()).endsWith("introduced itself twice.");
  }
}
