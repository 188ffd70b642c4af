// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.protocol.Activation;
import org.peermind.testkit.Await;
import org.peermind.testkit.LoopbackServer;

/// The whole path from sockets to the decision: a device that disappears gives zero headroom within
/// its deadline (design promise 1). The time of the decisions is the test's; the devices answer in
/// real time.
final class VanishingDeviceTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final Duration AGE_MAX = Duration.ofSeconds(10);
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final double ROOF_WATTS = 2_500;
  private static final double HOUSE_WATTS = 300;
  private static final EnergySettings SETTINGS =
      EnergySettings.from(
          Map.of(
              "poll", "5s",
              "max-age", AGE_MAX.toSeconds() + "s",
              "window", "30s",
              "on-delay", "10s",
              "min-off", "10s",
              "load-energy", "0 J"));

  private static volatile Instant now = START;

  /// Reading and proving all profiles takes a while.
  private static final Adapters ADAPTERS =
      Adapters.withDevices(Path.of("no-profiles-of-the-owner"), () -> now);

  @TempDir private Path home;

  private final AtomicBoolean hangs = new AtomicBoolean();
  private final ClosedLoop loop = new ClosedLoop(SETTINGS, START);
  private volatile double ownWatts;

  private final LoopbackServer roof =
      LoopbackServer.start(
          (_, reply) -> {
            if (hangs.get()) {
              reply.awaitHangUp();
            }
            reply.json(
                200,
                "{\"emeters\":[{\"power\":%s,\"is_valid\":true}],\"unixtime\":0}"
                    .formatted(ROOF_WATTS));
          });
  private final LoopbackServer meter =
      LoopbackServer.start(
          (_, reply) ->
              reply.json(
                  200, "{\"active_power_w\":%s}".formatted(HOUSE_WATTS + ownWatts - ROOF_WATTS)));

  @Test
  void stopsTheEngine_whenADeviceIsSwitchedOff() {
    try (meter;
        EnergyAdapter site = running()) {
      roof.close();
      Await.until("the roof's failure", SOON, () -> !allCount(site));
      expectTheEnd(site);
      assertThat(loop.sentence()).contains("no reading for").contains("127.0.0.1");
    }
  }

  @Test
  void stopsTheEngine_whenADeviceNeverEndsItsAnswer() {
    try (meter;
        roof;
        EnergyAdapter site = running()) {
      hangs.set(true);
      expectTheEnd(site);
    }
  }

  /// A site whose engine is in full operation.
  private EnergyAdapter running() {
    now = START;
    EnergyAdapter site =
        ADAPTERS.create(
            "site",
            Map.of(
                "devices",
                List.of(device("shelly-gen1", "pv", roof), device("homewizard", "grid", meter))),
            new AdapterContext(null, Duration.ofSeconds(5), OwnDraw.NONE, home));
    loop.at(
        at -> {
          now = at;
          ownWatts = loop.ownWatts;
          if (at.getEpochSecond() % 5 == 0) {
            Await.until("both devices to be heard", SOON, () -> allHeardAt(site, at));
          }
          return site.read(at);
        });
    loop.runUntil(Activation.FULL, Duration.ofMinutes(3));
    return site;
  }

  private void expectTheEnd(EnergyAdapter site) {
    Instant before = now;
    loop.at(
        at -> {
          now = at;
          return site.read(at);
        });
    loop.runUntil(Activation.DRAINING, AGE_MAX.plusSeconds(1));
    assertThat(loop.state.decision().available().value()).as("headroom").isZero();
    assertThat(loop.sentence()).contains("no reading for");
    loop.runUntil(Activation.OFF, AGE_MAX.plusSeconds(1));
    assertThat(Duration.between(before, loop.now)).isLessThanOrEqualTo(AGE_MAX.plusSeconds(6));
    assertThat(loop.loads()).isEqualTo(1);
  }

  private static boolean allHeardAt(EnergyAdapter site, Instant at) {
    return site.siteStatus(at).devices().stream().allMatch(device -> at.equals(device.heardAt()));
  }

  private boolean allCount(EnergyAdapter site) {
    return site.siteStatus(now).devices().stream().allMatch(device -> device.whyNot().isEmpty());
  }

  private static Map<String, ?> device(String profile, String role, LoopbackServer server) {
    return Map.of(
        "profile",
        profile,
        "role",
        role,
        "name",
        role,
        "host",
        "127.0.0.1",
        "port",
        server.url().getPort(),
        "answer-within",
        "60s",
        "poll",
        "200ms");
  }
}
