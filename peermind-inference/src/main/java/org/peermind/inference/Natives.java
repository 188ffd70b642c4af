// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.peermind.inference.internal.natives.Architectures;
import org.peermind.inference.internal.natives.BundledLibrary;
import org.peermind.inference.internal.natives.KnownNatives;
import org.peermind.model.GgufFile;

/// The native libraries that the engine runs on.
///
/// @param library the file of libllama; what it needs lies beside it
/// @param variant which known build it is, or empty for the bundled one and for one that is not
///   known
/// @param unknownAllowed whether its owner said that libraries of unknown digest may run
public record Natives(
    Path library, Source source, Optional<NativeVariant> variant, boolean unknownAllowed) {
  private static final Pattern LIBRARY =
      Pattern.compile("libllama(\\.(cuda|vulkan))?(\\.v[0-9.]+)?\\.so");

  /// Where they come from.
  public enum Source {
    /// The folder that the configuration or a command names.
    CONFIGURED,
    /// Put there by `peermind engine install`.
    INSTALLED,
    /// Inside the program.
    BUNDLED
  }

  /// Those to use, in the order of design section 12: the folder that the owner names, the
  /// installed ones, the bundled one.
  ///
  /// @param directory the folder that the owner names; when it is not usable, nothing else is tried
  /// @param unknownAllowed whether libraries of unknown digest in that folder may run
  /// @param bundledInto the folder into which the bundled library is unpacked when it is used
  /// @throws EngineException with the first thing that keeps them from working on this machine
  public static Natives choose(
      Optional<Path> directory, boolean unknownAllowed, NativeStore store, Path bundledInto)
      throws EngineException {
    if (directory.isPresent()) {
      return in(directory.get().toAbsolutePath(), unknownAllowed);
    }
    Optional<Natives> installed = store.installed();
    return installed.isPresent() ? installed.get() : bundled(bundledInto);
  }

  /// The bundled library, unpacked into `directory` if it is not there yet.
  ///
  /// @throws EngineException with the first thing that keeps it from working on this machine
  public static Natives bundled(Path directory) throws EngineException {
    List<String> problems = EnginePreflight.check();
    if (!problems.isEmpty()) {
      throw new EngineException(problems.getFirst());
    }
    return new Natives(
        BundledLibrary.extract(directory.toAbsolutePath()),
        Source.BUNDLED,
        Optional.empty(),
        false);
  }

  /// The libraries in a folder of the owner's choice.
  ///
  /// @throws EngineException when there is not exactly one libllama in it, or it is not known and
  ///   `unknownAllowed` is not set
  public static Natives in(Path directory, boolean unknownAllowed) throws EngineException {
    List<Path> found;
    try (Stream<Path> files = Files.list(directory)) {
      found =
          files
              .filter(file -> LIBRARY.matcher(file.getFileName().toString()).matches())
              .collect(Collectors.toList());
    } catch (IOException e) {
      throw new EngineException(
          "The folder of native libraries %s cannot be read; correct engine.native-dir or --native-dir."
              .formatted(directory),
          e);
    }
    if (found.size() != 1) {
      throw new EngineException(
          "The folder of native libraries %s holds %d files named libllama*.so and not one; correct engine.native-dir or --native-dir."
              .formatted(directory, found.size()));
    }
    Optional<NativeVariant> variant = KnownNatives.identify(directory);
    if (variant.isEmpty() && !unknownAllowed) {
      throw new EngineException(
          "The native libraries in %s are none that this program knows by their digests; set engine.allow-unknown-natives if you trust them."
              .formatted(directory));
    }
    return new Natives(found.getFirst(), Source.CONFIGURED, variant, unknownAllowed);
  }

  /// The folder in which the library lies.
  public Path directory() {
    return Optional.ofNullable(library.toAbsolutePath().getParent()).orElseThrow();
  }

  /// The folder in which back ends lie as libraries of their own, if they do.
  public Optional<Path> backends() {
    return source == Source.BUNDLED ? Optional.empty() : Optional.of(directory());
  }

  /// Why these libraries cannot load this model, known before native code sees it, as a sentence
  /// that says what to do; empty when nothing is known against it.
  public Optional<String> refusal(GgufFile model) {
    String architecture = model.architecture();
    boolean known =
        source == Source.BUNDLED
            ? Architectures.bundledKnows(architecture)
            : variant.isEmpty() || Architectures.installableKnows(architecture);
    if (known) {
      return Optional.empty();
    }
    String begin =
        "The model %s is of the architecture %s, which %s does not know"
            .formatted(
                model.path(),
                printable(architecture),
                source == Source.BUNDLED
                    ? "the bundled engine (llama.cpp b4916)"
                    : "llama.cpp 0.5.0");
    return Optional.of(
        source == Source.BUNDLED && Architectures.installableKnows(architecture)
            ? begin + "; run `peermind engine install` for a newer one."
            : begin + "; choose another model.");
  }

  private static String printable(String text) {
    String plain = text.replaceAll("\\p{Cntrl}", "?");
    return plain.length() <= 40 ? plain : plain.substring(0, 40) + "...";
  }

  /// Where they come from, for a person.
  public String text() {
    String build =
        variant
            .map(known -> "llama.cpp 0.5.0 for " + known.text().toUpperCase(java.util.Locale.ROOT))
            .orElse(source == Source.BUNDLED ? "llama.cpp b4916" : "an unknown build");
    return switch (source) {
      case CONFIGURED -> build + " from " + directory();
      case INSTALLED -> build + ", installed";
      case BUNDLED -> build + ", bundled";
    };
  }
}
