// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// What the energy path is told at one step.
///
/// @param ownDraw what our engine draws, best as the mean over the time the sample stands for;
///   unknown is taken as zero, which understates the headroom
/// @param expected what the site's history lets expect
public record EnergyInput(
    Observation observation, Reading<Watts> ownDraw, EngineStatus engine, Expectation expected) {
  public EnergyInput {
    requireNonNull(observation);
    requireNonNull(ownDraw);
    requireNonNull(engine);
    requireNonNull(expected);
  }

  /// With nothing expected.
  public EnergyInput(Observation observation, Reading<Watts> ownDraw, EngineStatus engine) {
    this(observation, ownDraw, engine, Expectation.UNKNOWN);
  }

  /// The outcome of polling the adapter.
  public sealed interface Observation {
    record Sampled(EnergySample sample) implements Observation {}

    /// The adapter refused or was late; `sentence` says why.
    record Failed(String sentence) implements Observation {}

    /// Time passed without a poll being due.
    record Nothing() implements Observation {}
  }

  public static EnergyInput sampled(EnergySample sample, double ownWatts, EngineStatus engine) {
    return new EnergyInput(
        new Observation.Sampled(sample), Reading.watts(ownWatts, sample.receivedAt()), engine);
  }

  public static EnergyInput failed(
      String sentence, double ownWatts, Instant now, EngineStatus engine) {
    return new EnergyInput(new Observation.Failed(sentence), Reading.watts(ownWatts, now), engine);
  }

  public static EnergyInput nothing(double ownWatts, Instant now, EngineStatus engine) {
    return new EnergyInput(new Observation.Nothing(), Reading.watts(ownWatts, now), engine);
  }
}
