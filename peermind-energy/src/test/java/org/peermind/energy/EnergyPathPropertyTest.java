// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Activation;
import org.peermind.testkit.Property;

/// Random sites, gaps, garbage and clock steps; invariants after every step.
class EnergyPathPropertyTest {
  private static final Instant START = Instant.parse("2026-03-20T06:00:00Z");
  private static final EnergySettings SETTINGS =
      EnergySettings.from(
          Map.of(
              "poll",
              "2s",
              "battery",
              Map.of("capacity", "10 kWh", "charge-max", "3 kW", "renewable", true)));

  private static boolean running(Activation activation) {
    return activation == Activation.FULL || activation == Activation.REDUCED;
  }

  @Test
  void keepsItsInvariants_whateverArrives() {
    Property.forAll(
        1,
        60,
        random -> {
          EnergyPath path = new EnergyPath(SETTINGS);
          EnergyState state = path.initial(START);
          Instant now = START;
          Weather weather = new Weather();
          Instant lastGood = Instant.MIN;
          for (int i = 0; i < 2_000; i++) {
            now = now.plusMillis(step(random));
            weather.change(random);
            EnergyInput input = input(random, weather, now, state.decision().activation());
            EnergyState next = path.step(state, input, now);
            lastGood =
                next.readings().newest() == null
                    ? Instant.MIN
                    : next.readings().newest().receivedAt();
            check(state, next, lastGood);
            state = next;
          }
        });
  }

  private static void check(EnergyState before, EnergyState after, Instant lastGood) {
    EnergyDecision decision = after.decision();
    assertThat(decision.reason().sentence()).isNotBlank().doesNotContain("NaN");
    assertThat(decision.available().value()).isGreaterThanOrEqualTo(0);
    if (running(decision.activation())) {
      assertThat(decision.headroom()).as("never runs on unknown data").isPresent();
      assertThat(lastGood).isAfterOrEqualTo(after.now().minusSeconds(5));
    }
    if (decision.activation() == Activation.DRAINING) {
      assertThat(Duration.between(decision.since(), after.now()))
          .as("drains no longer than the grace and one step")
          .isLessThanOrEqualTo(Duration.ofSeconds(30));
    }
    Activation from = before.decision().activation();
    Activation to = decision.activation();
    assertThat(allowed(from, to)).as("%s to %s", from, to).isTrue();
    assertThat(after.readings().surplus().size()).isLessThanOrEqualTo(520);
  }

  private static boolean allowed(Activation from, Activation to) {
    return from == to
        || switch (from) {
          case OFF -> to == Activation.WARMING;
          case WARMING -> to != Activation.DRAINING;
          case FULL, REDUCED -> true;
          case DRAINING -> to == Activation.OFF;
        };
  }

  private static long step(RandomGenerator random) {
    return switch (random.nextInt(400)) {
      case 0 -> -random.nextInt(20_000);
      case 1 -> random.nextInt(7_200_000);
      case 2 -> random.nextInt(20_000);
      default -> 200 + random.nextInt(2_000);
    };
  }

  private static EnergyInput input(
      RandomGenerator random, Weather weather, Instant now, Activation activation) {
    double own = running(activation) ? random.nextDouble(50, 300) : 0;
    EngineStatus engine =
        switch (activation) {
          case OFF -> EngineStatus.ABSENT;
          case WARMING -> random.nextInt(5) == 0 ? EngineStatus.READY : EngineStatus.LOADING;
          case FULL, REDUCED, DRAINING ->
              random.nextInt(2_000) == 0 ? EngineStatus.BROKEN : EngineStatus.READY;
        };
    return switch (random.nextInt(40)) {
      case 0 -> EnergyInput.failed("timeout", own, now, engine);
      case 1, 2 -> EnergyInput.nothing(own, now, engine);
      default -> EnergyInput.sampled(weather.sample(random, now, own), own, engine);
    };
  }

  private static final class Weather {
    private double production = 3_000;
    private double battery;
    private double soc = 50;
    private boolean grid = true;
    private SourceKind kind = SourceKind.PV;

    void change(RandomGenerator random) {
      if (random.nextInt(100) == 0) {
        production = random.nextDouble(0, 6_000);
        battery = random.nextDouble(-2_000, 2_000);
        soc = random.nextDouble(0, 100);
      }
      if (random.nextInt(1_000) == 0) {
        grid = !grid;
        kind = random.nextInt(4) == 0 ? SourceKind.GENERATOR : SourceKind.PV;
      }
    }

    EnergySample sample(RandomGenerator random, Instant now, double own) {
      double house = random.nextDouble(100, 600);
      EnergySample.Builder sample =
          EnergySample.builder("the inverter", Origin.MEASURED, now)
              .sourceKind(kind)
              .gridConnection(grid ? GridConnection.CONNECTED : GridConnection.ISLANDED)
              .productionWatts(production)
              .loadWatts(house + own)
              .gridWatts(house + own + battery - production)
              .batteryWatts(battery)
              .stateOfChargePercent(soc);
      return switch (random.nextInt(60)) {
        case 0 -> sample.grid(Reading.unknown("gone")).build();
        case 1 -> sample.stateOfCharge(Reading.unknown("gone")).build();
        case 2 -> sample.quality(Quality.ERROR).build();
        case 3 -> sample.deviceTime(now.minusSeconds(60)).build();
        case 4 -> sample.gridWatts(1e6).build();
        case 5 -> sample.battery(Reading.unknown("gone")).build();
        default -> sample.build();
      };
    }
  }

  @Test
  void movesNoTwiceWithinTheDwell_exceptByTripOrLastingImport() {
    Property.forAll(
        700,
        30,
        random -> {
          double[] production = {2_000};
          EnergySettings settings = EnergySettings.from(Map.of("poll", "1s"));
          ClosedLoop loop = new ClosedLoop(settings, START);
          loop.at(
              now -> {
                double load = 300 + now.getEpochSecond() % 7 + loop.ownWatts;
                return EnergySample.builder("the inverter", Origin.MEASURED, now)
                    .productionWatts(production[0])
                    .loadWatts(load)
                    .gridWatts(load - production[0])
                    .build();
              });
          for (int minute = 0; minute < 90; minute++) {
            production[0] = random.nextDouble(0, 1_600);
            loop.run(Duration.ofSeconds(random.nextInt(5, 200)));
          }
          Instant last = START.minusSeconds(3_600);
          for (EnergyDecision.Change change : loop.changes) {
            boolean movesTheEngine =
                change.to() == Activation.WARMING
                    || change.to() == Activation.DRAINING
                    || (running(change.from()) && running(change.to()));
            if (movesTheEngine) {
              boolean forced = change.reason() instanceof Reason.Importing;
              assertThat(forced || !change.at().isBefore(last.plusSeconds(300)))
                  .as("%s after %s", change, last)
                  .isTrue();
              last = change.at();
            }
          }
          assertThat(loop.brownSecondsInARowMax).isLessThanOrEqualTo(45 + 60 + 5);
        });
  }

  /// Ten minutes of each strength of sun: wherever it settles, it does so at any rate of polls.
  @Test
  void decidesTheSame_atAnySamplingRate() {
    Property.forAll(
        1_000,
        12,
        random -> {
          double[] levels = new double[16];
          for (int i = 0; i < levels.length; i++) {
            levels[i] = random.nextDouble(0, 1_500);
          }
          EnergySettings settings = EnergySettings.from(Map.of("poll", "4s", "max-age", "8s"));
          List<Activation> slow = settled(settings, levels, 4_000);
          assertThat(slow).contains(Activation.FULL, Activation.OFF);
          assertThat(settled(settings, levels, 1_000)).isEqualTo(slow);
          assertThat(settled(settings, levels, 500)).isEqualTo(slow);
        });
  }

  /// Where a path stands at the end of each strength when it is polled every `pollMillis`.
  private static List<Activation> settled(
      EnergySettings settings, double[] strengths, int pollMillis) {
    EnergyPath path = new EnergyPath(settings);
    EnergyState state = path.initial(START);
    List<Activation> settled = new ArrayList<>();
    for (double production : strengths) {
      Instant begun = START.plusMillis(600_000L * settled.size());
      for (int millis = 0; millis < 600_000; millis += pollMillis) {
        Instant now = begun.plusMillis(millis);
        Activation before = state.decision().activation();
        double own = before == Activation.FULL ? 250 : before == Activation.REDUCED ? 120 : 0;
        EnergySample sample =
            EnergySample.builder("the inverter", Origin.REPLAYED, now)
                .productionWatts(production)
                .gridWatts(300 + own - production)
                .build();
        EngineStatus engine = before == Activation.OFF ? EngineStatus.ABSENT : EngineStatus.READY;
        state = path.step(state, EnergyInput.sampled(sample, own, engine), now);
      }
      settled.add(state.decision().activation());
    }
    return settled;
  }

  @Test
  void ignoresAnswersThatWereOvertaken() {
    Property.forAll(
        2_000,
        40,
        random -> {
          EnergyPath path = new EnergyPath(SETTINGS);
          EnergyState inOrder = path.initial(START);
          EnergyState shuffled = path.initial(START);
          for (int second = 0; second < 300; second += 2) {
            Instant now = START.plusSeconds(second);
            double production = random.nextDouble(0, 3_000);
            EnergyInput input = overtaken(now, production);
            inOrder = path.step(inOrder, input, now);
            shuffled = path.step(shuffled, input, now);
            if (random.nextInt(4) == 0 && second > 20) { // a late copy of something older
              EnergyInput late = overtaken(now.minusSeconds(random.nextInt(6, 15)), 9_000);
              shuffled = path.step(shuffled, late, now);
            }
            assertThat(shuffled.readings().surplus().over(now))
                .isEqualTo(inOrder.readings().surplus().over(now));
            assertThat(shuffled.decision().activation()).isEqualTo(inOrder.decision().activation());
          }
        });
  }

  private static EnergyInput overtaken(Instant at, double production) {
    EnergySample sample =
        EnergySample.builder("the inverter", Origin.MEASURED, at)
            .productionWatts(production)
            .loadWatts(300)
            .gridWatts(300 - production)
            .batteryWatts(0)
            .stateOfChargePercent(50)
            .build();
    return EnergyInput.sampled(sample, 0, EngineStatus.ABSENT);
  }

  /// Whatever a generator or a battery of unknown or grid charge delivers, none of it is headroom.
  @Test
  void givesNoHeadroom_fromGeneratorGridOrUnknownCharge() {
    Property.forAll(
        3_000,
        40,
        random -> {
          EnergySettings settings =
              EnergySettings.from(Map.of("poll", "2s", "battery", Map.of("capacity", "10 kWh")));
          EnergyPath path = new EnergyPath(settings);
          EnergyState state = path.initial(START);
          boolean generator = random.nextBoolean();
          for (int second = 0; second < 3_600; second += 2) {
            Instant now = START.plusSeconds(second);
            double house = random.nextDouble(100, 600);
            double battery = random.nextDouble(-2_000, 2_000);
            EnergySample sample =
                EnergySample.builder("the inverter", Origin.MEASURED, now)
                    .sourceKind(generator ? SourceKind.GENERATOR : SourceKind.PV)
                    .productionWatts(generator ? 5_000 : 0)
                    .gridWatts(house + battery - (generator ? 5_000 : 0))
                    .loadWatts(house)
                    .batteryWatts(battery)
                    .stateOfChargePercent(random.nextDouble(60, 100))
                    .build();
            state = path.step(state, EnergyInput.sampled(sample, 0, EngineStatus.ABSENT), now);
            assertThat(state.decision().activation()).isEqualTo(Activation.OFF);
            if (!generator) {
              assertThat(state.decision().available().value()).isZero();
            }
            assertThat(state.ledger().renewableNextWattHours()).isZero();
          }
        });
  }

  /// The whole path against an integral of its own: surplus of the window, in steps of
  /// milliseconds.
  @Test
  void averagesLikeAnIndependentIntegration() {
    Property.forAll(
        4_000,
        30,
        random -> {
          EnergySettings settings = EnergySettings.from(Map.of("poll", "2s"));
          EnergyPath path = new EnergyPath(settings);
          EnergyState state = path.initial(START);
          double[] held = new double[120_000];
          int millis = 0;
          while (millis < 100_000) {
            double surplus = random.nextDouble(-500, 3_000);
            Instant now = START.plusMillis(millis);
            EnergySample sample =
                EnergySample.builder("the inverter", Origin.MEASURED, now)
                    .gridWatts(-surplus)
                    .build();
            state = path.step(state, EnergyInput.sampled(sample, 0, EngineStatus.ABSENT), now);
            int next = Math.min(millis + random.nextInt(300, 4_000), 100_000);
            Arrays.fill(held, millis, next, surplus);
            millis = next;
          }
          double sum = 0;
          for (int i = 55_000; i < 100_000; i++) {
            sum += held[i];
          }
          assertThat(state.readings().surplus().over(START.plusMillis(100_000)).mean())
              .isCloseTo(sum / 45_000, within(1e-9));
        });
  }
}
