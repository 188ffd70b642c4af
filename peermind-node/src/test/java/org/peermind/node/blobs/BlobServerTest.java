// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.ModelStore;
import org.peermind.model.StoredModel;
import org.peermind.model.blob.BlobManifest;
import org.peermind.protocol.ModelHash;

class BlobServerTest {
  private static final int SILENCE_MILLIS_MAX = 10_000;

  @TempDir private Path directory;
  private BlobWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new BlobWorld(directory, 2);
  }

  @AfterEach
  void end() {
    world.close();
  }

  private ModelHash hash() {
    return world.manifest.name().sha256();
  }

  /// A connection of a node to ask by hand.
  private final class Asking implements AutoCloseable {
    private final Socket plain;
    final DataInputStream in;
    final DataOutputStream out;

    Asking(BlobPeer peer) throws IOException {
      plain = new Socket(peer.host(), peer.port());
      plain.setSoTimeout(SILENCE_MILLIS_MAX);
      var socket = world.own.connect(plain, peer.node(), peer.address()).socket();
      in = new DataInputStream(socket.getInputStream());
      out = new DataOutputStream(socket.getOutputStream());
    }

    byte[] answer(BlobWire.Question question) throws Exception {
      BlobWire.ask(out, question);
      BlobWire.AnswerHead head = BlobWire.readHead(in);
      byte[] bytes = in.readNBytes(head.bytes());
      return head.isHere() ? bytes : new byte[0];
    }

    @Override
    public void close() throws IOException {
      plain.close();
    }
  }

  @Test
  void givesManifestAndChunks_ofWhatTheStoreHasAndTheNetworkKnows() throws Exception {
    ModelStore store = ModelStore.at(directory.resolve("giver"));
    StoredModel model =
        store.adopt(
            store.collect(world.model, _ -> {}),
            "a test",
            Optional.empty(),
            Instant.EPOCH,
            _ -> {});
    List<ModelHash> asked = new ArrayList<>();
    StoreShelf shelf =
        new StoreShelf(
            store,
            (_, wanted) -> {
              asked.add(wanted);
              return asked.size() <= 2;
            });
    BlobPeer peer = world.giver(shelf, ByteRate.unlimited()).peer();

    try (Asking asking = new Asking(peer)) {
      byte[] encoded = asking.answer(new BlobWire.Question.Manifest(hash()));
      assertThat(BlobManifest.parse(encoded)).isEqualTo(world.manifest);
      byte[] chunk = asking.answer(new BlobWire.Question.Chunk(hash(), 1));
      assertThat(world.manifest.isChunk(1, chunk, chunk.length)).isTrue();
      assertThat(asking.answer(new BlobWire.Question.Chunk(hash(), 1)))
          .as("what the network no longer knows")
          .isEmpty();
    }
    assertThat(asked).containsOnly(model.sha256());
  }

  @Test
  void givesNothingThatIsNotThere() throws Exception {
    BlobPeer peer = world.giver(world.model).peer();
    try (Asking asking = new Asking(peer)) {
      assertThat(asking.answer(new BlobWire.Question.Chunk(hash(), 2))).isEmpty();
      assertThat(asking.answer(new BlobWire.Question.Chunk(hash(), -1))).isEmpty();
      assertThat(asking.answer(new BlobWire.Question.Manifest(new ModelHash("0".repeat(64)))))
          .isEmpty();
      assertThat(asking.answer(new BlobWire.Question.Chunk(hash(), 0))).isNotEmpty();
    }
  }

  @Test
  void endsTheConnectionOfWhoSpeaksOtherwise() throws Exception {
    BlobPeer peer = world.giver(world.model).peer();
    try (Asking asking = new Asking(peer)) {
      asking.out.write(
          "GET / HTTP/1.1\r\nHost: peermind.invalid\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

      assertThat(asking.in.readAllBytes()).isEmpty();
    } catch (IOException reset) {
      assertThat(reset).isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void holdsTwoConnectionsOfOnePeer_andNoThird() throws Exception {
    BlobPeer peer = world.giver(world.model).peer();
    BlobWire.Question question = new BlobWire.Question.Chunk(hash(), 0);
    try (Asking first = new Asking(peer);
        Asking second = new Asking(peer)) {
      assertThat(first.answer(question)).isNotEmpty();
      assertThat(second.answer(question)).isNotEmpty();
      assertThatThrownBy(
              () -> {
                try (Asking third = new Asking(peer)) {
                  third.answer(question);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void letsBytesPassAtTheRateOfTheOwner() throws Exception {
    AtomicLong nanos = new AtomicLong();
    List<Duration> pauses = new ArrayList<>();
    ByteRate rate =
        new ByteRate(
            OptionalLong.of(1_000),
            nanos::get,
            pause -> {
              pauses.add(pause);
              nanos.addAndGet(pause.toNanos());
            });

    for (int slice = 0; slice < 10; slice++) {
      rate.take(500);
    }

    assertThat(nanos.get()).isEqualTo(Duration.ofSeconds(4).toNanos());
    assertThat(pauses).hasSize(8);
  }
}
