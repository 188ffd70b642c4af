// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalDouble;
import org.peermind.energy.spi.OwnPower;

/// What a token costs in joules, apart for prompts (prefill) and answers (decode). A pure core:
/// calls come in the order of their times, readings of power after the tokens of their window.
///
/// The answers that run at a moment bear it in equal parts, each for the phase it is in, so the
/// energy of a window is divided by the time that the phases had in it. A token counts only in a
/// window whose energy was measured. Old windows fade: after an hour of work all sums are halved.
public final class EnergyPerToken {
  private static final double FADE_AFTER_SECONDS = 3_600;

  /// Weight of a new window in the power of the idle engine, for each second of it.
  private static final double IDLE_WEIGHT_PER_SECOND = 1.0 / 60;

  private final Phase prefill = new Phase();
  private final Phase decode = new Phase();
  private Instant last = Instant.EPOCH;
  private double idleWatts = Double.NaN;
  private double windowSeconds;
  private String method = UNKNOWN.method();

  /// Nothing was measured.
  public static final Figures UNKNOWN =
      new Figures(Cost.UNKNOWN, Cost.UNKNOWN, OptionalDouble.empty(), Duration.ZERO, "unknown");

  /// What the two kinds of tokens cost.
  ///
  /// @param idleWatts of the machine with the model loaded and nobody asking
  /// @param window the measured time of work that the figures rest on
  /// @param method of measurement in words, "unknown" when nothing was measured
  public record Figures(
      Cost prefill, Cost decode, OptionalDouble idleWatts, Duration window, String method) {}

  /// Joules for one token; unknown until tokens were computed in a measured window.
  ///
  /// @param gross with what the machine draws anyway
  /// @param aboveIdle without that; unknown until the idle engine was measured
  /// @param tokens that the figures rest on
  public record Cost(OptionalDouble gross, OptionalDouble aboveIdle, double tokens) {
    static final Cost UNKNOWN = new Cost(OptionalDouble.empty(), OptionalDouble.empty(), 0);
  }

  /// An answer begins with its prompt.
  public void begin(Instant now) {
    advance(now);
    prefill.running++;
  }

  /// The prompt of an answer is computed.
  public void prefilled(Instant now) {
    advance(now);
    prefill.running--;
    decode.running++;
  }

  /// So many tokens of a prompt were computed, without those that a cache had. An engine may tell
  /// it at the answer's end only.
  public void prompt(int tokens) {
    prefill.pendingTokens += tokens;
  }

  /// An answer that is past its prompt got tokens.
  public void decoded(int tokens) {
    decode.pendingTokens += tokens;
  }

  /// An answer ends.
  ///
  /// @param isPastPrompt whether [#prefilled] was called for it
  public void end(Instant now, boolean isPastPrompt) {
    advance(now);
    (isPastPrompt ? decode : prefill).running--;
  }

  /// Takes in what was measured since the reading before.
  ///
  /// @param isLoaded whether the model was loaded all the time
  public void power(OwnPower reading, boolean isLoaded) {
    advance(reading.at());
    if (reading.isMeasured() && reading.window().isZero()) {
      return; // the meter has nothing new; the tokens wait for the next window
    }
    double busySeconds = prefill.pendingSeconds + decode.pendingSeconds;
    double seconds = reading.window().toNanos() / 1e9;
    if (reading.isMeasured() && reading.joules().isPresent() && isLoaded) {
      double joules = reading.joules().getAsDouble();
      if (busySeconds > 0) {
        method = reading.method();
        share(joules, seconds, busySeconds);
      } else {
        double watts = joules / seconds;
        double weight = Math.min(1, seconds * IDLE_WEIGHT_PER_SECOND);
        idleWatts = Double.isNaN(idleWatts) ? watts : idleWatts + weight * (watts - idleWatts);
      }
      // Tokens that were told late were paid for in the window before.
      prefill.count(!Double.isNaN(idleWatts));
      decode.count(!Double.isNaN(idleWatts));
    }
    prefill.drop();
    decode.drop();
  }

  private void share(double joules, double seconds, double busySeconds) {
    double above = Double.isNaN(idleWatts) ? 0 : Math.max(0, joules - idleWatts * seconds);
    // What the machine draws anyway while nobody asks is no answer's, also within the window.
    double gross =
        Double.isNaN(idleWatts)
            ? joules * Math.min(1, busySeconds / seconds)
            : above + (joules - above) * Math.min(1, busySeconds / seconds);
    for (Phase phase : new Phase[] {prefill, decode}) {
      double part = phase.pendingSeconds / busySeconds;
      phase.grossJoules += gross * part;
      if (!Double.isNaN(idleWatts)) {
        phase.joulesAboveIdle += above * part;
      }
    }
    windowSeconds += busySeconds;
    if (windowSeconds >= FADE_AFTER_SECONDS) {
      windowSeconds /= 2;
      prefill.halve();
      decode.halve();
    }
  }

  /// What is known so far.
  public Figures figures() {
    return new Figures(
        prefill.cost(),
        decode.cost(),
        Double.isNaN(idleWatts) ? OptionalDouble.empty() : OptionalDouble.of(idleWatts),
        Duration.ofMillis(Math.round(1_000 * windowSeconds)),
        method);
  }

  private void advance(Instant now) {
    int running = prefill.running + decode.running;
    double seconds = Duration.between(last, now).toNanos() / 1e9;
    if (seconds <= 0) {
      return; // a reading's window ends a moment before the events that overtook it
    }
    last = now;
    if (running > 0) {
      prefill.pendingSeconds += seconds * prefill.running / running;
      decode.pendingSeconds += seconds * decode.running / running;
    }
  }

  /// One of the two phases: what is running, what waits for its reading, and the sums.
  private static final class Phase {
    private int running;
    private double pendingSeconds;
    private double pendingTokens;
    private double grossJoules;
    private double joulesAboveIdle;
    private double tokens;
    private double tokensAboveIdle;

    void count(boolean isIdleKnown) {
      tokens += pendingTokens;
      tokensAboveIdle += isIdleKnown ? pendingTokens : 0;
    }

    void drop() {
      pendingSeconds = 0;
      pendingTokens = 0;
    }

    void halve() {
      grossJoules /= 2;
      joulesAboveIdle /= 2;
      tokens /= 2;
      tokensAboveIdle /= 2;
    }

    Cost cost() {
      return new Cost(
          quotient(grossJoules, tokens), quotient(joulesAboveIdle, tokensAboveIdle), tokens);
    }

    private static OptionalDouble quotient(double joules, double tokens) {
      return tokens > 0 ? OptionalDouble.of(joules / tokens) : OptionalDouble.empty();
    }
  }
}
