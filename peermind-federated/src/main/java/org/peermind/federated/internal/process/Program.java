// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.federated.child.TrainerChild;
import org.peermind.model.GgufFile;
import org.peermind.protocol.ModelHash;

/// What a child process runs.
///
/// @param mainClass name of the class that begins
/// @param classPath where its classes are
record Program(String mainClass, String classPath) {
  private static final List<String> LIBTORCH =
      List.of(
          "org.bytedeco.javacpp.Loader",
          "org.bytedeco.openblas.global.openblas",
          "org.bytedeco.pytorch.global.torch");
  private static final List<String> NATIVE = List.of("javacpp", "openblas", "pytorch");

  /// The trainer: only what it needs, which is this module, the two below it, and libtorch with
  /// what belongs to this platform. What is missing of libtorch, the child says.
  static Program trainer() throws IOException {
    Set<Path> places = new LinkedHashSet<>();
    for (Class<?> part : List.of(TrainerChild.class, GgufFile.class, ModelHash.class)) {
      places.add(place(part));
    }
    for (String name : LIBTORCH) {
      Optional<Class<?>> part = find(name);
      if (part.isPresent()) {
        places.add(place(part.get()));
      }
    }
    for (String part : NATIVE) {
      nativePlace(part).ifPresent(places::add);
    }
    return new Program(TrainerChild.class.getName(), joined(places));
  }

  static String joined(Set<Path> places) {
    return String.join(File.pathSeparator, places.stream().map(Path::toString).toList());
  }

  static Path place(Class<?> part) throws IOException {
    try {
      return Path.of(part.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("the program's own class path cannot be found", e);
    }
  }

  private static Optional<Class<?>> find(String name) {
    try {
      return Optional.of(Class.forName(name, false, Program.class.getClassLoader()));
    } catch (ClassNotFoundException _) {
      return Optional.empty();
    }
  }

  /// The jar with a part's libraries for this platform.
  private static Optional<Path> nativePlace(String part) throws IOException {
    URL folder =
        Program.class
            .getClassLoader()
            .getResource("org/bytedeco/%s/%s/".formatted(part, platform()));
    try {
      return folder != null && folder.openConnection() instanceof JarURLConnection jar
          ? Optional.of(Path.of(jar.getJarFileURL().toURI()))
          : Optional.empty();
    } catch (URISyntaxException e) {
      throw new IOException("the program's own class path cannot be found", e);
    }
  }

  /// As the authors of these jars name platforms.
  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT);
    String processor = System.getProperty("os.arch");
    String name =
        system.startsWith("mac") ? "macosx" : system.startsWith("windows") ? "windows" : "linux";
    return name
        + "-"
        + switch (processor) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "arm64";
          default -> processor;
        };
  }
}
