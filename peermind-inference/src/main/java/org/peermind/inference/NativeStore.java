// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.peermind.inference.internal.natives.BundledLibrary;
import org.peermind.inference.internal.natives.KnownNatives;
import org.peermind.inference.internal.natives.NpmPack;
import org.peermind.inference.internal.natives.PackageArchive;

/// The native libraries that the owner installed, in a folder of this user only: each build is put
/// there in one step, so that a node that starts meanwhile finds a whole one, and the last one
/// counts. Earlier builds for other devices stay until all are removed, since a running node may
/// need them.
///
/// Only builds that this program knows by their digests get in.
public final class NativeStore {
  private static final String PREFIX = "llama-v0.5.0-";
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final double COPY_SPARE = 1.1;
  private static final long PACKED_BYTES_MAX = 512L << 20;

  private final Path directory;
  private final String npm;

  /// @param directory need not exist; `natives` in the node's home
  public NativeStore(Path directory) {
    this(directory, "npm");
  }

  NativeStore(Path directory, String npm) {
    this.directory = directory.toAbsolutePath();
    this.npm = npm;
  }

  /// A step of an installation, for a person; `fraction` from 0 to 1, or negative when unknown.
  @FunctionalInterface
  public interface Progress {
    void at(String step, double fraction);
  }

  /// The build that was installed last. Its files are checked when the engine opens them.
  ///
  /// @throws EngineException when the folder cannot be read
  public Optional<Natives> installed() throws EngineException {
    Optional<Natives> latest = Optional.empty();
    Optional<FileTime> since = Optional.empty();
    for (NativeVariant variant : NativeVariant.values()) {
      Path place = place(variant);
      Path library = place.resolve(KnownNatives.libraryName(variant));
      if (Files.isRegularFile(library)) {
        try {
          FileTime time = Files.getLastModifiedTime(place);
          if (since.isEmpty() || time.compareTo(since.get()) > 0) {
            since = Optional.of(time);
            latest =
                Optional.of(
                    new Natives(library, Natives.Source.INSTALLED, Optional.of(variant), false));
          }
        } catch (IOException e) {
          throw new EngineException(
              "The installed engine in %s cannot be read: %s.".formatted(place, e.getMessage()), e);
        }
      }
    }
    return latest;
  }

  /// Has npm fetch a build and installs it.
  ///
  /// @throws EngineException in one sentence: npm is missing or offline, what came is not the
  ///   pinned package, or the disk is full
  public Natives installByNpm(NativeVariant variant, Progress progress)
      throws EngineException, InterruptedException {
    requirePlatform();
    Path scratch = scratch();
    try {
      requireRoom(variant, variant.packedBytes());
      progress.at(
          "fetching %s (%d MB)".formatted(variant.npmPackage(), variant.packedBytes() / 1_000_000),
          -1);
      Path fetched =
          NpmPack.fetch(npm, variant.npmPackage(), Files.createDirectory(scratch.resolve("npm")));
      return installArchive(fetched, Optional.of(variant), scratch, progress);
    } catch (IOException e) {
      throw failed(e);
    } finally {
      delete(scratch);
    }
  }

  /// Installs a build from an npm package's file or from a folder that holds its libraries.
  ///
  /// @param wanted the build that it must be, or empty for any known one
  /// @throws EngineException in one sentence, as [#installByNpm]
  public Natives installFrom(Path source, Optional<NativeVariant> wanted, Progress progress)
      throws EngineException {
    requirePlatform();
    if (!Files.exists(source)) {
      throw new EngineException("There is no file or folder %s.".formatted(source));
    }
    Path scratch = scratch();
    try {
      return Files.isDirectory(source)
          ? installFolder(source, wanted, scratch, progress)
          : installArchive(source, wanted, scratch, progress);
    } catch (IOException e) {
      throw failed(e);
    } finally {
      delete(scratch);
    }
  }

  /// Removes the installed build and whatever an interrupted installation left, and says whether
  /// there was a build.
  ///
  /// @throws EngineException when the folder cannot be changed
  public boolean remove() throws EngineException {
    boolean present = installed().isPresent();
    try {
      for (Path old : listed()) {
        delete(old);
      }
    } catch (IOException e) {
      throw failed(e);
    }
    if (installed().isPresent()) {
      throw new EngineException(
          "The installed engine in %s cannot be removed.".formatted(directory));
    }
    return present;
  }

  private Natives installArchive(
      Path archive, Optional<NativeVariant> wanted, Path scratch, Progress progress)
      throws IOException, EngineException {
    progress.at("checking the package", -1);
    Path own = scratch.resolve("package.tgz");
    if (Files.size(archive) > PACKED_BYTES_MAX) {
      throw new EngineException(
          "The file %s is too large to be a package of the engine.".formatted(archive));
    }
    Files.copy(archive, own);
    String found = sha512(own);
    NativeVariant variant =
        Arrays.stream(NativeVariant.values())
            .filter(known -> known.integrity().equals(found))
            .findFirst()
            .orElseThrow(
                () ->
                    new EngineException(
                        "The package %s is refused, because its SHA-512 is not one that this program knows (%s)."
                            .formatted(archive.getFileName(), found)));
    requireWanted(archive, variant, wanted);
    requireRoom(variant, 0);
    Path unpacked = Files.createDirectory(scratch.resolve("unpacked"), OWNER_ONLY);
    long total = bytes(variant);
    try {
      PackageArchive.unpack(
          own,
          variant.platform(),
          unpacked,
          read -> progress.at("unpacking", Math.min(1, read / (double) total)));
    } catch (PackageArchive.ArchiveException e) {
      throw new EngineException(
          "The package %s is refused, because %s.".formatted(archive.getFileName(), e.getMessage()),
          e);
    }
    return activate(unpacked, variant, progress);
  }

  private Natives installFolder(
      Path folder, Optional<NativeVariant> wanted, Path scratch, Progress progress)
      throws IOException, EngineException {
    progress.at("checking the files", -1);
    NativeVariant variant =
        KnownNatives.identify(folder)
            .orElseThrow(
                () ->
                    new EngineException(
                        "The libraries in %s are none that this program knows by their digests; to run your own build, set engine.native-dir and engine.allow-unknown-natives."
                            .formatted(folder)));
    requireWanted(folder, variant, wanted);
    requireRoom(variant, 0);
    Path copied = Files.createDirectory(scratch.resolve("copied"), OWNER_ONLY);
    for (String name : KnownNatives.files(variant).keySet()) {
      Files.copy(folder.resolve(name), copied.resolve(name));
    }
    for (Path licence :
        List.of(folder.resolve("LICENSE"), folder.resolve("../../LICENSE").normalize())) {
      if (Files.isRegularFile(licence) && Files.size(licence) < 1 << 16) {
        Files.copy(licence, copied.resolve("LICENSE"));
        break;
      }
    }
    return activate(copied, variant, progress);
  }

  /// Keeps only what is pinned, checks it, and puts it in its place.
  private Natives activate(Path unpacked, NativeVariant variant, Progress progress)
      throws IOException, EngineException {
    progress.at("checking the libraries", -1);
    Set<String> kept = KnownNatives.files(variant).keySet();
    for (Path file : list(unpacked)) {
      String name = file.getFileName().toString();
      if (!kept.contains(name) && !name.equals("LICENSE")) {
        Files.delete(file);
      }
    }
    Optional<String> changed = KnownNatives.mismatch(unpacked, variant);
    if (changed.isPresent()) {
      throw new EngineException(
          "The file %s of the package is not the pinned one; nothing was installed."
              .formatted(changed.get()));
    }
    Path place = place(variant);
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      // Aside first: a folder that is not empty cannot be replaced.
      Files.move(place, unpacked.resolveSibling("old"), StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(unpacked, place, StandardCopyOption.ATOMIC_MOVE);
    return new Natives(
        place.resolve(KnownNatives.libraryName(variant)),
        Natives.Source.INSTALLED,
        Optional.of(variant),
        false);
  }

  private static void requirePlatform() throws EngineException {
    Optional<String> unsupported = BundledLibrary.unsupportedPlatform();
    if (unsupported.isPresent()) {
      throw new EngineException(
          "Packages of the engine are known for Linux x86-64 only; on this machine set"
              + " engine.native-dir to your own build of llama.cpp 0.5.0.");
    }
  }

  private static void requireWanted(
      Path source, NativeVariant found, Optional<NativeVariant> wanted) throws EngineException {
    if (wanted.isPresent() && wanted.get() != found) {
      throw new EngineException(
          "%s is the build for %s and not for %s; leave --variant out or give another file."
              .formatted(source, found.text(), wanted.get().text()));
    }
  }

  private void requireRoom(NativeVariant variant, long more) throws IOException, EngineException {
    long needed = (long) (COPY_SPARE * (bytes(variant) + variant.packedBytes() + more));
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < needed) {
      throw new EngineException(
          "The disk of %s has %d MB free, and the installation needs %d MB; free some space and try again."
              .formatted(directory, free / 1_000_000, needed / 1_000_000));
    }
  }

  private static long bytes(NativeVariant variant) {
    return KnownNatives.files(variant).values().stream()
        .mapToLong(KnownNatives.KnownFile::bytes)
        .sum();
  }

  private Path place(NativeVariant variant) {
    return directory.resolve(PREFIX + variant.text());
  }

  private Path scratch() throws EngineException {
    try {
      Files.createDirectories(directory, OWNER_ONLY);
      return Files.createTempDirectory(directory, "unpacking-", OWNER_ONLY);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private EngineException failed(IOException e) {
    String reason = String.valueOf(e.getMessage());
    if (reason.contains("No space left")) {
      return new EngineException(
          "The disk of %s is full; free some space and try again.".formatted(directory), e);
    }
    return new EngineException(
        "The engine's libraries cannot be written into %s: %s.".formatted(directory, reason), e);
  }

  private List<Path> listed() throws IOException {
    return Files.isDirectory(directory) ? list(directory) : List.of();
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.collect(Collectors.toList());
    }
  }

  private static String sha512(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has SHA-512", impossible);
    }
    byte[] chunk = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
      }
    }
    return "sha512-" + Base64.getEncoder().encodeToString(digest.digest());
  }

  /// Deletes without following links; what cannot be deleted stays for the next time.
  private static void delete(Path tree) {
    try {
      if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
        for (Path inside : list(tree)) {
          delete(inside);
        }
      }
      Files.deleteIfExists(tree);
    } catch (IOException _) {
      // A leftover is in nobody's way, and `engine remove` tries again.
    }
  }
}
