// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.peermind.inference.ToolCall;

/// Answers that were given before, on the user's own disk only, each a file encrypted with
/// ChaCha20-Poly1305 (RFC 8439). Its name is a keyed hash of the question, so that neither names
/// nor contents tell anything to whoever has the folder without the node's key (spec section 7,
/// design section 6 step 8).
///
/// The oldest go first when there are too many bytes; an answer older than `keep` no longer counts.
/// A file that was changed is as good as absent. Safe for use by several threads.
public final class AnswerCache {
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int ENTRY_BYTES_MAX = 1 << 20;
  private static final int SECRET_BYTES_MIN = 32;
  private static final int SWEEP_EVERY = 64;
  private static final String ALGORITHM = "ChaCha20-Poly1305";
  private static final String SUFFIX = ".answer";

  private final Path directory;
  private final SecretKey names;
  private final SecretKey contents;
  private final long bytesMax;
  private final Duration keep;
  private final SecureRandom random;
  private int untilSweep;

  /// A complete answer.
  record Kept(
      String text,
      AnswerEvent.FinishReason reason,
      int promptTokens,
      int completionTokens,
      int nearTies,
      List<ToolCall> toolCalls) {
    Kept {
      toolCalls = List.copyOf(toolCalls);
    }

    @Override
    public String toString() {
      return "Kept[" + text.length() + " characters]";
    }
  }

  /// @param secret what only this node knows, at least 32 bytes
  /// @param bytesMax of all files together
  public AnswerCache(
      Path directory, byte[] secret, long bytesMax, Duration keep, SecureRandom random)
      throws IOException {
    if (secret.length < SECRET_BYTES_MIN) {
      throw new IllegalArgumentException("A secret has at least 32 bytes");
    }
    this.directory = directory;
    this.bytesMax = bytesMax;
    this.keep = keep;
    this.random = random;
    try {
      KDF hkdf = KDF.getInstance("HKDF-SHA256");
      names = hkdf.deriveKey("HmacSHA256", parameters(secret, "peermind answer cache names"));
      contents = hkdf.deriveKey("ChaCha20", parameters(secret, "peermind answer cache contents"));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("Every JDK 25 has HKDF", impossible);
    }
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static HKDFParameterSpec parameters(byte[] secret, String use) {
    return HKDFParameterSpec.ofExtract()
        .addIKM(secret)
        .thenExpand(use.getBytes(StandardCharsets.US_ASCII), 32);
  }

  /// The answer to a question, if it was kept and is not too old.
  ///
  /// @param question all that the answer depends on
  Optional<Kept> find(byte[] question, Instant now) {
    Path file = file(question);
    try {
      Instant written = Files.getLastModifiedTime(file).toInstant();
      if (written.plus(keep).isBefore(now) || Files.size(file) > ENTRY_BYTES_MAX) {
        return Optional.empty();
      }
      byte[] sealed = Files.readAllBytes(file);
      if (sealed.length < NONCE_BYTES + TAG_BYTES) {
        return Optional.empty();
      }
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, sealed, file);
      return Optional.of(decode(cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES)));
    } catch (IOException | GeneralSecurityException | IllegalArgumentException absentOrChanged) {
      return Optional.empty();
    }
  }

  /// Keeps an answer; one that is too large is not kept.
  void keep(byte[] question, Kept answer, Instant now) throws IOException {
    byte[] plain = encode(answer);
    if (plain.length > ENTRY_BYTES_MAX - NONCE_BYTES - TAG_BYTES) {
      return;
    }
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    Path file = file(question);
    ByteArrayOutputStream sealed = new ByteArrayOutputStream();
    sealed.writeBytes(nonce);
    try {
      sealed.writeBytes(cipher(Cipher.ENCRYPT_MODE, nonce, file).doFinal(plain));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("A fresh cipher seals", impossible);
    }
    Path part =
        Files.createTempFile(
            directory,
            "new",
            ".part",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.write(part, sealed.toByteArray());
      Files.setLastModifiedTime(part, FileTime.from(now));
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
    sweepNowAndThen(now);
  }

  private Cipher cipher(int mode, byte[] nonceFirst, Path file) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(ALGORITHM);
    cipher.init(mode, contents, new IvParameterSpec(nonceFirst, 0, NONCE_BYTES));
    cipher.updateAAD(String.valueOf(file.getFileName()).getBytes(StandardCharsets.US_ASCII));
    return cipher;
  }

  private Path file(byte[] question) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(names);
      return directory.resolve(HexFormat.of().formatHex(mac.doFinal(question)) + SUFFIX);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("Every JDK has HMAC", impossible);
    }
  }

  private synchronized void sweepNowAndThen(Instant now) throws IOException {
    if (untilSweep-- > 0) {
      return;
    }
    untilSweep = SWEEP_EVERY;
    record Entry(Path file, long bytes, Instant written) {}
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        entries.add(new Entry(file, Files.size(file), Files.getLastModifiedTime(file).toInstant()));
      }
    } catch (NoSuchFileException sweptBySomebodyElse) {
      return;
    }
    entries.sort(Comparator.comparing(Entry::written));
    long total = entries.stream().mapToLong(Entry::bytes).sum();
    for (Entry entry : entries) {
      if (total > bytesMax || entry.written().plus(keep).isBefore(now)) {
        Files.deleteIfExists(entry.file());
        total -= entry.bytes();
      }
    }
  }

  private static byte[] encode(Kept kept) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      putText(out, kept.text());
      putText(out, kept.reason().name());
      out.writeInt(kept.promptTokens());
      out.writeInt(kept.completionTokens());
      out.writeInt(kept.nearTies());
      out.writeInt(kept.toolCalls().size());
      for (ToolCall call : kept.toolCalls()) {
        putText(out, call.id());
        putText(out, call.name());
        putText(out, call.argumentsJson());
      }
    }
    return bytes.toByteArray();
  }

  /// What is decoded was sealed by this node, so only its own version's form has to be read.
  private static Kept decode(byte[] plain) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(plain))) {
      String text = text(in);
      AnswerEvent.FinishReason reason = AnswerEvent.FinishReason.valueOf(text(in));
      int promptTokens = in.readInt();
      int completionTokens = in.readInt();
      int nearTies = in.readInt();
      List<ToolCall> calls = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        calls.add(new ToolCall(text(in), text(in), text(in)));
      }
      return new Kept(text, reason, promptTokens, completionTokens, nearTies, calls);
    }
  }

  private static void putText(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a text is longer than its file");
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }
}
