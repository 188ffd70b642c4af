// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.peermind.federated.subspace.Subspace;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.RandomModel;
import org.peermind.protocol.governance.Digest;

/// Small models, subspaces and texts to compute with.
final class Samples {
  private static final Digest SEED = new Digest("a5".repeat(32));

  private Samples() {}

  static GgufFile model(Path directory, String architecture) throws IOException, GgufException {
    Path file = directory.resolve(architecture + ".gguf");
    RandomModel.of(architecture, 7).write(file);
    return GgufReader.read(file);
  }

  static Subspace subspace(GgufFile model) {
    return Subspace.of(model, SEED, 3, NetworkTensors.MATRICES);
  }

  static float[] drawn(int length, double spread, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextGaussian() * spread);
    }
    return values;
  }

  static int[] tokens(int length, long seed) {
    return new Random(seed).ints(length, 0, RandomModel.vocabulary()).toArray();
  }

  static SequenceBatch batch(int... lengths) {
    return SequenceBatch.whole(sequences(lengths));
  }

  static double loss(AdaptedNetwork network, float[] coordinates, SequenceBatch batch) {
    return network.gradient(coordinates, batch).loss();
  }

  static List<int[]> sequences(int... lengths) {
    return IntStream.of(lengths).mapToObj(length -> tokens(length, 100 + length)).toList();
  }
}
