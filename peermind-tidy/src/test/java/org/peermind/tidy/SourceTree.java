// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The files of the project. Build outputs and hidden folders are not part of it.
///
/// @param root the directory of the parent pom
record SourceTree(Path root) {
  private static final int DEPTH_MAX = 24;

  /// The tree that this test runs in.
  static SourceTree current() {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.isDirectory(directory.resolve("peermind-tidy"))) {
      directory = directory.getParent();
    }
    if (directory == null) {
      throw new IllegalStateException("Run this test inside the project");
    }
    return new SourceTree(directory);
  }

  /// Where each module with product sources has its compiled classes. Modules that only a profile
  /// builds are left out.
  List<Path> classDirectories() {
    String pom = read(root.resolve("pom.xml")).text().replaceAll("(?s)<profiles>.*</profiles>", "");
    return modules().stream()
        .filter(module -> pom.contains("<module>" + module.getFileName() + "</module>"))
        .filter(module -> Files.isDirectory(module.resolve("src/main/java")))
        .map(module -> module.resolve("target/classes"))
        .toList();
  }

  /// Every Java source of product and tests.
  List<SourceFile> javaFiles() {
    return modules().stream()
        .flatMap(module -> files(module.resolve("src"), ".java").stream())
        .toList();
  }

  /// Every pom.
  List<SourceFile> poms() {
    Stream<SourceFile> own =
        Stream.concat(Stream.of(root), modules().stream())
            .map(module -> read(module.resolve("pom.xml")));
    // Checks against other people's software have poms of their own among a module's sources.
    Stream<SourceFile> below =
        modules().stream().flatMap(module -> files(module.resolve("src"), "pom.xml").stream());
    return Stream.concat(own, below).toList();
  }

  /// The documents at the root and below `docs`.
  List<SourceFile> documents() {
    List<SourceFile> below = files(root.resolve("docs"), ".md");
    try (Stream<Path> entries = Files.list(root)) {
      return Stream.concat(
              entries.filter(path -> path.toString().endsWith(".md")).sorted().map(this::read),
              below.stream())
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  List<Path> modules() {
    try (Stream<Path> entries = Files.list(root)) {
      return entries.filter(path -> Files.isRegularFile(path.resolve("pom.xml"))).sorted().toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private List<SourceFile> files(Path below, String suffix) {
    if (!Files.isDirectory(below)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.walk(below, DEPTH_MAX)) {
      return entries
          .filter(path -> path.toString().endsWith(suffix) && Files.isRegularFile(path))
          .sorted()
          .map(this::read)
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  SourceFile read(Path path) {
    try {
      return new SourceFile(
          root.relativize(path).toString().replace('\\', '/'), Files.readString(path));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
