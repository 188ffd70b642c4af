// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.Adapters;
import org.peermind.energy.EngineStatus;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.PowerMeter;
import org.peermind.testkit.Await;
import org.peermind.testkit.LoopbackServer;
import org.peermind.testkit.VirtualClock;

/// The engine's draw by a socket that a real HTTP server plays (Shelly Gen2), through the site, the
/// meter of the machine and the node's watch.
final class WallPlugTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path home;

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final PowerWatch watch = new PowerWatch(clock);
  private volatile double watts = 60;
  private final LoopbackServer plug =
      LoopbackServer.start(
          (_, reply) ->
              reply.json(200, "{\"switch:0\":{\"id\":0,\"apower\":%s}}".formatted(watts)));

  @AfterEach
  void closePlug() {
    plug.close();
  }

  @Test
  void theEnginesDrawFollowsThePlug_andIsUnknownOnceItIsGone() {
    try (EnergyAdapter site = site();
        PowerMeter meter = Adapters.ownPower(site.wall().orElseThrow())) {
      for (int second = 0; second < 3; second++) {
        measure(site, meter, EngineStatus.ABSENT);
      }
      assertThat(watch.newest().method()).isEqualTo("wall");
      assertThat(watch.engineWatts()).hasValue(0);

      watts = 310;
      for (int second = 0; second < 3; second++) {
        measure(site, meter, EngineStatus.READY);
      }
      assertThat(watch.engineWatts().orElseThrow()).isCloseTo(250, within(1e-9));

      plug.close();
      Await.until("the end of the readings", SOON, () -> !isHeard(site));
      take(meter, EngineStatus.READY);
      assertThat(watch.engineWatts()).isEmpty();
      assertThat(watch.newest().method()).isEqualTo("unknown");
      assertThat(watch.newest().remark()).startsWith("no wall plug: Nothing accepts connections");
    }
  }

  private EnergyAdapter site() {
    return Adapters.withDevices(home.resolve("profiles"), clock)
        .create(
            "site",
            Map.of(
                "devices",
                List.of(
                    Map.of(
                        "profile", "shelly-gen2",
                        "role", "engine",
                        "name", "socket",
                        "host", "127.0.0.1",
                        "port", plug.url().getPort(),
                        "poll", "200ms"))),
            new AdapterContext(null, Duration.ofSeconds(1), OwnDraw.NONE, home));
  }

  /// Measures once the plug was heard in the new second.
  private void measure(EnergyAdapter site, PowerMeter meter, EngineStatus status) {
    Instant now = clock.advance(Duration.ofSeconds(1));
    Await.until(
        "the plug", SOON, () -> now.equals(site.siteStatus(now).devices().getFirst().heardAt()));
    watch.take(meter.read(now), status);
  }

  private void take(PowerMeter meter, EngineStatus status) {
    watch.take(meter.read(clock.advance(Duration.ofSeconds(1))), status);
  }

  private boolean isHeard(EnergyAdapter site) {
    return site.siteStatus(clock.instant()).devices().getFirst().whyNot().isEmpty();
  }
}
