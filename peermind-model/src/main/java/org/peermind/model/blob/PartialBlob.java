// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.peermind.protocol.Sha256;

/// A model on its way: a file, and beside it a map of the chunks that are there and durable.
///
/// The map is the manifest, then 8 bytes for each chunk: its number and a checksum. A chunk is
/// entered after its bytes were forced to the disk, so whatever kills the process or the machine,
/// the map never claims what is not there; what was written and not yet entered is fetched again.
/// Since disks lie too, nobody has the file before all of it was read back and has the right hash
/// ([#check]). Safe for use by several threads.
public final class PartialBlob implements AutoCloseable {
  private static final int RECORD_BYTES = 8;
  private static final int HASH_AT_ONCE = 32;

  private final BlobManifest manifest;
  private final PartFile data;
  private final PartFile map;
  private final Object flushing = new Object();
  // The following are guarded by this.
  private final BitSet kept = new BitSet();
  private final BitSet durable = new BitSet();
  private MessageDigest digest = Sha256.digest();
  private int hashedChunks;
  private long mapBytes;

  /// What [#check] found.
  public sealed interface Finding {
    /// The file is what its name says.
    record Whole() implements Finding {}

    /// These chunks are no longer what was written, and must be fetched again.
    record Damaged(List<Integer> chunks) implements Finding {
      public Damaged {
        chunks = List.copyOf(chunks);
      }
    }

    /// Every chunk is as the root says, and the whole has another hash: the name contradicts
    /// itself.
    record Contradiction() implements Finding {}
  }

  private PartialBlob(BlobManifest manifest, PartFile data, PartFile map) {
    this.manifest = manifest;
    this.data = data;
    this.map = map;
    this.mapBytes = BlobManifest.encodedBytes(manifest.name());
  }

  /// The map that belongs to a part.
  public static Path mapOf(Path part) {
    return part.resolveSibling(part.getFileName() + ".map");
  }

  /// Goes on with the part that an earlier try left, if its map is of this very model.
  public static Optional<PartialBlob> resume(PartFile.Disk disk, Path part, BlobName name)
      throws IOException {
    if (!Files.exists(part) || !Files.exists(mapOf(part))) {
      return Optional.empty();
    }
    return resume(disk.open(part), disk.open(mapOf(part)), name);
  }

  static Optional<PartialBlob> resume(PartFile data, PartFile map, BlobName name)
      throws IOException {
    Optional<BlobManifest> manifest = manifestIn(map, name);
    if (manifest.isEmpty()) {
      data.close();
      map.close();
      return Optional.empty();
    }
    PartialBlob partial = new PartialBlob(manifest.get(), data, map);
    partial.readMap();
    return Optional.of(partial);
  }

  /// Begins anew; what was in the part is lost.
  public static PartialBlob begin(PartFile.Disk disk, Path part, BlobManifest manifest)
      throws IOException {
    return begin(disk.open(part), disk.open(mapOf(part)), manifest);
  }

  static PartialBlob begin(PartFile data, PartFile map, BlobManifest manifest) throws IOException {
    try {
      // The old map goes first: its claims must not outlive the bytes they are about.
      map.truncate(0);
      map.force();
      data.truncate(0);
      map.write(ByteBuffer.wrap(manifest.toBytes()), 0);
      map.force();
    } catch (IOException refused) {
      data.close();
      map.close();
      throw refused;
    }
    return new PartialBlob(manifest, data, map);
  }

  private static Optional<BlobManifest> manifestIn(PartFile map, BlobName name) throws IOException {
    ByteBuffer encoded = ByteBuffer.allocate(BlobManifest.encodedBytes(name));
    map.read(encoded, 0);
    try {
      BlobManifest manifest =
          BlobManifest.parse(Arrays.copyOf(encoded.array(), encoded.position()));
      return manifest.name().equals(name) ? Optional.of(manifest) : Optional.empty();
    } catch (BlobException other) {
      return Optional.empty();
    }
  }

  /// Reads entries up to the first that is torn or wrong, and cuts that off.
  private synchronized void readMap() throws IOException {
    BlobName name = manifest.name();
    long dataBytes = data.size();
    ByteBuffer record = ByteBuffer.allocate(RECORD_BYTES);
    while (map.read(record.clear(), mapBytes) == RECORD_BYTES) {
      int chunk = record.getInt(0);
      if (chunk < 0 || chunk >= name.chunks() || record.getInt(4) != checksum(chunk)) {
        break;
      }
      mapBytes += RECORD_BYTES;
      if (offset(chunk) + name.chunkBytes(chunk) <= dataBytes) {
        kept.set(chunk);
        durable.set(chunk);
      }
    }
    map.truncate(mapBytes);
  }

  public BlobManifest manifest() {
    return manifest;
  }

  /// Chunks that are there.
  public synchronized BitSet kept() {
    return (BitSet) kept.clone();
  }

  /// Writes a chunk, if it is the right one. Until [#flush] it may be lost with the machine.
  ///
  /// @return whether the bytes are the chunk; if not, nothing was written
  /// @throws IOException when the disk refuses, as when it is full; the chunk then does not count
  public boolean keep(int chunk, byte[] bytes, int length) throws IOException {
    if (!manifest.isChunk(chunk, bytes, length)) {
      return false;
    }
    synchronized (this) {
      if (kept.get(chunk)) {
        return true;
      }
    }
    data.write(ByteBuffer.wrap(bytes, 0, length), offset(chunk));
    synchronized (this) {
      kept.set(chunk);
    }
    return true;
  }

  /// Makes everything durable that was kept before the call.
  public void flush() throws IOException {
    synchronized (flushing) {
      BitSet fresh = kept();
      synchronized (this) {
        fresh.andNot(durable);
      }
      if (fresh.isEmpty()) {
        return;
      }
      data.force();
      ByteBuffer records = ByteBuffer.allocate(fresh.cardinality() * RECORD_BYTES);
      fresh.stream().forEach(chunk -> records.putInt(chunk).putInt(checksum(chunk)));
      long at;
      synchronized (this) {
        at = mapBytes;
      }
      map.write(records.flip(), at);
      map.force();
      synchronized (this) {
        mapBytes = at + records.limit();
        durable.or(fresh);
      }
    }
  }

  /// Reads back what is there from the beginning of the file without a gap, and hashes it; so that
  /// little is left to do when the last chunk has come. It does a bounded part of it at once. To be
  /// called by one thread at a time.
  ///
  /// @return whether something was read
  public boolean hashOn() throws IOException {
    int from;
    int until;
    MessageDigest running;
    synchronized (this) {
      from = hashedChunks;
      until = Math.min(kept.nextClearBit(0), from + HASH_AT_ONCE);
      running = digest;
    }
    ByteBuffer chunk = ByteBuffer.allocate(ChunkTree.CHUNK_BYTES);
    for (int next = from; next < until; next++) {
      readBack(next, chunk);
      running.update(chunk.flip());
      synchronized (this) {
        hashedChunks = next + 1;
      }
    }
    return until > from;
  }

  /// Whether the whole file is right, by what can be read back from the disk. Only when all chunks
  /// are there, and not while [#hashOn] runs. Damaged chunks no longer count as kept.
  public Finding check() throws IOException {
    BlobName name = manifest.name();
    flush();
    hashAll();
    MessageDigest running;
    synchronized (this) {
      if (hashedChunks != name.chunks()) {
        throw new IllegalStateException("Only a file whose chunks are all there can be checked");
      }
      running = digest;
      digest = Sha256.digest();
      hashedChunks = 0;
    }
    boolean isRight =
        HexFormat.of().formatHex(running.digest()).equals(name.sha256().hex())
            && data.size() == name.bytes();
    if (isRight) {
      return new Finding.Whole();
    }
    data.truncate(Math.min(data.size(), name.bytes()));
    List<Integer> damaged = damagedChunks();
    return damaged.isEmpty() ? again() : new Finding.Damaged(damaged);
  }

  /// Every chunk is right now. A file that was too long has been cut, so its hash is taken anew.
  private Finding again() throws IOException {
    hashAll();
    synchronized (this) {
      boolean isRight =
          HexFormat.of().formatHex(digest.digest()).equals(manifest.name().sha256().hex());
      digest = Sha256.digest();
      hashedChunks = 0;
      return isRight ? new Finding.Whole() : new Finding.Contradiction();
    }
  }

  private void hashAll() throws IOException {
    boolean isMore = true;
    while (isMore) {
      isMore = hashOn();
    }
  }

  private List<Integer> damagedChunks() throws IOException {
    List<Integer> damaged = new ArrayList<>();
    ByteBuffer chunk = ByteBuffer.allocate(ChunkTree.CHUNK_BYTES);
    for (int index = 0; index < manifest.name().chunks(); index++) {
      readBack(index, chunk);
      if (!manifest.isChunk(index, chunk.array(), chunk.position())) {
        damaged.add(index);
      }
    }
    if (!damaged.isEmpty()) {
      forget(damaged);
    }
    return damaged;
  }

  private void forget(List<Integer> damaged) throws IOException {
    synchronized (flushing) {
      synchronized (this) {
        damaged.forEach(kept::clear);
        durable.clear();
        mapBytes = BlobManifest.encodedBytes(manifest.name());
      }
      map.truncate(BlobManifest.encodedBytes(manifest.name()));
      map.force();
    }
    flush();
  }

  private void readBack(int chunk, ByteBuffer into) throws IOException {
    data.read(into.clear().limit(manifest.name().chunkBytes(chunk)), offset(chunk));
  }

  private static long offset(int chunk) {
    return (long) chunk * ChunkTree.CHUNK_BYTES;
  }

  /// Over the number and the root, so that an entry of another model's map is none here.
  private int checksum(int chunk) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(4).putInt(chunk).flip());
    crc.update(manifest.name().root().toBytes());
    return (int) crc.getValue();
  }

  /// Leaves the part for another time.
  @Override
  public void close() throws IOException {
    try (data;
        map) {
      flush();
    }
  }
}
