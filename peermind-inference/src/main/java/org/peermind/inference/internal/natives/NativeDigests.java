// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.io.IOException;
import java.util.Optional;
import org.peermind.inference.EngineException;
import org.peermind.inference.NativeVariant;
import org.peermind.inference.Natives;

/// The first guard: the files are the pinned ones. The node checks it each time before it starts a
/// child process on them; the child does not, because its quick compiler hashes slowly.
public final class NativeDigests {
  private NativeDigests() {}

  /// Checks every file that the engine may load, and says what passed.
  ///
  /// @throws EngineException naming the file that was changed
  public static String check(Natives natives) throws EngineException {
    if (natives.source() == Natives.Source.BUNDLED) {
      return bundled(natives);
    }
    if (natives.variant().isEmpty()) {
      if (!natives.unknownAllowed()) {
        throw new EngineException(
            "The engine library %s is not known by its digest.".formatted(natives.library()));
      }
      return "digests unknown, allowed by the owner";
    }
    NativeVariant variant = natives.variant().get();
    Optional<String> changed = KnownNatives.mismatch(natives.directory(), variant);
    if (changed.isPresent()) {
      throw new EngineException(
          "The engine library %s is not the pinned one; run `peermind engine install --variant %s` again."
              .formatted(natives.library().resolveSibling(changed.get()), variant.text()));
    }
    return "digests of the %d files of llama.cpp 0.5.0 for %s"
        .formatted(KnownNatives.files(variant).size(), variant.text());
  }

  private static String bundled(Natives natives) throws EngineException {
    try {
      if (!BundledLibrary.matches(natives.library())) {
        throw new EngineException(
            "The engine library %s is not the pinned one; delete it and it is unpacked again."
                .formatted(natives.library()));
      }
      return "digest " + BundledLibrary.sha256().substring(0, 12);
    } catch (IOException e) {
      throw new EngineException(
          "The engine library %s cannot be read.".formatted(natives.library()), e);
    }
  }
}
