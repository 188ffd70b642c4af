// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The file in the node's home that says what the owner allows, written by the commands and read by
/// the node at each round. Only its owner may read and write it.
///
/// A file that is damaged, or that others may write, allows nothing and is named in one sentence.
public final class ConsentFile {
  private static final int VERSION = 1;
  private static final int BYTES_MAX = 1 << 19;
  private static final Set<String> FIELDS = Set.of("version", "allowed");
  private static final Set<String> ALLOWED_FIELDS = Set.of("path", "since", "command", "terms");
  private static final Set<PosixFilePermission> OTHERS_WRITE =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;

  public ConsentFile(Path file) {
    this.file = file;
  }

  /// What is allowed; nothing when there is no file.
  ///
  /// @throws IOException with one sentence when the file is damaged; nothing is allowed then
  public Consent read() throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Consent.NONE;
    }
    byte[] bytes;
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw damaged("is no file");
      }
      for (PosixFilePermission granted :
          Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)) {
        if (OTHERS_WRITE.contains(granted)) {
          throw damaged("may be written by other users");
        }
      }
      try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
        bytes = in.readNBytes(BYTES_MAX + 1);
      }
    } catch (ConsentDamaged named) {
      throw named;
    } catch (IOException unreadable) {
      throw damaged("cannot be read");
    }
    if (bytes.length > BYTES_MAX) {
      throw damaged("is too long");
    }
    try {
      return consent(JSON.readTree(bytes));
    } catch (IOException | IllegalArgumentException | DateTimeException malformed) {
      throw damaged("is damaged");
    }
  }

  /// Whether all that was allowed when a training began is allowed still. A file that is damaged
  /// allows nothing.
  public boolean stillAllows(Consent earlier) {
    try {
      return read().allowsAllOf(earlier);
    } catch (IOException damaged) {
      return false;
    }
  }

  private static Consent consent(JsonNode document) {
    requireFields(document, FIELDS);
    if (whole(document.path("version")) != VERSION || !document.path("allowed").isArray()) {
      throw new IllegalArgumentException("the form is another one");
    }
    List<Consent.Allowed> allowed = new ArrayList<>();
    for (JsonNode one : document.path("allowed")) {
      requireFields(one, ALLOWED_FIELDS);
      allowed.add(
          new Consent.Allowed(
              Path.of(text(one.path("path"))),
              Instant.parse(text(one.path("since"))),
              text(one.path("command")),
              whole(one.path("terms"))));
    }
    return new Consent(allowed);
  }

  private static void requireFields(JsonNode node, Set<String> fields) {
    Set<String> found = new TreeSet<>();
    node.fieldNames().forEachRemaining(found::add);
    if (!node.isObject() || !found.equals(fields)) {
      throw new IllegalArgumentException("a field is missing or unknown");
    }
  }

  private static String text(JsonNode node) {
    if (!node.isTextual()) {
      throw new IllegalArgumentException("a text is missing");
    }
    return node.textValue();
  }

  private static int whole(JsonNode node) {
    if (!node.isInt()) {
      throw new IllegalArgumentException("a whole number is missing");
    }
    return node.intValue();
  }

  /// Replaces the file in one step: after a power loss the old or the new content is there.
  ///
  /// @throws IOException with one sentence when it cannot be written
  public void write(Consent consent) throws IOException {
    ObjectNode document = JSON.createObjectNode().put("version", VERSION);
    ArrayNode allowed = document.putArray("allowed");
    for (Consent.Allowed one : consent.allowed()) {
      allowed
          .addObject()
          .put("path", one.path().toString())
          .put("since", one.since().toString())
          .put("command", one.command())
          .put("terms", one.terms());
    }
    byte[] bytes = (document.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      replace(bytes);
    } catch (IOException unwritable) {
      throw new IOException(
          "%s cannot be written (%s); nothing has changed."
              .formatted(file, unwritable.getClass().getSimpleName()),
          unwritable);
    }
  }

  private void replace(byte[] content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("The file has no folder");
    }
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path part = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
      entries.force(true);
    }
  }

  private ConsentDamaged damaged(String how) {
    return new ConsentDamaged(
        "%s %s, so nothing is allowed; remove it and run `peermind federated contribute` again."
            .formatted(file, how));
  }

  private static final class ConsentDamaged extends IOException {
    private static final long serialVersionUID = 1L;

    ConsentDamaged(String sentence) {
      super(sentence);
    }
  }
}
