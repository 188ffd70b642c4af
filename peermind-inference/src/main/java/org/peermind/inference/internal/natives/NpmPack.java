// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.peermind.inference.EngineException;

/// Has the user's npm fetch a package, from wherever its own configuration says.
public final class NpmPack {
  private static final Duration FETCH_MAX = Duration.ofMinutes(30);
  private static final int SAID_BYTES_MAX = 1 << 16;
  private static final List<String> OFFLINE =
      List.of(
          "ENOTFOUND",
          "EAI_AGAIN",
          "ECONNREFUSED",
          "ECONNRESET",
          "ETIMEDOUT",
          "ENETUNREACH",
          "EHOSTUNREACH",
          "ENOTCACHED",
          "ERR_SOCKET_TIMEOUT");

  private NpmPack() {}

  /// Fetches `packageName` into the empty folder `directory` and returns the archive.
  ///
  /// @param npm the program, normally `npm`
  /// @throws EngineException in one sentence: npm is missing, cannot reach its registry, or failed
  public static Path fetch(String npm, String packageName, Path directory)
      throws EngineException, InterruptedException {
    Path said = directory.resolve("npm.log");
    Process process;
    try {
      process =
          new ProcessBuilder(npm, "pack", packageName, "--ignore-scripts", "--loglevel=error")
              .directory(directory.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
    } catch (IOException e) {
      throw new EngineException(
          "npm is not here to fetch %s: install it (package npm), or fetch the package on another machine with `npm pack %s` and run `peermind engine install --from FILE`."
              .formatted(packageName, packageName),
          e);
    }
    try {
      if (!process.waitFor(FETCH_MAX.toSeconds(), TimeUnit.SECONDS)) {
        throw new EngineException(
            "npm did not fetch %s within %d minutes; try again when the connection is better."
                .formatted(packageName, FETCH_MAX.toMinutes()));
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new EngineException(failure(packageName, text(said)));
    }
    return archive(packageName, directory);
  }

  /// What npm's own words mean, in one sentence.
  static String failure(String packageName, String said) {
    for (String code : OFFLINE) {
      if (said.contains(code)) {
        return "npm cannot reach its registry (%s): connect this machine, or fetch the package elsewhere with `npm pack %s` and run `peermind engine install --from FILE`."
            .formatted(code, packageName);
      }
    }
    if (said.contains("ENOSPC")) {
      return "The disk is full: npm could not store %s; free some space and try again."
          .formatted(packageName);
    }
    if (said.contains("E404") || said.contains("ETARGET")) {
      return "npm's registry does not have %s; check which registry npm is configured with."
          .formatted(packageName);
    }
    String reason =
        said.lines()
            .map(line -> line.replaceFirst("^npm (error|ERR!) ?", "").strip())
            .filter(line -> !line.isEmpty() && !line.startsWith("npm warn"))
            .limit(2)
            .collect(Collectors.joining("; "));
    return "npm could not fetch %s: %s.".formatted(packageName, reason);
  }

  private static String text(Path said) {
    try (InputStream in = Files.newInputStream(said)) {
      return new String(in.readNBytes(SAID_BYTES_MAX), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "it does not say why";
    }
  }

  private static Path archive(String packageName, Path directory) throws EngineException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().toLowerCase(Locale.ROOT).endsWith(".tgz"))
          .findFirst()
          .orElseThrow(
              () -> new EngineException("npm left no archive of %s.".formatted(packageName)));
    } catch (IOException e) {
      throw new EngineException("The archive that npm fetched cannot be read.", e);
    }
  }
}
