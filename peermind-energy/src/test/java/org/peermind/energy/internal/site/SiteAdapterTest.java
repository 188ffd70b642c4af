// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.Adapters;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.DeviceStatus;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Watts;
import org.peermind.testkit.Await;
import org.peermind.testkit.LoopbackServer;

/// Sites as their owners configure them, with real HTTP servers as devices.
final class SiteAdapterTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path home;

  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");

  /// Reading and proving all profiles takes a while.
  private static final Adapters ADAPTERS =
      Adapters.withDevices(Path.of("no-profiles-of-the-owner"), () -> START);

  private Instant now = START;

  private EnergyAdapter adapter(String name, Map<String, ?> section) {
    return ADAPTERS.create(
        name, section, new AdapterContext(null, Duration.ofSeconds(1), OwnDraw.NONE, home));
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
  void putsTwoDevicesTogether_andGivesNoSampleWithoutOneThatFails() throws Exception {
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

      assertThat(site.siteStatus(now).devices())
          .extracting(DeviceStatus::name, DeviceStatus::profile, DeviceStatus::objection)
          .containsExactly(tuple("meter", "homewizard", null), tuple("roof", "shelly-gen1", null));
      assertThat(site.wall()).as("a meter in the machine's wall plug").isEmpty();

      broken.set(true);
      Await.until("the roof's failure", SOON, () -> !counts(site, 1));
      assertThatThrownBy(() -> site.read(now)).hasMessageContaining("answers with status 503");
      assertThat(counts(site, 0)).as("the meter goes on").isTrue();

      DeviceStatus failed = site.siteStatus(now.plusSeconds(7)).devices().get(1);
      String sentence =
          "127.0.0.1:%d answers with status 503: it has an error of its own; restart it if this stays."
              .formatted(roof.url().getPort());
      assertThat(failed.whyNot()).contains(sentence);
      assertThat(failed.current()).as("values of a device that fails").isEmpty();
      assertThat(failed.heardAt()).isEqualTo(now);
      assertThat(failed.failure()).contains(new DeviceStatus.Failure(sentence, now));
      assertThat(failed.nextTry()).isEqualTo(now.plusMillis(200));
    }
  }

  @Test
  void saysHowLongADeviceIsLeftAlone_whenItIsGone() throws Exception {
    LoopbackServer meter =
        LoopbackServer.start((_, reply) -> reply.json(200, "{\"active_power_w\":-500}"));
    try (EnergyAdapter site =
        adapter("site", Map.of("devices", List.of(device("homewizard", "grid", meter, "meter"))))) {
      var _ = read(site);
      meter.close();
      Await.until("the pause", SOON, () -> isLeftAlone(site));

      DeviceStatus gone = site.siteStatus(now).devices().getFirst();
      assertThat(gone.nextTry()).isEqualTo(now.plusSeconds(1));
      assertThat(gone.whyNot().orElseThrow())
          .as("the cause, and not that it is left alone")
          .startsWith("Nothing accepts connections at 127.0.0.1");
      assertThatThrownBy(() -> site.read(now)).isInstanceOf(EnergyAdapterException.class);
    }
  }

  private boolean isLeftAlone(EnergyAdapter site) {
    Instant next = site.siteStatus(now).devices().getFirst().nextTry();
    return next != null && next.isAfter(now.plusMillis(200));
  }

  @Test
  void readsThePlugOfTheMachine_andNeverHoldsItsLastValue() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    try (LoopbackServer meter =
            LoopbackServer.start((_, reply) -> reply.json(200, "{\"active_power_w\":-500}"));
        LoopbackServer plug =
            LoopbackServer.start(
                (_, reply) ->
                    reply.json(
                        200,
                        broken.get() ? "{}" : "{\"StatusSNS\":{\"ENERGY\":{\"Power\":240}}}"));
        EnergyAdapter site =
            adapter(
                "site",
                Map.of(
                    "devices",
                    List.of(
                        device("homewizard", "grid", meter, "meter"),
                        device("tasmota", "engine", plug, "socket"))))) {
      assertThat(read(site).load().isKnown()).as("the machine is not the house").isFalse();
      Machine.Wall wall = site.wall().orElseThrow();
      assertThat(wall.read(now).known()).contains(new Watts(240));
      assertThat(wall.read(now.plusSeconds(31)))
          .isEqualTo(Reading.unknown("socket was last heard 31 s ago"));

      broken.set(true);
      Await.until("the plug's failure", SOON, () -> !wall.read(now).isKnown());
      assertThat(read(site).quality()).as("of the site without the plug").isEqualTo(Quality.OK);
    }
  }

  @Test
  void addsUpThePlugsOfAMachine_andNeedsThemAll() {
    Duration stale = Duration.ofSeconds(30);
    SitePart silent =
        new SitePart(
            "right",
            DeviceRole.ENGINE,
            false,
            false,
            stale,
            new SitePart.Newest.Missing("right is silent."));

    assertThat(WallPlug.power(List.of(plug("left", 100), plug("right", 40)), now))
        .isEqualTo(Reading.watts(140, now));
    assertThat(WallPlug.power(List.of(plug("left", 100), silent), now))
        .isEqualTo(Reading.unknown("right is silent"));
  }

  private SitePart plug(String name, double watts) {
    DeviceReading reading =
        new DeviceReading(
            DeviceRole.ENGINE,
            SourceKind.GRID,
            GridConnection.UNKNOWN,
            Reading.unknown("not asked"),
            Reading.watts(watts, now),
            Reading.unknown("not asked"),
            Reading.unknown("not asked"),
            Reading.unknown("not asked"),
            Reading.unknown("not asked"),
            Reading.unknown("not asked"),
            Reading.unknown("not asked"),
            false,
            null,
            null,
            now,
            Quality.OK,
            null);
    return new SitePart(
        name,
        DeviceRole.ENGINE,
        false,
        false,
        Duration.ofSeconds(30),
        new SitePart.Newest.Read(reading));
  }

  private boolean counts(EnergyAdapter site, int device) {
    return site.siteStatus(now).devices().get(device).whyNot().isEmpty();
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
    Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.from(now));
    try (EnergyAdapter site =
        adapter("generic-file", Map.of("path", "power.json", "stale-after", "30s"))) {
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          <!DOCTYPE html><title>Log in</title>             | web page
          {"active_power_w":-5                             | JSON
          {"error":"busy"}                                 | gives no reading
          {"active_power_w":null}                          | gives no reading
          {"active_power_w":"n/a"}                         | gives no reading
          []                                               | gives no reading
          """)
  void givesNoSample_whenADeviceAnswersWith200_andSomethingElse(String answer, String clause)
      throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    try (LoopbackServer meter =
            LoopbackServer.start(
                (_, reply) ->
                    reply.json(200, broken.get() ? answer : "{\"active_power_w\":-500}"));
        EnergyAdapter site =
            adapter(
                "site", Map.of("devices", List.of(device("homewizard", "grid", meter, "meter"))))) {
      assertThat(read(site).grid().known()).contains(new Watts(-500));
      broken.set(true);
      Await.until("the other answer", SOON, () -> !counts(site, 0));
      assertThatThrownBy(() -> site.read(now))
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageContaining(clause)
          .hasMessageEndingWith(".");
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
    Map<String, ?> plug =
        Map.of("profile", "tasmota", "role", "engine", "host", "x", "check", true);
    assertThatThrownBy(() -> adapter("site", Map.of("devices", List.of(plug))))
        .hasMessageContaining("energy.site.devices[0].check means nothing for a wall plug");
    assertThatThrownBy(() -> adapter("homewizard", Map.of("host", "meter")))
        .hasMessageContaining("energy.homewizard.role is missing");
    assertThatThrownBy(() -> adapter("home-assistant", Map.of("host", "ha", "role", "grid")))
        .hasMessageContaining("energy.home-assistant.entity is missing");
  }

  private static Duration ageMax(Map<String, Object> energy) {
    return EnergySettings.from(energy, ADAPTERS).sampling().ageMax();
  }

  @Test
  void allowsReadingsTwiceAsOldAsItsSlowestDeviceIsPolled() {
    Map<String, Object> meter =
        Map.of("profile", "homewizard", "role", "grid", "host", "127.0.0.1", "poll", "2s");
    Map<String, Object> roof = Map.of("profile", "deye", "role", "pv", "host", "127.0.0.1");
    Map<String, Object> plug =
        Map.of("profile", "tasmota", "role", "engine", "host", "127.0.0.1", "poll", "60s");

    assertThat(ageMax(Map.of("adapter", "fronius", "fronius", Map.of("host", "127.0.0.1"))))
        .isEqualTo(Duration.ofSeconds(20));
    assertThat(ageMax(Map.of("adapter", "fronius", "fronius", Map.of("host", "::1", "poll", "4s"))))
        .isEqualTo(Duration.ofSeconds(8));
    assertThat(ageMax(Map.of("adapter", "site", "site", Map.of("devices", List.of(meter, plug)))))
        .isEqualTo(Duration.ofSeconds(5));
    assertThat(ageMax(Map.of("adapter", "site", "site", Map.of("devices", List.of(meter, roof)))))
        .isEqualTo(Duration.ofSeconds(20));
    assertThat(
            ageMax(
                Map.of(
                    "adapter",
                    "site",
                    "max-age",
                    "9s",
                    "site",
                    Map.of("devices", List.of(meter, roof)))))
        .isEqualTo(Duration.ofSeconds(9));
  }
}
