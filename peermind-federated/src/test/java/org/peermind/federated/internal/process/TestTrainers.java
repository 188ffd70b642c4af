// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.federated.child.BigramChild;
import org.peermind.federated.child.BigramTask;
import org.peermind.federated.child.TrainerChild;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.TrainerSpec;
import org.peermind.federated.training.TrainingException;
import org.peermind.model.GgufFile;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.ModelHash;

/// Trainers of bigrams in real child processes.
final class TestTrainers {
  static final int SOUND = 3;

  private TestTrainers() {}

  /// @param modelBytes size of the model file, as [BigramChild] understands it
  static ChildTrainer start(Path folder, int modelBytes)
      throws IOException, TrainingException, InterruptedException {
    Path model = folder.resolve("model-" + modelBytes);
    Files.write(model, new byte[modelBytes]);
    return ChildTrainer.start(program(), spec(folder, model), folder.resolve("cache"));
  }

  static TrainerSpec spec(Path folder, Path model) throws IOException {
    return new TrainerSpec(
        model,
        ModelDigest.sha256(model),
        Optional.empty(),
        BigramTask.SUBSPACE,
        1,
        Device.CPU,
        folder);
  }

  static Program program() throws IOException {
    Set<Path> places = new LinkedHashSet<>();
    for (Class<?> part :
        List.of(BigramChild.class, TrainerChild.class, GgufFile.class, ModelHash.class)) {
      places.add(Program.place(part));
    }
    return new Program(BigramChild.class.getName(), Program.joined(places));
  }
}
