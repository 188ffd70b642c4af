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
import org.peermind.federated.round.Transcripts;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;

/// The messages of a round on the disk, each forced there before anybody is told that it was taken:
/// its length in four bytes, then its bytes. A message that was torn by a power failure was never
/// acknowledged; it is cut off when the file is opened again.
final class TranscriptFile implements AutoCloseable {
  private static final int MESSAGE_BYTES_MAX = 32 * 1_024;

  private final FileChannel channel;
  private final List<SignedEnvelope> messages = new ArrayList<>();

  private TranscriptFile(FileChannel channel) {
    this.channel = channel;
  }

  /// Opens a file to go on with, or begins one.
  static TranscriptFile open(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    TranscriptFile transcript = new TranscriptFile(channel);
    try {
      channel.truncate(transcript.readWhole());
      channel.position(channel.size());
      return transcript;
    } catch (IOException broken) {
      channel.close();
      throw broken;
    }
  }

  /// Reads a file that nobody writes any more; what is torn at its end is left out.
  static List<SignedEnvelope> read(Path file) throws IOException {
    try (TranscriptFile transcript =
        new TranscriptFile(FileChannel.open(file, StandardOpenOption.READ))) {
      transcript.readWhole();
      return transcript.messages();
    }
  }

  /// Answers where the last whole message ends.
  private long readWhole() throws IOException {
    long whole = 0;
    while (messages.size() < Transcripts.MESSAGES_MAX) {
      ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
      if (!fill(length, whole)) {
        return whole;
      }
      int bytes = length.flip().getInt();
      if (bytes < 1 || bytes > MESSAGE_BYTES_MAX) {
        return whole;
      }
      ByteBuffer message = ByteBuffer.allocate(bytes);
      if (!fill(message, whole + Integer.BYTES)) {
        return whole;
      }
      try {
        messages.add(SignedEnvelope.ofBytes(message.array()));
      } catch (ProtocolException torn) {
        return whole;
      }
      whole += Integer.BYTES + bytes;
    }
    return whole;
  }

  private boolean fill(ByteBuffer buffer, long from) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        return false;
      }
    }
    return true;
  }

  /// What the file holds.
  List<SignedEnvelope> messages() {
    return List.copyOf(messages);
  }

  /// Writes a message and forces it to the disk.
  ///
  /// @throws IOException when it is not there for sure; the file is then as before
  void append(SignedEnvelope message) throws IOException {
    byte[] bytes = message.wire().toByteArray();
    ByteBuffer record = ByteBuffer.allocate(Integer.BYTES + bytes.length);
    record.putInt(bytes.length).put(bytes).flip();
    long before = channel.size();
    try {
      long at = before;
      while (record.hasRemaining()) {
        at += channel.write(record, at);
      }
      channel.force(false);
    } catch (IOException full) {
      channel.truncate(before);
      throw full;
    }
    messages.add(message);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
