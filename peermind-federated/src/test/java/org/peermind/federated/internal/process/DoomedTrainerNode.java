// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import java.nio.file.Path;
import org.peermind.federated.child.BigramTask;
import org.peermind.federated.training.TrainingRun;

/// A node that begins a long run, prints the child's process number and waits to be killed.
final class DoomedTrainerNode {
  private DoomedTrainerNode() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    ChildTrainer trainer = TestTrainers.start(folder, TestTrainers.SOUND);
    TrainingRun run = trainer.begin(BigramTask.of(folder, 10_000_000));
    System.out.println(trainer.childPid());
    run.await();
  }
}
