// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.model.blob.BlobManifest;
import org.peermind.model.blob.BlobName;
import org.peermind.model.blob.PartFile;
import org.peermind.model.blob.PartialBlob;

/// The part of a [BlobFetch] on the own disk. While chunks come, one thread reads back and hashes
/// what is there, and another makes it durable, so that little is left to do at the end.
final class ArrivingModel implements AutoCloseable {
  private static final int FLUSH_CHUNKS = 64;
  private static final int LOOK_SECONDS = 1;

  private final PartFile.Disk disk;
  private final BlobName name;
  private final Path part;
  private final Semaphore came = new Semaphore(0);
  private final Semaphore unflushed = new Semaphore(0);
  private volatile boolean isResting;
  // Only the thread of the fetch sees them.
  private List<Thread> followers = List.of();
  // Guarded by this.
  private @Nullable PartialBlob partial;

  ArrivingModel(PartFile.Disk disk, BlobName name, Path part) {
    this.disk = disk;
    this.name = name;
    this.part = part;
  }

  /// Goes on with what an earlier try left.
  ///
  /// @return the chunks that are there, or none when it has to begin with the manifest
  synchronized Optional<BitSet> resume() throws IOException {
    Optional<PartialBlob> earlier = PartialBlob.resume(disk, part, name);
    partial = earlier.orElse(null);
    return earlier.map(PartialBlob::kept);
  }

  /// Begins, unless it has begun.
  synchronized BitSet begin(BlobManifest manifest) throws IOException {
    if (partial == null) {
      checkRoom();
      partial = PartialBlob.begin(disk, part, manifest);
    }
    return partial.kept();
  }

  private void checkRoom() throws IOException {
    Path folder = part.toAbsolutePath().getParent();
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < name.bytes()) {
      throw new IOException("it has %,d bytes, and the model %,d".formatted(free, name.bytes()));
    }
  }

  private synchronized PartialBlob partial() throws IOException {
    if (partial == null) {
      throw new IOException("the fetch is over");
    }
    return partial;
  }

  BlobManifest manifest() throws IOException {
    return partial().manifest();
  }

  /// As [PartialBlob#keep].
  boolean keep(int chunk, byte[] bytes, int length) throws IOException {
    boolean isRight = partial().keep(chunk, bytes, length);
    if (isRight) {
      came.release();
      unflushed.release();
    }
    return isRight;
  }

  /// Lets the two threads follow, unless they do.
  void follow() {
    if (followers.isEmpty()) {
      isResting = false;
      followers = List.of(start("blob-hash", this::hash), start("blob-flush", this::flush));
    }
  }

  private static Thread start(String name, Runnable work) {
    return Thread.ofPlatform().daemon().name(name).start(work);
  }

  private void hash() {
    try {
      while (!isResting) {
        if (!partial().hashOn() && came.tryAcquire(LOOK_SECONDS, TimeUnit.SECONDS)) {
          came.drainPermits();
        }
      }
    } catch (IOException unreadable) {
      // The check at the end meets it again and says so.
      BlobLog.diskFailed(unreadable);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void flush() {
    try {
      while (!isResting) {
        if (unflushed.tryAcquire(FLUSH_CHUNKS, LOOK_SECONDS, TimeUnit.SECONDS)) {
          flushOnce();
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void flushOnce() {
    try {
      partial().flush();
    } catch (IOException full) {
      // The next chunks try again, and the check at the end says so.
      BlobLog.diskFailed(full);
    }
  }

  /// As [PartialBlob#check].
  PartialBlob.Finding check() throws IOException, InterruptedException {
    rest();
    return partial().check();
  }

  /// Nobody is interrupted, since that would close the files under their hands.
  private void rest() throws InterruptedException {
    isResting = true;
    came.release();
    unflushed.release(FLUSH_CHUNKS);
    for (Thread follower : followers) {
      follower.join();
    }
    followers = List.of();
  }

  /// Leaves what is there for another time.
  @Override
  public void close() throws IOException {
    try {
      rest();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      if (partial != null) {
        partial.close();
        partial = null;
      }
    }
  }
}
