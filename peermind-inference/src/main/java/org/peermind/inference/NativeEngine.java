// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.internal.natives.BundledLibrary;
import org.peermind.inference.internal.process.ChildModel;
import org.peermind.model.GgufException;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.ModelHash;

/// llama.cpp in a child process for each loaded model.
///
/// The native library never enters this process: a crash of it ends an answer, not the node, and
/// ending the child gives back every byte that it took.
public final class NativeEngine implements Engine {
  private final Path library;
  private Optional<EngineInfo> info = Optional.empty();

  private NativeEngine(Path library) {
    this.library = library;
  }

  /// Unpacks the bundled library into `libraryDirectory`, if it is not there yet.
  ///
  /// @throws EngineException with the first thing that keeps the engine from working on this
  ///   machine
  public static NativeEngine open(Path libraryDirectory) throws EngineException {
    List<String> problems = EnginePreflight.check();
    if (!problems.isEmpty()) {
      throw new EngineException(problems.getFirst());
    }
    return new NativeEngine(BundledLibrary.extract(libraryDirectory.toAbsolutePath()));
  }

  /// The engine as its own guards saw it, in a child process at the first call (about a second).
  @Override
  public synchronized EngineInfo info() throws EngineException {
    if (info.isEmpty()) {
      try {
        info = Optional.of(ChildModel.probe(library));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new EngineException("The engine's self-test was interrupted.", e);
      }
    }
    return info.get();
  }

  /// Reads the file's head strictly and hashes the whole file in Java before native code sees it.
  @Override
  public LoadedModel load(ModelSpec spec, LoadProgress progress)
      throws EngineException, InterruptedException {
    progress.at(LoadProgress.Step.CHECKING, 0);
    try {
      GgufReader.read(spec.file());
      ModelHash found = ModelDigest.sha256(spec.file());
      if (!found.equals(spec.sha256())) {
        throw new EngineException(
            "The model file %s is not the model %s but %s; fetch it again."
                .formatted(spec.file(), spec.sha256().shortText(), found.shortText()));
      }
    } catch (GgufException e) {
      throw new EngineException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new EngineException(
          "The model file %s cannot be read: %s.".formatted(spec.file(), e.getMessage()), e);
    }
    progress.at(LoadProgress.Step.CHECKING, 1);
    return ChildModel.load(library, spec, progress);
  }
}
