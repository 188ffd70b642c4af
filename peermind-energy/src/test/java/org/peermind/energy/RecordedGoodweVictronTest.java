// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peermind.energy.Profiles.Decoding;
import org.peermind.energy.spi.DeviceRole;

/// Recordings that are not part of the repository, where `peermind.fixtures` names their directory.
final class RecordedGoodweVictronTest {
  private static SequencedMap<String, @Nullable Object> decoded(String name, String file)
      throws Exception {
    String directory = System.getProperty("peermind.fixtures");
    assumeThat(directory).as("-Dpeermind.fixtures names the recordings").isNotNull();
    String answer = Files.readString(Path.of(String.valueOf(directory), "energy", file));
    Decoding decoding = Profiles.builtIn().decode(name, null, answer, Map.of(), Map.of());
    assertThat(decoding).isInstanceOf(Decoding.Read.class);
    return ((Decoding.Read) decoding).report();
  }

  @Test
  void readsAGoodweHybrid() throws Exception {
    assertThat(decoded("goodwe-et-running", "goodwe_GW10K-ET_running_data.hex"))
        .containsEntry("pv_power_w", 3456.0)
        .containsEntry("battery_power_w", 2512.0)
        .containsEntry("grid_power_w", 3.0)
        .containsEntry("device_local_time", "2021-08-22T11:11:12")
        .containsEntry("quality", "ok");
    String directory = System.getProperty("peermind.fixtures");
    String answer =
        Files.readString(
            Path.of(String.valueOf(directory), "energy", "goodwe_GW10K-ET_battery_info.hex"));
    assertThat(
            Profiles.builtIn()
                .decode("goodwe-et-battery", DeviceRole.BATTERY, answer, Map.of(), Map.of()))
        .isInstanceOfSatisfying(
            Decoding.Read.class,
            read -> assertThat(read.report()).containsEntry("battery_soc", 68.0));
  }

  @Test
  void readsAGoodweInverter() throws Exception {
    assertThat(decoded("goodwe-dt-running", "goodwe_GW6000-DT_running_data.hex"))
        .containsEntry("pv_power_w", 2031.0)
        .containsEntry("grid_power_w", null)
        .containsEntry("quality", "ok");
  }

  @Test
  void readsVictronRecordings() throws Exception {
    assertThat(decoded("victron-dbus-csv", "victron_system_sim.csv"))
        .containsEntry("pv_power_w", 1380.0)
        .containsEntry("battery_power_w", 600.0)
        .containsEntry("battery_soc", 85.0)
        .containsEntry("load_w", 960.0)
        .containsEntry("grid_power_w", 1260.0)
        .containsEntry("quality", "synthetic");
    String directory = System.getProperty("peermind.fixtures");
    String answer =
        Files.readString(
            Path.of(String.valueOf(directory), "energy", "victron_rec_battery_house.csv"));
    assertThat(
            Profiles.builtIn()
                .decode("victron-dbus-recording", DeviceRole.BATTERY, answer, Map.of(), Map.of()))
        .isInstanceOfSatisfying(
            Decoding.Read.class,
            read ->
                assertThat(read.report())
                    .containsEntry("battery_power_w", 423.906005859375)
                    .containsEntry("battery_soc", 58.20000076293945)
                    .containsEntry("quality", "ok"));
  }
}
