// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.peermind.federated.round.Transcripts;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;

/// The messages of a round on the disk, each forced there before anybody is told that it was taken:
/// its length in four bytes, its CRC-32C (RFC 3720) in four, then its bytes. A message that was
/// torn by a power failure was never acknowledged; it is cut off when the file is opened again.
/// What is wrong before a whole message was not torn but damaged, and then nothing is cut off.
final class TranscriptFile implements AutoCloseable {
  /// Largest message, in bytes.
  static final int MESSAGE_BYTES_MAX = 32 * 1_024;

  private static final int HEAD_BYTES = 2 * Integer.BYTES;
  private static final int RECORD_BYTES_MAX = HEAD_BYTES + MESSAGE_BYTES_MAX;

  private final Path file;
  private final FileChannel channel;
  private final boolean isForced;
  private final List<SignedEnvelope> messages = new ArrayList<>();

  /// Where the last whole message ends.
  private long end;

  private TranscriptFile(Path file, FileChannel channel, boolean isForced) {
    this.file = file;
    this.channel = channel;
    this.isForced = isForced;
  }

  /// Opens a file to go on with, or begins one.
  ///
  /// @throws IOException when it cannot be read or is damaged, in a sentence
  static TranscriptFile open(Path file) throws IOException {
    return open(file, true);
  }

  /// Opens or begins a copy of what another node has: nothing of it is forced to the disk, and
  /// after a power failure it may be damaged.
  ///
  /// @throws IOException when it cannot be read or is damaged, in a sentence
  static TranscriptFile openCopy(Path file) throws IOException {
    return open(file, false);
  }

  private static TranscriptFile open(Path file, boolean isForced) throws IOException {
    Path folder = Files.createDirectories(DurableFile.folderOf(file));
    boolean isNew = !Files.exists(file);
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    TranscriptFile transcript = new TranscriptFile(file, channel, isForced);
    try {
      if (isNew && isForced) {
        DurableFile.forceNames(folder);
      }
      transcript.readWhole();
      channel.truncate(transcript.end);
      return transcript;
    } catch (IOException broken) {
      channel.close();
      throw broken;
    }
  }

  /// Reads a file and leaves it as it is; what is torn at its end is left out.
  ///
  /// @throws IOException when it cannot be read or is damaged, in a sentence
  static List<SignedEnvelope> read(Path file) throws IOException {
    try (TranscriptFile transcript =
        new TranscriptFile(file, FileChannel.open(file, StandardOpenOption.READ), false)) {
      transcript.readWhole();
      return transcript.messages();
    }
  }

  private void readWhole() throws IOException {
    while (messages.size() < Transcripts.MESSAGES_MAX) {
      int most = (int) Math.min(channel.size() - end, RECORD_BYTES_MAX);
      ByteBuffer record = ByteBuffer.allocate(most);
      while (record.hasRemaining() && channel.read(record, end + record.position()) >= 0) {
        // A file may give less at a time than it has.
      }
      record.flip();
      Optional<SignedEnvelope> message = messageAt(record, 0);
      if (message.isEmpty()) {
        checkTorn(record);
        return;
      }
      messages.add(message.get());
      end += HEAD_BYTES + record.getInt(0);
    }
  }

  /// Only the last message can be torn: the one before was on the disk when it was begun.
  private void checkTorn(ByteBuffer rest) throws IOException {
    boolean isLonger = channel.size() - end > rest.limit();
    for (int from = 1; !isLonger && from < rest.limit(); from++) {
      isLonger = messageAt(rest, from).isPresent();
    }
    if (isLonger) {
      throw new IOException(
          "the file %s is damaged at byte %d; put a good copy of it there, or move it away"
              .formatted(file, end));
    }
  }

  private static Optional<SignedEnvelope> messageAt(ByteBuffer record, int from) {
    if (record.limit() - from < HEAD_BYTES) {
      return Optional.empty();
    }
    int length = record.getInt(from);
    if (length < 1 || length > record.limit() - from - HEAD_BYTES) {
      return Optional.empty();
    }
    byte[] bytes = new byte[length];
    record.get(from + HEAD_BYTES, bytes);
    if (record.getInt(from + Integer.BYTES) != checksum(bytes)) {
      return Optional.empty();
    }
    try {
      return Optional.of(SignedEnvelope.ofBytes(bytes));
    } catch (ProtocolException notWritten) {
      return Optional.empty();
    }
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /// What the file holds.
  List<SignedEnvelope> messages() {
    return List.copyOf(messages);
  }

  /// Writes a message and forces it to the disk, unless this is a copy.
  ///
  /// @throws IOException when it is not there for sure; the next message takes its place
  void append(SignedEnvelope message) throws IOException {
    byte[] bytes = message.wire().toByteArray();
    if (bytes.length > MESSAGE_BYTES_MAX || messages.size() >= Transcripts.MESSAGES_MAX) {
      throw new IOException("the message does not fit into " + file);
    }
    ByteBuffer record = ByteBuffer.allocate(HEAD_BYTES + bytes.length);
    record.putInt(bytes.length).putInt(checksum(bytes)).put(bytes).flip();
    try {
      while (record.hasRemaining()) {
        channel.write(record, end + record.position());
      }
      if (isForced) {
        channel.force(true);
      }
    } catch (IOException full) {
      cutOff(full);
      throw full;
    }
    end += HEAD_BYTES + bytes.length;
    messages.add(message);
  }

  private void cutOff(IOException reason) {
    try {
      channel.truncate(end);
    } catch (IOException also) {
      reason.addSuppressed(also);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
