// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import org.peermind.federated.internal.NetworkSpec;
import org.peermind.federated.internal.RefusalException;
import org.peermind.federated.internal.TrainingNetwork;

/// The main class of a child process that trains [Bigrams]. A model file of a certain size stands
/// for what can happen to a trainer.
public final class BigramChild {
  /// A model of so many bytes: libtorch is missing.
  public static final int WITHOUT_LIBTORCH = 1;

  /// A model of so many bytes is damaged.
  public static final int DAMAGED = 2;

  /// A model of so many bytes fails in its first step, with tokens in the message.
  public static final int FAILING = 4;

  private BigramChild() {}

  public static void main(String[] arguments) {
    TrainerChild.run(arguments, BigramChild::open);
  }

  private static TrainingNetwork open(NetworkSpec spec) throws RefusalException {
    long bytes = spec.model().toFile().length();
    if (bytes == WITHOUT_LIBTORCH) {
      throw new UnsatisfiedLinkError("no jnitorch in java.library.path");
    }
    if (bytes == DAMAGED) {
      throw new RefusalException("The file %s is no model.".formatted(spec.model()));
    }
    return bytes == FAILING ? Bigrams.failing(spec) : Bigrams.open(spec);
  }
}
