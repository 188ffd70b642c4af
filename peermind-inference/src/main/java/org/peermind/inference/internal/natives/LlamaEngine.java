// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineInfo;

/// The native library after all its guards passed. Only the child process opens it.
public final class LlamaEngine {
  private static final int NAME_BYTES_MAX = 256;

  private final LlamaLibrary library;
  private final EngineInfo info;

  private LlamaEngine(LlamaLibrary library, EngineInfo info) {
    this.library = library;
    this.info = info;
  }

  /// Opens the library and trusts it only after every guard of [AbiGuard] passed. `scratch` is a
  /// private folder for the tiny model of the last guard.
  ///
  /// @throws EngineException naming the guard that refused
  public static LlamaEngine open(Path libraryFile, Path scratch) throws EngineException {
    AbiGuard.checkDigest(libraryFile);
    return open(
        libraryFile,
        Optional.empty(),
        "digest " + BundledLibrary.sha256().substring(0, 12),
        scratch);
  }

  static LlamaEngine open(Path libraryFile, Optional<Path> backends, String digest, Path scratch)
      throws EngineException {
    LlamaLibrary library = LlamaLibrary.open(libraryFile, backends);
    List<String> guards = new ArrayList<>(List.of(digest));
    guards.addAll(AbiGuard.check(library, scratch));
    AbiProfile profile = library.profile();
    String build = profile.build(library.symbols());
    return new LlamaEngine(
        library, new EngineInfo("llama.cpp", build, profile.name(), devices(library), guards));
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

  private static List<String> devices(LlamaLibrary library) throws EngineException {
    MemorySegment cpu = library.deviceOfType(0);
    if (cpu.address() == 0) {
      throw new EngineException("The engine finds no device to compute on.");
    }
    MemorySegment text = library.symbols().pointer("ggml_backend_dev_description", cpu);
    return List.of(text.reinterpret(NAME_BYTES_MAX).getString(0));
  }
}
