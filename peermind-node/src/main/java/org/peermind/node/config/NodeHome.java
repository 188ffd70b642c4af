// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import org.peermind.energy.Declaration;
import org.peermind.model.ModelStore;
import org.peermind.model.ModelStoreException;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ProtocolException;

/// The directory of one node (`$PEERMIND_HOME`, by default `~/.peermind`). It is readable by its
/// owner only, because whoever can read `identity.key` can be this node.
public record NodeHome(Path directory) {
  private static final String KEY_HEADER = "peermind identity key, keep it secret: ";
  private static final int KEY_FILE_BYTES_MAX = 1_024;

  public Path configFile() {
    return directory.resolve("peermind.yaml");
  }

  public Path keyFile() {
    return directory.resolve("identity.key");
  }

  /// The invitations that the node joined with, one line each, sent with its greetings.
  public Path invitationFile() {
    return directory.resolve("invitation");
  }

  /// The nodes that a referee has admitted, one id to a line.
  public Path membersFile() {
    return directory.resolve("members");
  }

  /// Answers that the owner has kept, encrypted.
  public Path cacheDirectory() {
    return directory.resolve("cache");
  }

  /// The engine's libraries that `peermind engine install` put here.
  public Path nativesDirectory() {
    return directory.resolve("natives");
  }

  /// The owner's own profiles of energy devices, `*.yaml`.
  public Path profilesDirectory() {
    return directory.resolve("profiles");
  }

  /// What the owner declares about power, if anything.
  public Path declarationFile() {
    return directory.resolve(Declaration.FILE);
  }

  /// The models that `peermind model import` took in.
  public Path modelsDirectory() {
    return directory.resolve("models");
  }

  /// The file that `model.file` means: a path, or `sha256:` and the hash or the first characters of
  /// the hash of a model in the store.
  ///
  /// @throws ConfigException when the store has no such model
  public Path modelFile(Path configured) throws ConfigException {
    String text = configured.toString();
    if (!text.startsWith("sha256:")) {
      return configured;
    }
    try {
      return ModelStore.at(modelsDirectory()).find(text).file();
    } catch (ModelStoreException unknown) {
      throw new ConfigException("model.file: " + unknown.getMessage(), unknown);
    }
  }

  /// Which model the node served last.
  public Path servedModelFile() {
    return directory.resolve("served-model");
  }

  /// The network's ledger: in `own` if this node writes it, in `copy` if another one does.
  public Path ledgerDirectory() {
    return directory.resolve("ledger");
  }

  /// Reports and ballots that are sealed, until they are opened.
  public Path sealedDirectory() {
    return directory.resolve("sealed");
  }

  /// Federated rounds: in `host` as their aggregator, in `member` as one of those who train.
  public Path federatedDirectory() {
    return directory.resolve("federated");
  }

  /// What this node keeps of rounds in which it trains.
  public Path memberDirectory() {
    return federatedDirectory().resolve("member");
  }

  /// What the owner said about votes.
  public Path wishesFile() {
    return directory.resolve("votes.json");
  }

  /// What the owner allows to be learned from.
  public Path consentFile() {
    return federatedDirectory().resolve("consent.json");
  }

  /// All that training makes of the owner's texts.
  public Path trainingDirectory() {
    return federatedDirectory().resolve("training");
  }

  /// The referees that others named to this node.
  public Path refereesFile() {
    return directory.resolve("referees");
  }

  /// What the site produced and used in the last 14 days.
  public Path siteHistoryFile() {
    return directory.resolve("site-history");
  }

  /// Where the charge of the owner's battery came from.
  public Path batteryLedgerFile() {
    return directory.resolve("battery-ledger");
  }

  /// Sockets and extracted libraries; nothing in it needs to be kept.
  public Path runDirectory() {
    return directory.resolve("run");
  }

  /// Makes the directory, if it does not exist, for its owner only.
  public void create() throws ConfigException {
    try {
      Set<PosixFilePermission> ownerOnly = PosixFilePermissions.fromString("rwx------");
      FileAttribute<?> attribute = PosixFilePermissions.asFileAttribute(ownerOnly);
      Files.createDirectories(directory, attribute);
      Files.createDirectories(runDirectory(), attribute);
    } catch (IOException unwritable) {
      throw new ConfigException(
          "The node's directory %s cannot be made (%s)."
              .formatted(directory, unwritable.getMessage()),
          unwritable);
    }
  }

  /// Reads the node's key.
  ///
  /// @throws ConfigException when it is absent, or was changed or cut
  public IdentityKey identity() throws ConfigException {
    String text;
    try {
      if (Files.size(keyFile()) > KEY_FILE_BYTES_MAX) {
        throw damagedKey(null);
      }
      // Damaged bytes are characters too here; what they make of the key, its checksum says.
      text = Files.readString(keyFile(), StandardCharsets.ISO_8859_1).strip();
    } catch (IOException unreadable) {
      throw new ConfigException(
          keyFile() + " cannot be read; `peermind init` makes a new identity.", unreadable);
    }
    if (!text.startsWith(KEY_HEADER.strip())) {
      throw damagedKey(null);
    }
    try {
      return IdentityKey.ofSecretText(text.substring(KEY_HEADER.strip().length()).strip());
    } catch (ProtocolException damaged) {
      throw damagedKey(damaged);
    }
  }

  private ConfigException damagedKey(@org.jspecify.annotations.Nullable Exception cause) {
    String sentence =
        keyFile()
            + " is damaged; put its backup in place, or remove it and run `peermind init` for a new"
            + " identity.";
    return cause == null ? new ConfigException(sentence) : new ConfigException(sentence, cause);
  }

  /// Draws a key and writes it, unless there is one already.
  public IdentityKey createIdentity(SecureRandom random) throws ConfigException {
    if (Files.exists(keyFile())) {
      return identity();
    }
    IdentityKey key = IdentityKey.generate(random);
    write(keyFile(), KEY_HEADER + key.toSecretText() + "\n");
    return key;
  }

  /// Removes a file of this directory, if it is there; a power loss does not bring it back.
  public void remove(Path file) throws ConfigException {
    try {
      if (Files.deleteIfExists(file)) {
        try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
          entries.force(true);
        }
      }
    } catch (IOException undeletable) {
      throw new ConfigException(
          file + " cannot be removed (" + undeletable.getMessage() + ").", undeletable);
    }
  }

  /// Replaces a file of this directory in one step, readable by its owner only; after a power loss
  /// either the old or the new content is there.
  public void write(Path file, String content) throws ConfigException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(temporary);
      Files.createFile(
          temporary,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      try {
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException plainFileSystem) {
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException unwritable) {
      throw new ConfigException(
          file + " cannot be written (" + unwritable.getMessage() + ").", unwritable);
    }
  }
}
