// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
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
}
