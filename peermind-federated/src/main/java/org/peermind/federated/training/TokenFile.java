// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.governance.Digest;

/// A file of token sequences to train on, little-endian: the magic `PMTOK1\n\0`, an int with the
/// number of sequences, then each: an int with its length, its tokens as ints, and a byte per token
/// that is 1 where its prediction counts in the loss, else 0 (and 0 for the first).
///
/// The file is private: only its owner may read what the writer makes. The reader holds the places
/// of sequences in memory and reads their tokens as they are asked for. One thread uses it.
public final class TokenFile implements AutoCloseable {
  /// The most tokens of all sequences together.
  public static final int TOKENS_MAX = 1 << 26;

  /// The most sequences.
  public static final int SEQUENCES_MAX = 1 << 22;

  private static final byte[] MAGIC = "PMTOK1\n\0".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BYTES = MAGIC.length + Integer.BYTES;
  private static final int BYTES_PER_TOKEN = Integer.BYTES + 1;
  private static final String UNFINISHED = ".part";

  private final Path file;
  private final FileChannel channel;
  private final int[] offsets;
  private final int[] lengths;
  private final Digest sha256;
  private final long tokens;
  private final int longest;
  private final int highest;

  private TokenFile(Path file, FileChannel channel, Scan scan) {
    this.file = file;
    this.channel = channel;
    this.offsets = scan.offsets;
    this.lengths = scan.lengths;
    this.sha256 = new Digest(HexFormat.of().formatHex(scan.digest.digest()));
    this.tokens = scan.tokens;
    this.longest = scan.longest;
    this.highest = scan.highest;
  }

  /// Writes the sequences, first under another name, so that a file of this name is whole.
  ///
  /// @throws IllegalArgumentException when there are none or too many, or one has no prediction
  ///   that counts
  public static void write(Path file, Iterable<TokenSequence> sequences) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + UNFINISHED);
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    boolean done = false;
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
      out.write(new byte[HEADER_BYTES]);
      int count = 0;
      long tokens = 0;
      for (TokenSequence sequence : sequences) {
        count++;
        tokens += sequence.length();
        requireWithin(count, tokens);
        if (sequence.countedTokens() == 0) {
          throw new IllegalArgumentException("sequence %d has no token to learn".formatted(count));
        }
        out.write(bytes(sequence));
      }
      out.flush();
      if (count == 0) {
        throw new IllegalArgumentException("there are no sequences to train on");
      }
      channel.write(little(HEADER_BYTES).put(MAGIC).putInt(count).flip(), 0);
      channel.force(true);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(part);
      }
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void requireWithin(int sequences, long tokens) {
    if (sequences > SEQUENCES_MAX || tokens > TOKENS_MAX) {
      throw new IllegalArgumentException(
          "a token file has at most %d sequences and %d tokens"
              .formatted(SEQUENCES_MAX, TOKENS_MAX));
    }
  }

  private static byte[] bytes(TokenSequence sequence) {
    int length = sequence.length();
    byte[] array = new byte[Integer.BYTES + length * BYTES_PER_TOKEN];
    ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN).putInt(length);
    for (int i = 0; i < length; i++) {
      bytes.putInt(sequence.token(i));
    }
    for (int i = 0; i < length; i++) {
      bytes.put((byte) (sequence.counted(i) ? 1 : 0));
    }
    return array;
  }

  /// Opens a file after it was read and checked as a whole.
  ///
  /// @throws IOException in a sentence, when it cannot be read or is no token file
  public static TokenFile open(Path file) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (NoSuchFileException _) {
      throw new IOException("The token file " + file + " does not exist.");
    }
    boolean done = false;
    try {
      TokenFile opened = new TokenFile(file, channel, new Scan(file, channel));
      done = true;
      return opened;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  /// Number of sequences; at least 1.
  public int sequences() {
    return lengths.length;
  }

  /// Number of tokens in all sequences.
  public long tokens() {
    return tokens;
  }

  /// Length of the longest sequence.
  public int longest() {
    return longest;
  }

  /// The highest token.
  public int highest() {
    return highest;
  }

  /// SHA-256 of the whole file.
  public Digest sha256() {
    return sha256;
  }

  /// The sequence at a position.
  ///
  /// @throws IOException in a sentence, when the file was changed since it was opened
  public TokenSequence sequence(int position) throws IOException {
    int length = lengths[position];
    ByteBuffer bytes = little(Integer.BYTES + length * BYTES_PER_TOKEN);
    long at = offsets[position];
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes, at + bytes.position());
      if (read < 0) {
        throw changed();
      }
    }
    bytes.flip();
    if (bytes.getInt() != length) {
      throw changed();
    }
    int[] ids = new int[length];
    boolean[] counted = new boolean[length];
    for (int i = 0; i < length; i++) {
      ids[i] = bytes.getInt();
      if (ids[i] < 0 || ids[i] > highest) {
        throw changed();
      }
    }
    for (int i = 0; i < length; i++) {
      counted[i] = bytes.get() == 1;
    }
    TokenSequence sequence = TokenSequence.of(ids, counted);
    if (sequence.countedTokens() == 0) {
      throw changed();
    }
    return sequence;
  }

  private IOException changed() {
    return new IOException("The token file " + file + " was changed while it is in use.");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Reads a file from its beginning to its end and checks it.
  private static final class Scan {
    private final Path file;
    private final FileChannel channel;
    private final MessageDigest digest = Sha256.digest();
    private final ByteBuffer buffer = little(1 << 16).limit(0);
    private final long bytes;
    private final int[] offsets;
    private final int[] lengths;
    private long at;
    private long tokens;
    private int longest;
    private int highest;

    Scan(Path file, FileChannel channel) throws IOException {
      this.file = file;
      this.channel = channel;
      this.bytes = channel.size();
      byte[] magic = new byte[MAGIC.length];
      require(HEADER_BYTES);
      buffer.get(magic);
      int count = buffer.getInt();
      at = HEADER_BYTES;
      if (!Arrays.equals(magic, MAGIC) || count < 1 || count > SEQUENCES_MAX) {
        throw refusal("its head is wrong");
      }
      // A sequence has two tokens at least, so a small file cannot ask for much memory.
      if ((bytes - at) / (Integer.BYTES + 2 * BYTES_PER_TOKEN) < count) {
        throw refusal("it is too short for %d sequences".formatted(count));
      }
      offsets = new int[count];
      lengths = new int[count];
      for (int i = 0; i < count; i++) {
        offsets[i] = Math.toIntExact(at);
        lengths[i] = sequence(i);
      }
      if (at != bytes) {
        throw refusal("something follows its last sequence");
      }
    }

    private int sequence(int position) throws IOException {
      require(Integer.BYTES);
      int length = buffer.getInt();
      if (length < 2 || length > TokenSequence.TOKENS_MAX) {
        throw refusal("sequence %d has the length %d".formatted(position, length));
      }
      tokens += length;
      if (tokens > TOKENS_MAX) {
        throw refusal("it has more than %d tokens".formatted(TOKENS_MAX));
      }
      require(length * BYTES_PER_TOKEN);
      for (int i = 0; i < length; i++) {
        int token = buffer.getInt();
        if (token < 0) {
          throw refusal("sequence %d has a negative token".formatted(position));
        }
        highest = Math.max(highest, token);
      }
      boolean counts = false;
      for (int i = 0; i < length; i++) {
        byte mark = buffer.get();
        if (mark < 0 || mark > (i == 0 ? 0 : 1)) {
          throw refusal("sequence %d has a wrong mark".formatted(position));
        }
        counts |= mark == 1;
      }
      if (!counts) {
        throw refusal("sequence %d has no token to learn".formatted(position));
      }
      longest = Math.max(longest, length);
      at += Integer.BYTES + (long) length * BYTES_PER_TOKEN;
      return length;
    }

    /// Reads on until `count` bytes are in the buffer.
    private void require(int count) throws IOException {
      while (buffer.remaining() < count) {
        buffer.compact();
        int before = buffer.position();
        int read = channel.read(buffer);
        buffer.flip();
        if (read < 0) {
          throw refusal("it ends in the middle of a sequence");
        }
        digest.update(buffer.slice(before, read));
      }
    }

    private IOException refusal(String fault) {
      return new IOException("The file %s is no token file: %s.".formatted(file, fault));
    }
  }
}
