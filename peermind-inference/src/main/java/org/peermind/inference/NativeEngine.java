// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.internal.process.AdapterCheck;
import org.peermind.inference.internal.process.ChildLoading;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.ModelHash;

/// llama.cpp in a child process for each loaded model.
///
/// The native library never enters this process: a crash of it ends an answer, not the node, and
/// ending the child gives back every byte that it took.
public final class NativeEngine implements Engine {
  private final Natives natives;
  private Optional<EngineInfo> info = Optional.empty();

  /// Parts of the names of families without a causal decoder; not all files say so themselves.
  private static final List<String> ENCODERS = List.of("bert", "t5", "embed", "llada", "dream");

  private NativeEngine(Natives natives) {
    this.natives = natives;
  }

  /// The engine on the bundled library, unpacked into `libraryDirectory` if it is not there yet.
  ///
  /// @throws EngineException with the first thing that keeps the engine from working on this
  ///   machine
  public static NativeEngine open(Path libraryDirectory) throws EngineException {
    return new NativeEngine(Natives.bundled(libraryDirectory));
  }

  /// The engine on these libraries. They are checked each time that a child process loads them.
  public static NativeEngine open(Natives natives) {
    return new NativeEngine(natives);
  }

  /// The engine as its own guards saw it, in a child process at the first call (about a second).
  @Override
  public synchronized EngineInfo info() throws EngineException {
    if (info.isEmpty()) {
      try {
        info = Optional.of(ChildLoading.probe(natives));
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
    GgufFile model;
    try {
      model = GgufReader.read(spec.file());
      Optional<String> refusal = refusalOfEncoder(model).or(() -> natives.refusal(model));
      if (refusal.isPresent()) {
        throw new EngineException(refusal.get());
      }
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
    long adapterBytes =
        spec.adapter().isPresent()
            ? AdapterCheck.check(spec.adapter().get(), model.architecture())
            : 0;
    progress.at(LoadProgress.Step.CHECKING, 1);
    MemoryNeed need = MemoryNeed.of(model, spec, adapterBytes);
    return ChildLoading.load(natives, spec, model.architecture(), need, progress);
  }

  /// A model that reads a text as a whole writes none, and the engine's loop reads in pieces: it
  /// would end at the first question.
  private static Optional<String> refusalOfEncoder(GgufFile model) {
    String family = model.architecture();
    boolean causal = model.whole(family + ".attention.causal").orElse(1L) != 0;
    return causal && ENCODERS.stream().noneMatch(family::contains)
        ? Optional.empty()
        : Optional.of(
            "The model file %s is of the family %s, which reads texts and writes none; the engine runs models that write."
                .formatted(model.path(), family.replaceAll("\\p{Cntrl}", "?")));
  }
}
