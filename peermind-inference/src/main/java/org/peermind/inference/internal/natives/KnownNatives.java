// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.peermind.inference.EngineException;
import org.peermind.inference.NativeVariant;
import org.peermind.protocol.Sha256;

/// The digests of every library file of the installable builds, as they are in the npm packages
/// (the first guard). The lists are resources beside this class.
public final class KnownNatives {
  private static final int BUFFER_BYTES = 1 << 16;

  private KnownNatives() {}

  /// A file of a build: its name, size in bytes and SHA-256 in hexadecimal digits.
  public record KnownFile(String name, long bytes, String sha256) {
    /// Whether `file` is this one.
    public boolean matches(Path file) throws IOException {
      return Files.isRegularFile(file, java.nio.file.LinkOption.NOFOLLOW_LINKS)
          && Files.size(file) == bytes
          && hexSha256(file).equals(sha256);
    }
  }

  /// The files of a build, by name.
  public static Map<String, KnownFile> files(NativeVariant variant) {
    String resource = variant.platform().replace("-" + variant.text(), "") + "-" + variant.text();
    Map<String, KnownFile> files = new LinkedHashMap<>();
    try (InputStream in = KnownNatives.class.getResourceAsStream(resource + ".sha256")) {
      if (in == null) {
        throw new IllegalStateException("The digests of " + resource + " are not in the program");
      }
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] parts = line.split(" ", -1);
        files.put(parts[2], new KnownFile(parts[2], Long.parseLong(parts[1]), parts[0]));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  /// The libllama of a build.
  public static String libraryName(NativeVariant variant) {
    return files(variant).keySet().stream()
        .filter(name -> name.startsWith("libllama"))
        .findFirst()
        .orElseThrow();
  }

  /// The build that the libraries in `directory` are, each and every one, or empty when they are
  /// none that is known.
  ///
  /// @throws EngineException when the folder cannot be read
  public static Optional<NativeVariant> identify(Path directory) throws EngineException {
    for (NativeVariant variant : NativeVariant.values()) {
      if (Files.isRegularFile(directory.resolve(libraryName(variant)))) {
        return mismatch(directory, variant).isEmpty() ? Optional.of(variant) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /// What in `directory` is not as it is in the build: a file that is missing, was changed, or is a
  /// library that the engine would load although the build has none of its name.
  ///
  /// @throws EngineException when the folder cannot be read
  public static Optional<String> mismatch(Path directory, NativeVariant variant)
      throws EngineException {
    Map<String, KnownFile> known = files(variant);
    try (Stream<Path> all = Files.list(directory)) {
      Set<String> present =
          all.map(file -> file.getFileName().toString())
              .filter(name -> name.startsWith("libggml") || name.startsWith("libllama"))
              .filter(name -> !name.equals("libllama-common.so"))
              .collect(Collectors.toSet());
      for (KnownFile file : known.values()) {
        if (!file.matches(directory.resolve(file.name()))) {
          return Optional.of(file.name());
        }
      }
      present.removeAll(known.keySet());
      return present.stream().sorted().findFirst();
    } catch (IOException e) {
      throw new EngineException(
          "The native libraries in %s cannot be read: %s.".formatted(directory, e.getMessage()), e);
    }
  }

  private static String hexSha256(Path file) throws IOException {
    var digest = Sha256.digest();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
