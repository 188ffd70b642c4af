// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import org.peermind.inference.EngineDevice;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineInfo;

/// The native library after all its guards passed. Only the child process opens it.
public final class LlamaEngine {
  private final LlamaLibrary library;
  private final EngineInfo info;

  private LlamaEngine(LlamaLibrary library, EngineInfo info) {
    this.library = library;
    this.info = info;
  }

  /// Opens the library and trusts it only after every guard of [AbiGuard] passed. `scratch` is a
  /// private folder for the tiny model of the last guard.
  ///
  /// @param backends the folder with the library's back ends, when they are files of their own
  /// @param digests what [NativeDigests] said of these files
  /// @throws EngineException naming the guard that refused
  public static LlamaEngine open(
      Path libraryFile, Optional<Path> backends, String digests, Path scratch)
      throws EngineException {
    LlamaLibrary library = LlamaLibrary.open(libraryFile, backends);
    List<String> guards = new ArrayList<>(List.of(digests));
    guards.addAll(AbiGuard.check(library, scratch));
    AbiProfile profile = library.profile();
    List<EngineDevice> devices = Devices.of(library);
    String build = profile.build(library.symbols());
    return new LlamaEngine(
        library,
        new EngineInfo(
            "llama.cpp",
            build,
            profile.name(),
            devices,
            guards,
            backends.isPresent() ? Devices.notices(backends.get(), devices) : List.of()));
  }

  /// The engine and the guards that passed.
  public EngineInfo info() {
    return info;
  }

  /// Loads a model.
  ///
  /// @throws EngineException when the library refuses it
  public LlamaModel load(Path file, LlamaModel.Shape shape, DoubleConsumer progress)
      throws EngineException {
    return LlamaModel.load(library, file, shape, progress);
  }
}
