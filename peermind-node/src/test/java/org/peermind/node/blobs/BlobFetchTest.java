// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.peermind.model.ModelStoreException;
import org.peermind.model.StoredModel;
import org.peermind.model.blob.FetchRules;
import org.peermind.model.blob.PartFile;
import org.peermind.model.blob.PartialBlob;
import org.peermind.protocol.NodeId;

class BlobFetchTest {
  private static final Duration GIVE_UP = Duration.ofMinutes(5);
  private static final FetchRules SOON = rules(GIVE_UP);

  private Duration skipped = Duration.ZERO;
  private final List<FetchNotice> notices = new ArrayList<>();
  @TempDir private Path directory;
  private BlobWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new BlobWorld(directory, 6);
  }

  @AfterEach
  void end() {
    world.close();
  }

  private static FetchRules rules(Duration giveUpAfter) {
    return new FetchRules(
        16,
        4,
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        Duration.ofSeconds(4),
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofMillis(100),
        Duration.ofMillis(100),
        giveUpAfter,
        2);
  }

  private BlobFetch fetcher(FetchRules rules, PartFile.Disk disk) {
    return new BlobFetch(
        world.own,
        world.store,
        ByteRate.unlimited(),
        rules,
        () -> InstantSource.system().instant().plus(skipped),
        disk);
  }

  /// So long does nobody wait in a test.
  private void skipTimeWhenItWaits(FetchNotice notice) {
    if (notice instanceof FetchNotice.Waiting) {
      skipped = GIVE_UP.plusSeconds(1);
    }
  }

  private StoredModel fetch(BlobPeer... peers) throws ModelStoreException, InterruptedException {
    return fetcher(SOON, PartFile::open)
        .fetch(world.manifest.name(), () -> List.of(peers), notices::add);
  }

  private List<NodeId> droppedPeers() {
    List<NodeId> dropped = new ArrayList<>();
    for (FetchNotice notice : notices) {
      if (notice instanceof FetchNotice.PeerDropped(NodeId peer, String sentence)) {
        assertThat(sentence).contains(peer.shortText());
        dropped.add(peer);
      }
    }
    return dropped;
  }

  @Test
  void bringsAModelIntoTheStore_fromOnePeer() throws Exception {
    StoredModel model = fetch(world.giver(world.model).peer());

    assertThat(model.file()).hasSameBinaryContentAs(world.model);
    assertThat(world.store.find("sha256:" + world.manifest.name().sha256().hex())).isEqualTo(model);
    assertThat(notices).last().isEqualTo(new FetchNotice.Progress(6, 6));
    assertThat(directory.resolve("store/incoming")).isEmptyDirectory();
  }

  @Test
  void takesChunksFromFourPeersAtOnce() throws Exception {
    Set<Integer> givers = ConcurrentHashMap.newKeySet();
    List<BlobPeer> peers = new ArrayList<>();
    for (int giver = 0; giver < 4; giver++) {
      int number = giver;
      BlobShelf honest =
          (_, _) -> {
            givers.add(number);
            return Optional.of(new BlobShelf.Blob(world.manifest, world.model));
          };
      peers.add(world.giver(honest, ByteRate.unlimited()).peer());
    }

    assertThat(fetch(peers.toArray(BlobPeer[]::new)).file()).hasSameBinaryContentAs(world.model);
    assertThat(givers).containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  @ParameterizedTest
  @EnumSource(
      value = LyingServer.Lie.class,
      names = {"WRONG_CHUNK", "SHORT_CHUNK", "WRONG_MANIFEST", "HUGE_MANIFEST"})
  void dropsAndNamesALiar_andTakesTheModelFromTheOther(LyingServer.Lie lie) throws Exception {
    try (LyingServer liar = new LyingServer(world.manifest, lie)) {
      StoredModel model = fetch(liar.peer(), world.giver(world.model).peer());

      assertThat(model.file()).hasSameBinaryContentAs(world.model);
      assertThat(droppedPeers()).containsExactly(liar.peer().node());
    }
  }

  @Test
  void endsWithASentence_whenTheOnlyPeerLies() throws Exception {
    try (LyingServer liar = new LyingServer(world.manifest, LyingServer.Lie.WRONG_CHUNK)) {
      assertThatThrownBy(() -> fetch(liar.peer()))
          .isInstanceOf(ModelStoreException.class)
          .hasMessageContaining("No peer is left")
          .hasMessageContaining(liar.peer().node().shortText());
      assertThat(world.store.list()).isEmpty();
    }
  }

  @Test
  void goesOnWithAnother_whenAPeerDiesInTheMiddleOfAChunk() throws Exception {
    try (LyingServer dead = new LyingServer(world.manifest, LyingServer.Lie.DEAD_IN_MIDDLE)) {
      StoredModel model = fetch(dead.peer(), world.giver(world.model).peer());

      assertThat(model.file()).hasSameBinaryContentAs(world.model);
      assertThat(droppedPeers()).isEmpty();
    }
  }

  @Test
  void anHonestPeerWithADamagedOrTruncatedFileGivesWhatIsRight() throws Exception {
    Path truncated = directory.resolve("truncated.gguf");
    byte[] bytes = Files.readAllBytes(world.model);
    Files.write(truncated, Arrays.copyOf(bytes, bytes.length / 3));

    StoredModel model =
        fetch(
            world.giver(world.damaged()).peer(),
            world.giver(truncated).peer(),
            world.giver(world.model).peer());

    assertThat(model.file()).hasSameBinaryContentAs(world.model);
    assertThat(droppedPeers()).isEmpty();
  }

  @Test
  void usesWhatAnEarlierTryLeft_andFetchesAgainWhatFlippedSince() throws Exception {
    Path part = world.store.part(world.manifest.name());
    try (PartialBlob partial = PartialBlob.begin(PartFile::open, part, world.manifest)) {
      byte[] bytes = Files.readAllBytes(world.model);
      for (int chunk = 0; chunk < 3; chunk++) {
        byte[] right = new byte[1 << 20];
        System.arraycopy(bytes, chunk << 20, right, 0, right.length);
        assertThat(partial.keep(chunk, right, right.length)).isTrue();
      }
    }
    try (var channel = Files.newByteChannel(part, StandardOpenOption.WRITE)) {
      channel.position(1_500_000).write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }

    assertThat(fetch(world.giver(world.model).peer()).file()).hasSameBinaryContentAs(world.model);
    assertThat(notices).contains(new FetchNotice.Progress(3, 6));
  }

  @Test
  void waitsWhileTheDiskIsFull_andGoesOnByItself() throws Exception {
    AtomicBoolean isFull = new AtomicBoolean(true);
    BlobFetch fetch = fetcher(SOON, path -> new FullDisk(PartFile.open(path), isFull, 2_000_000));

    StoredModel model =
        fetch.fetch(
            world.manifest.name(),
            () -> List.of(peer()),
            notice -> {
              notices.add(notice);
              if (notice instanceof FetchNotice.Waiting) {
                isFull.set(false);
              }
            });

    assertThat(model.file()).hasSameBinaryContentAs(world.model);
    assertThat(notices.toString()).contains("No space left on device").contains("GoesOn");
  }

  private BlobPeer peer() {
    try {
      return world.giver(world.model).peer();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  @Test
  void leavesThePart_whenTheDiskStaysFull() throws Exception {
    AtomicBoolean isFull = new AtomicBoolean(true);
    BlobPeer peer = peer();
    BlobFetch fetch = fetcher(SOON, path -> new FullDisk(PartFile.open(path), isFull, 2_500_000));

    assertThatThrownBy(
            () ->
                fetch.fetch(world.manifest.name(), () -> List.of(peer), this::skipTimeWhenItWaits))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("No space left on device");
    skipped = Duration.ZERO;
    assertThat(fetch(peer).file()).hasSameBinaryContentAs(world.model);
    assertThat(notices).contains(new FetchNotice.Progress(2, 6));
  }

  @Test
  void fetchesFromNobodyWhoIsAnotherNode() throws Exception {
    BlobPeer honest = peer();
    BlobPeer mistaken = new BlobPeer(BlobWorld.key().id(), honest.host(), honest.port());

    assertThatThrownBy(
            () ->
                fetcher(SOON, PartFile::open)
                    .fetch(
                        world.manifest.name(), () -> List.of(mistaken), this::skipTimeWhenItWaits))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("not the invited");
  }

  /// A disk that takes nothing beyond some place in a file while it is full.
  private record FullDisk(PartFile file, AtomicBoolean isFull, long bytesMax) implements PartFile {
    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return file.read(into, position);
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      if (isFull.get() && position + from.remaining() > bytesMax) {
        throw new IOException("No space left on device");
      }
      file.write(from, position);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long bytes) throws IOException {
      file.truncate(bytes);
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
