// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.testkit;

import java.util.Random;
import java.util.random.RandomGenerator;

/// Runs a property over many seeded cases and names the seed of the first one that fails.
///
/// A failing case is replayed alone with `-Dpeermind.seed=SEED`.
public final class Property {
  private static final String SEED_PROPERTY = "peermind.seed";

  private Property() {}

  /// One case of a property: draws its input from `random` and throws when the property is broken.
  @FunctionalInterface
  public interface Case {
    void run(RandomGenerator random) throws Exception;
  }

  /// Runs `property` for `cases` seeds, starting with `firstSeed`, so that every run sees the same
  /// cases.
  ///
  /// @throws AssertionError naming the seed, when a case throws
  public static void forAll(long firstSeed, int cases, Case property) {
    String replay = System.getProperty(SEED_PROPERTY);
    if (replay != null) {
      runOne(Long.parseLong(replay), property);
      return;
    }
    for (long seed = firstSeed; seed < firstSeed + cases; seed++) {
      runOne(seed, property);
    }
  }

  private static void runOne(long seed, Case property) {
    try {
      property.run(new Random(seed));
    } catch (Throwable broken) {
      throw new AssertionError(
          "Property broken for seed %d; replay with -D%s=%d: %s"
              .formatted(seed, SEED_PROPERTY, seed, broken.getMessage()),
          broken);
    }
  }
}
