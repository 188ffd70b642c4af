// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.LongConsumer;
import org.peermind.model.blob.BlobException;
import org.peermind.model.blob.BlobManifest;
import org.peermind.model.blob.BlobName;
import org.peermind.model.blob.PartialBlob;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Sha256;

/// The models that a node keeps: a folder of GGUF files named by their SHA-256 (design section 10).
///
/// What is on its way in lies in `incoming` as a part that survives an interruption, under a name
/// that its source determines, so that fetching it again goes on where it stopped. A file gets its
/// name only after the strict check and with the hash that it really has; so what has a name is
/// whole, unless the disk changed it since, which [#verify] tells.
public final class ModelStore {
  private static final String SUFFIX = ".gguf";
  private static final String PART_SUFFIX = ".part";
  private static final String ABOUT_SUFFIX = ".properties";
  private static final String CHUNKS_SUFFIX = ".chunks";
  private static final int ABOUT_BYTES_MAX = 65_536;
  private static final int SOURCE_CHARACTERS_MAX = 2_048;
  private static final int PART_NAME_CHARACTERS = 32;
  private static final int CHUNK_BYTES = 1 << 18;
  private static final int REFERENCE_CHARACTERS_MIN = 8;

  private final Path directory;

  private ModelStore(Path directory) {
    this.directory = directory;
  }

  /// The store in this folder, which is made when something comes in.
  public static ModelStore at(Path directory) {
    return new ModelStore(directory);
  }

  /// Keeps other processes from changing the store until it is closed.
  ///
  /// @throws ModelStoreException when another one is at it
  public Closing lock() throws ModelStoreException {
    try {
      makeDirectories();
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new ModelStoreException(
            "Another command is changing the model store %s; try again when it is done."
                .formatted(directory));
      }
      return channel::close;
    } catch (IOException unwritable) {
      throw unwritable(unwritable);
    }
  }

  /// Ends a lock.
  @FunctionalInterface
  public interface Closing extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  private static @org.jspecify.annotations.Nullable FileLock tryLock(FileChannel channel)
      throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException sameProcess) {
      return null;
    }
  }

  /// Where what comes from `source` is collected before it is whole.
  public Path part(String source) throws ModelStoreException {
    try {
      makeDirectories();
    } catch (IOException unwritable) {
      throw unwritable(unwritable);
    }
    String name = HexFormat.of().formatHex(Sha256.of(source.getBytes(StandardCharsets.UTF_8)));
    return incoming().resolve(name.substring(0, PART_NAME_CHARACTERS) + PART_SUFFIX);
  }

  /// Copies a file into the part of its path.
  ///
  /// @param copied hears how many bytes are there
  public Path collect(Path file, LongConsumer copied) throws ModelStoreException {
    if (!Files.isRegularFile(file)) {
      throw new ModelStoreException("There is no file " + file + ".");
    }
    Path part = part(file.toAbsolutePath().toString());
    try (InputStream in = Files.newInputStream(file);
        OutputStream out = Files.newOutputStream(part)) {
      byte[] chunk = new byte[CHUNK_BYTES];
      long bytes = 0;
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        out.write(chunk, 0, read);
        bytes += read;
        copied.accept(bytes);
      }
      return part;
    } catch (IOException broken) {
      throw new ModelStoreException(
          "%s cannot be copied into the model store %s (%s)."
              .formatted(file, directory, broken.getMessage()),
          broken);
    }
  }

  /// Takes a whole part in: checks it strictly, hashes it, and gives it its name. A part that is
  /// refused is deleted, since fetching it again would bring the same bytes.
  ///
  /// @param expected the hash that it must have, if that is known
  /// @param now kept as the time of the import
  /// @param hashed hears how many bytes were read
  public StoredModel adopt(
      Path part, String source, Optional<ModelHash> expected, Instant now, LongConsumer hashed)
      throws ModelStoreException {
    return adopt(
        part,
        source,
        now,
        () -> {
          ModelHash hash = ModelDigest.sha256(part, hashed);
          if (expected.isPresent() && !expected.get().equals(hash)) {
            Files.deleteIfExists(part);
            throw new ModelStoreException(
                "%s has the SHA-256 %s, and not %s as it should; it was not kept."
                    .formatted(source, hash.hex(), expected.get().hex()));
          }
          return hash;
        });
  }

  /// Where the chunks of a model are collected that comes from peers.
  public Path part(BlobName name) throws ModelStoreException {
    return part("chunks of sha256:" + name.sha256().hex());
  }

  /// Takes in what came from peers and was found whole by [PartialBlob#check] just now, without
  /// reading it all once more. Its manifest stays beside it, to be served to others.
  ///
  /// @param part as [#part(BlobName)] named it, closed by now
  public StoredModel adoptChecked(Path part, BlobManifest manifest, String source, Instant now)
      throws ModelStoreException {
    StoredModel model =
        adopt(
            part,
            source,
            now,
            () -> {
              writeManifest(manifest);
              return manifest.name().sha256();
            });
    delete(PartialBlob.mapOf(part));
    return model;
  }

  /// The hashes of a model's chunks. They are computed once, which reads the whole file, and kept
  /// beside it.
  ///
  /// @param read hears how many bytes were read, if they are computed
  public BlobManifest manifest(StoredModel model, LongConsumer read) throws ModelStoreException {
    try {
      Optional<BlobManifest> kept = keptManifest(model.sha256());
      if (kept.isPresent() && kept.get().name().bytes() == model.bytes()) {
        return kept.get();
      }
      BlobManifest manifest = BlobManifest.of(model.file(), read);
      if (!manifest.name().sha256().equals(model.sha256())) {
        throw new ModelStoreException(
            "%s no longer has the hash that names it; fetch the model again."
                .formatted(model.file()));
      }
      writeManifest(manifest);
      return manifest;
    } catch (IOException broken) {
      throw unwritable(broken);
    } catch (BlobException refused) {
      throw new ModelStoreException(
          "%s cannot be given to others, because %s.".formatted(model.file(), refused.getMessage()),
          refused);
    }
  }

  private Optional<BlobManifest> keptManifest(ModelHash hash) throws IOException {
    Path file = directory.resolve(hash.hex() + CHUNKS_SUFFIX);
    if (!Files.exists(file) || Files.size(file) > BlobManifest.BYTES_MAX) {
      return Optional.empty();
    }
    try {
      return Optional.of(BlobManifest.parse(Files.readAllBytes(file)))
          .filter(manifest -> manifest.name().sha256().equals(hash));
    } catch (BlobException damaged) {
      return Optional.empty();
    }
  }

  /// In one step, so that a crash leaves no half of one.
  private void writeManifest(BlobManifest manifest) throws IOException {
    Path file = directory.resolve(manifest.name().sha256().hex() + CHUNKS_SUFFIX);
    Path fresh = Files.createTempFile(incoming(), "chunks", PART_SUFFIX);
    Files.write(fresh, manifest.toBytes());
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /// How a part's hash becomes known.
  private interface Hashing {
    ModelHash hash() throws IOException, ModelStoreException;
  }

  private StoredModel adopt(Path part, String source, Instant now, Hashing hashing)
      throws ModelStoreException {
    try {
      GgufReader.read(part);
      ModelHash hash = hashing.hash();
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Path file = file(hash);
      writeAbout(hash, source, now);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      return read(file);
    } catch (GgufException refused) {
      delete(part);
      throw new ModelStoreException(
          "What came from %s is no model that can be used: %s"
              .formatted(
                  source, String.valueOf(refused.getMessage()).replace(part.toString(), "it")),
          refused);
    } catch (IOException broken) {
      throw unwritable(broken);
    }
  }

  /// All models, the latest first. What is no longer a model the program accepts is left out;
  /// [#damaged] has it.
  public List<StoredModel> list() throws ModelStoreException {
    List<StoredModel> models = new ArrayList<>();
    for (Path file : files()) {
      try {
        models.add(read(file));
      } catch (GgufException damaged) {
        // Told by damaged().
      }
    }
    models.sort(Comparator.comparing(StoredModel::imported).reversed());
    return models;
  }

  /// Files that are in the store under a model's name and are none that the program accepts.
  public List<Path> damaged() throws ModelStoreException {
    List<Path> damaged = new ArrayList<>();
    for (Path file : files()) {
      try {
        read(file);
      } catch (GgufException refused) {
        damaged.add(file);
      }
    }
    return damaged;
  }

  /// The model that a person means by a hash, by its first characters (8 or more), or by a name.
  ///
  /// @throws ModelStoreException when there is none, or more than one
  public StoredModel find(String reference) throws ModelStoreException {
    String wanted = reference.startsWith("sha256:") ? reference.substring(7) : reference;
    List<StoredModel> found =
        list().stream()
            .filter(
                model ->
                    isNamed(model, wanted)
                        || (wanted.length() >= REFERENCE_CHARACTERS_MIN
                            && model.sha256().hex().startsWith(wanted)))
            .toList();
    if (found.isEmpty()) {
      throw new ModelStoreException(
          "The model store has no model \"%s\"; `peermind model list` shows what it has."
              .formatted(wanted));
    }
    if (found.size() > 1) {
      throw new ModelStoreException(
          "\"%s\" means %d models of the store; name one by its SHA-256."
              .formatted(wanted, found.size()));
    }
    return found.getFirst();
  }

  /// As the file calls itself, or as clients ask for it: `Peermind demo` is `peermind-demo` too.
  private static boolean isNamed(StoredModel model, String wanted) {
    return model.name().equals(wanted)
        || model
            .name()
            .replaceAll("[^A-Za-z0-9._:+-]+", "-")
            .replaceAll("^-+|-+$", "")
            .equalsIgnoreCase(wanted);
  }

  /// Whether the file still has the hash that names it.
  ///
  /// @param hashed hears how many bytes were read
  public boolean verify(StoredModel model, LongConsumer hashed) throws ModelStoreException {
    try {
      return ModelDigest.sha256(model.file(), hashed).equals(model.sha256());
    } catch (IOException unreadable) {
      throw new ModelStoreException(
          "%s cannot be read (%s).".formatted(model.file(), unreadable.getMessage()), unreadable);
    }
  }

  /// Deletes a file of the store and what is known about it; returns the bytes that became free.
  public long remove(Path file) throws ModelStoreException {
    try {
      long bytes = Files.size(file);
      Files.delete(file);
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(SUFFIX)) {
        String hash = name.substring(0, name.length() - SUFFIX.length());
        Files.deleteIfExists(directory.resolve(hash + ABOUT_SUFFIX));
        Files.deleteIfExists(directory.resolve(hash + CHUNKS_SUFFIX));
      }
      return bytes;
    } catch (IOException stuck) {
      throw new ModelStoreException(
          "%s cannot be deleted (%s).".formatted(file, stuck.getMessage()), stuck);
    }
  }

  /// Parts that nobody has added to since `before`.
  public List<Path> partsOlderThan(Instant before) throws ModelStoreException {
    List<Path> parts = new ArrayList<>();
    try {
      if (Files.isDirectory(incoming())) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(incoming())) {
          for (Path part : all) {
            if (Files.getLastModifiedTime(part).compareTo(FileTime.from(before)) < 0) {
              parts.add(part);
            }
          }
        }
      }
      return parts;
    } catch (IOException unreadable) {
      throw unreadable(unreadable);
    }
  }

  private List<Path> files() throws ModelStoreException {
    List<Path> files = new ArrayList<>();
    try {
      if (Files.isDirectory(directory)) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
          for (Path file : all) {
            if (String.valueOf(file.getFileName()).matches("[0-9a-f]{64}\\.gguf")) {
              files.add(file);
            }
          }
        }
      }
      return files;
    } catch (IOException unreadable) {
      throw unreadable(unreadable);
    }
  }

  private StoredModel read(Path file) throws GgufException, ModelStoreException {
    String name = String.valueOf(file.getFileName());
    ModelHash hash = new ModelHash(name.substring(0, name.length() - SUFFIX.length()));
    GgufFile gguf = GgufReader.read(file);
    Properties about = about(hash);
    return new StoredModel(
        hash,
        file,
        gguf.name(),
        gguf.architecture(),
        gguf.quantization(),
        gguf.contextTokens(),
        gguf.fileBytes(),
        imported(about, file),
        about.getProperty("source", "unknown"));
  }

  private static Instant imported(Properties about, Path file) throws ModelStoreException {
    try {
      return Instant.parse(about.getProperty("imported", ""));
    } catch (DateTimeException unknown) {
      try {
        return Files.getLastModifiedTime(file).toInstant();
      } catch (IOException unreadable) {
        throw unreadable(unreadable);
      }
    }
  }

  private Properties about(ModelHash hash) throws ModelStoreException {
    Properties about = new Properties();
    Path file = directory.resolve(hash.hex() + ABOUT_SUFFIX);
    try {
      if (Files.size(file) <= ABOUT_BYTES_MAX) {
        try (InputStream in = Files.newInputStream(file)) {
          about.load(in);
        }
      }
    } catch (NoSuchFileException | IllegalArgumentException unknown) {
      // Lost or damaged: the model itself is what counts.
    } catch (IOException unreadable) {
      throw unreadable(unreadable);
    }
    return about;
  }

  private void writeAbout(ModelHash hash, String source, Instant now) throws IOException {
    Properties about = new Properties();
    about.setProperty(
        "source", source.substring(0, Math.min(source.length(), SOURCE_CHARACTERS_MAX)));
    about.setProperty("imported", now.toString());
    try (OutputStream out = Files.newOutputStream(directory.resolve(hash.hex() + ABOUT_SUFFIX))) {
      about.store(out, null);
    }
  }

  private Path file(ModelHash hash) {
    return directory.resolve(hash.hex() + SUFFIX);
  }

  private Path incoming() {
    return directory.resolve("incoming");
  }

  private void makeDirectories() throws IOException {
    Files.createDirectories(
        incoming(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static void delete(Path part) throws ModelStoreException {
    try {
      Files.deleteIfExists(part);
    } catch (IOException stuck) {
      throw new ModelStoreException(
          "%s cannot be deleted (%s).".formatted(part, stuck.getMessage()), stuck);
    }
  }

  private ModelStoreException unwritable(IOException cause) {
    return new ModelStoreException(
        "The model store %s cannot be written (%s).".formatted(directory, cause.getMessage()),
        cause);
  }

  private static ModelStoreException unreadable(IOException cause) {
    return new ModelStoreException(
        "The model store cannot be read (%s).".formatted(cause.getMessage()), cause);
  }
}
