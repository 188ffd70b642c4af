// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The end of a log's files, where entries are added: durable once [#append] has returned, and
/// covered once [#publish] has. For one thread at a time.
final class LogTail {
  private final LogStorage storage;
  private final MerkleTree tree;
  private final Positions positions;
  private final int segmentBytesMax;
  private final LedgerReader reader;

  /// Whether bytes may lie beyond the last entry of the tree, from a write that failed.
  private boolean isDirty;

  LogTail(LogStorage storage, StoredLog stored, LedgerReader reader, int segmentBytesMax) {
    this.storage = storage;
    this.tree = stored.tree();
    this.positions = stored.positions();
    this.segmentBytesMax = segmentBytesMax;
    this.reader = reader;
    this.isDirty = stored.torn().isPresent();
  }

  /// Entries that are on the disk, covered or not.
  long size() {
    return tree.size();
  }

  TreeHash root() {
    return tree.root(tree.size());
  }

  /// The root as it would be with further entries.
  TreeHash rootWith(List<byte[]> more) {
    return tree.rootWith(more.stream().map(TreeHash::leaf).toList());
  }

  /// Writes entries and returns once they survive a crash.
  void append(List<byte[]> contents) throws IOException {
    restore();
    new Batch(contents).write();
  }

  /// Puts a checkpoint over all entries in the place of the last one.
  void publish(SignedNote head) throws IOException {
    storage.replace(LogFormat.CHECKPOINT, head.toBytes());
    reader.publish(head, tree.size());
  }

  /// Cuts off what a failed write or a crash left.
  void restore() throws IOException {
    if (isDirty) {
      Optional<String> lastSegment = positions.lastSegment();
      for (String name : LogFormat.segments(storage.names()).reversed()) {
        if (lastSegment.isEmpty() || name.compareTo(lastSegment.get()) > 0) {
          storage.delete(name);
        }
      }
      if (lastSegment.isPresent()) {
        storage.truncate(lastSegment.get(), positions.end());
      }
      isDirty = false;
    }
  }

  /// The bytes of entries on their way to the disk: one write and one sync for each segment that
  /// they go to, which is one but at a segment's end.
  private final class Batch {
    private record Part(String segment, boolean isNew, ByteString bytes, List<Integer> offsets) {}

    private final List<byte[]> contents;
    private final List<Part> parts = new ArrayList<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private List<Integer> offsets = new ArrayList<>();
    private Optional<String> segment = positions.lastSegment();
    private long end = positions.end();
    private boolean isNew;

    Batch(List<byte[]> contents) {
      this.contents = contents;
    }

    void write() throws IOException {
      List<TreeHash> leaves = new ArrayList<>();
      long index = tree.size();
      for (byte[] one : contents) {
        leaves.add(TreeHash.leaf(one));
        lay(index++, LogFormat.frame(one));
      }
      endPart();
      isDirty = true;
      for (Part part : parts) {
        storage.append(part.segment(), part.bytes().toByteArray());
        storage.sync(part.segment());
      }
      isDirty = false;
      reader.grow(() -> take(leaves));
    }

    private void lay(long index, byte[] frame) {
      if (segment.isEmpty() || end + frame.length > segmentBytesMax) {
        endPart();
        segment = Optional.of(LogFormat.segment(index));
        isNew = true;
        bytes.writeBytes(LogFormat.head(index));
        end = LogFormat.HEAD_BYTES;
      }
      offsets.add((int) end);
      bytes.writeBytes(frame);
      end += frame.length;
    }

    private void endPart() {
      if (!offsets.isEmpty()) {
        parts.add(
            new Part(
                segment.orElseThrow(), isNew, ByteString.copyFrom(bytes.toByteArray()), offsets));
      }
      bytes.reset();
      offsets = new ArrayList<>();
      isNew = false;
    }

    private void take(List<TreeHash> leaves) {
      long first = tree.size();
      for (Part part : parts) {
        if (part.isNew()) {
          positions.segment(tree.size());
        }
        for (int offset : part.offsets()) {
          positions.add(offset);
          tree.append(leaves.get((int) (tree.size() - first)));
        }
      }
      positions.end(end);
    }
  }
}
