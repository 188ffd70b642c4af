// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.peermind.federated.subspace.AdaptedMatrix;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.governance.Digest;

/// A task for [Bigrams] with tokens of a simple language: after `t` comes `t + 1`, mostly.
public final class BigramTask {
  public static final int VOCABULARY = 16;
  public static final Subspace SUBSPACE =
      new Subspace(
          new Digest("5e".repeat(32)), 8, List.of(new AdaptedMatrix("b", VOCABULARY, VOCABULARY)));

  private BigramTask() {}

  public static TrainingTask of(Path folder, int steps) throws IOException {
    return of(folder, steps, 10);
  }

  public static TrainingTask of(Path folder, int steps, int checkpointEverySteps)
      throws IOException {
    Path tokens = folder.resolve("tokens");
    TokenFile.write(tokens, sequences());
    return new TrainingTask(
        Coordinates.of(new float[SUBSPACE.length()]),
        tokens,
        steps,
        3,
        Bigrams.CONTEXT_TOKENS,
        Adam.of(0.05, 5),
        42,
        folder.resolve("checkpoint"),
        checkpointEverySteps);
  }

  private static List<TokenSequence> sequences() {
    Random random = new Random(7);
    List<TokenSequence> sequences = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int[] tokens = new int[random.nextInt(4, Bigrams.CONTEXT_TOKENS)];
      tokens[0] = random.nextInt(VOCABULARY);
      for (int at = 1; at < tokens.length; at++) {
        tokens[at] =
            random.nextInt(10) == 0
                ? random.nextInt(VOCABULARY)
                : (tokens[at - 1] + 1) % VOCABULARY;
      }
      sequences.add(TokenSequence.of(tokens));
    }
    return sequences;
  }
}
