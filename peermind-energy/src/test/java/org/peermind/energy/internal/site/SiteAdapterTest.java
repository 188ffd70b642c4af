// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.Adapters;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.SettingsException;
import org.peermind.protocol.Watts;
import org.peermind.testkit.Await;
import org.peermind.testkit.LoopbackServer;

/// Sites as their owners configure them, with real HTTP servers as devices.
final class SiteAdapterTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path home;

  private volatile Instant now = Instant.parse("2026-06-21T10:00:00Z");

  private EnergyAdapter adapter(String name, Map<String, ?> section) {
    return Adapters.withDevices(home.resolve("profiles"), () -> now)
        .create(name, section, new AdapterContext(null, Duration.ofSeconds(1), OwnDraw.NONE, home));
  }

  private static Map<String, Object> device(
      String profile, String role, LoopbackServer server, String name) {
    return Map.of(
        "profile",
        profile,
        "role",
        role,
        "name",
        name,
        "host",
        "127.0.0.1",
        "port",
        server.url().getPort(),
        "poll",
        "200ms");
  }

  @Test
  void putsTwoDevicesTogether_andGoesOnWithoutOneThatFails() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    try (LoopbackServer meter =
            LoopbackServer.start((_, reply) -> reply.json(200, "{\"active_power_w\":-500}"));
        LoopbackServer roof =
            LoopbackServer.start(
                (_, reply) ->
                    reply.json(
                        broken.get() ? 503 : 200,
                        "{\"emeters\":[{\"power\":800,\"is_valid\":true}],\"unixtime\":0}"));
        EnergyAdapter site =
            adapter(
                "site",
                Map.of(
                    "devices",
                    List.of(
                        device("homewizard", "grid", meter, "meter"),
                        device("shelly-gen1", "pv", roof, "roof"))))) {
      EnergySample sample = site.read(now);

      assertThat(sample.grid().known()).contains(new Watts(-500));
      assertThat(sample.production().known()).contains(new Watts(800));
      assertThat(sample.quality()).isEqualTo(Quality.OK);

      broken.set(true);
      Await.until("the roof's failure", SOON, () -> !read(site).production().isKnown());
      assertThat(read(site).grid().known()).contains(new Watts(-500));
      assertThat(read(site).quality()).isEqualTo(Quality.DEGRADED);
    }
  }

  private EnergySample read(EnergyAdapter site) {
    try {
      return site.read(now);
    } catch (EnergyAdapterException failed) {
      throw new AssertionError(failed);
    }
  }

  @Test
  void readsOneDeviceByItsProfilesName_andNothingWhenItIsSilentForTooLong() throws Exception {
    Path file =
        Files.writeString(home.resolve("power.json"), "{\"pv_power_w\":900,\"grid_power_w\":-100}");
    try (EnergyAdapter site =
        adapter("generic-file", Map.of("path", "power.json", "stale-after", "30s"))) {
      Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.from(now));
      assertThat(site.read(now).production().known()).contains(new Watts(900));
    }
    now = now.plusSeconds(31);
    try (EnergyAdapter site =
        adapter("generic-file", Map.of("path", "power.json", "stale-after", "30s"))) {
      assertThatThrownBy(() -> site.read(now))
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessage("generic-file was last heard 31 s ago.");
    }
  }

  @Test
  void saysWhatIsWrongWithADevice() {
    assertThatThrownBy(() -> adapter("site", Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessage("energy.site.devices must list 1 to 32 devices.");
    assertThatThrownBy(
            () -> adapter("site", Map.of("devices", List.of(Map.of("profile", "fronnius")))))
        .hasMessageContaining(
            "energy.site.devices[0].profile names the unknown profile 'fronnius'");
    assertThatThrownBy(
            () ->
                adapter(
                    "site",
                    Map.of(
                        "devices",
                        List.of(Map.of("profile", "fronius", "host", "roof", "hots", "x")))))
        .hasMessageContaining("hots");
    assertThatThrownBy(() -> adapter("homewizard", Map.of("host", "meter")))
        .hasMessageContaining("energy.homewizard.role is missing");
    assertThatThrownBy(() -> adapter("home-assistant", Map.of("host", "ha", "role", "grid")))
        .hasMessageContaining("energy.home-assistant.entity is missing");
  }
}
