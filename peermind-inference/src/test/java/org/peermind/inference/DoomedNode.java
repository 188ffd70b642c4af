// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.peermind.model.ModelDigest;

/// A node that loads a model, begins a long answer, prints the child's process number and waits to
/// be killed.
final class DoomedNode {
  private DoomedNode() {}

  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[1]);
    LoadedModel model =
        NativeEngine.open(Path.of(arguments[0]))
            .load(new ModelSpec(file, ModelDigest.sha256(file), 512, 1, 1), LoadProgress.ignored());
    model.pace(OptionalDouble.of(1));
    Generation generation =
        model.generate(
            GenerationRequest.of(
                Prompt.chat(List.of(new ChatMessage("user", "the sun"))), 400, Sampling.greedy()));
    System.out.println(model.childPid().getAsLong());
    Transcript.read(generation);
  }
}
