// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.peermind.inference.EngineException;
import org.peermind.protocol.Sha256;

/// The llama.cpp library that travels as a resource on the class path, taken out into a folder so
/// that the system can load it. Its digest is pinned: another file is never loaded.
public final class BundledLibrary {
  private static final String RESOURCE = "de/kherud/llama/Linux/x86_64/libjllama.so";
  private static final String SHA_256 =
      "93276c536d00f037c37ed6ec1e55be9c828940f4a0af59af10a8f638a31bbc3c";
  private static final long BYTES_MAX = 64L << 20;

  private BundledLibrary() {}

  /// Why the bundled library cannot run on this system at all, or empty when it can.
  public static Optional<String> unsupportedPlatform() {
    String system = System.getProperty("os.name", "unknown");
    String architecture = System.getProperty("os.arch", "unknown");
    boolean supported =
        system.toLowerCase(Locale.ROOT).equals("linux")
            && (architecture.equals("amd64") || architecture.equals("x86_64"));
    return supported
        ? Optional.empty()
        : Optional.of(
            "The bundled engine runs on Linux x86-64 only, and this machine is %s %s."
                .formatted(system, architecture));
  }

  /// The digest that the library must have.
  public static String sha256() {
    return SHA_256;
  }

  /// Returns the library inside `directory`, taking it out of the class path when it is not there
  /// yet or was changed. Safe when several processes do it at once.
  ///
  /// @throws EngineException when the library is missing or the folder cannot be written
  public static Path extract(Path directory) throws EngineException {
    Optional<String> unsupported = unsupportedPlatform();
    if (unsupported.isPresent()) {
      throw new EngineException(unsupported.get());
    }
    Path target = directory.resolve("libllama-b4916-" + SHA_256.substring(0, 12) + ".so");
    try {
      if (Files.isRegularFile(target) && matches(target)) {
        return target;
      }
      Files.createDirectories(directory);
      Path fresh = Files.createTempFile(directory, "libllama", ".part");
      try {
        copyResource(fresh);
        if (!matches(fresh)) {
          throw new EngineException(
              "The engine library on the class path (%s) is not the pinned one; restore the original"
                      .formatted(RESOURCE)
                  + " de.kherud:llama:4.2.0 jar.");
        }
        Files.move(
            fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(fresh);
      }
      return target;
    } catch (IOException e) {
      throw new EngineException(
          "The engine library cannot be unpacked into %s: %s.".formatted(directory, e.getMessage()),
          e);
    }
  }

  /// Whether the file is the pinned library.
  static boolean matches(Path file) throws IOException {
    if (Files.size(file) > BYTES_MAX) {
      return false;
    }
    return HexFormat.of().formatHex(Sha256.of(Files.readAllBytes(file))).equals(SHA_256);
  }

  private static void copyResource(Path target) throws IOException, EngineException {
    try (InputStream in = BundledLibrary.class.getClassLoader().getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new EngineException(
            "The engine library is not on the class path; the jar of de.kherud:llama:4.2.0 is"
                + " missing from the installation.");
      }
      Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
