// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.Adapters;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SettingsException;
import org.peermind.protocol.Watts;

class ReplayAdapterTest {
  private static final Instant NOW = Instant.parse("2026-06-21T10:00:00Z");

  @TempDir Path directory;

  private EnergyAdapter adapter(String csv, Map<String, Object> extra, OwnDraw own)
      throws Exception {
    Files.writeString(directory.resolve("day.csv"), csv);
    Map<String, Object> section = new HashMap<>(Map.of("file", "day.csv"));
    section.putAll(extra);
    return Adapters.builtIn()
        .create("replay", section, new AdapterContext(null, Duration.ofSeconds(1), own, directory));
  }

  private String refusal(String csv, Map<String, Object> extra) {
    return catchThrowableOfType(
            SettingsException.class, () -> adapter(csv, extra, OwnDraw.NONE).close())
        .problems()
        .getFirst();
  }

  private static double watts(Reading<Watts> reading) {
    return reading.known().orElseThrow().value();
  }

  @Test
  void playsSecondsFromTheFirstRead() throws Exception {
    String csv =
        "time,pv_w,load_w,grid_w,battery_w,soc_percent\n0,100,50,-50,0,40\n2,200,50,-150,0,41\n";
    try (EnergyAdapter adapter = adapter(csv, Map.of(), OwnDraw.NONE)) {
      EnergySample first = adapter.read(NOW);
      assertThat(first.origin()).isEqualTo(Origin.REPLAYED);
      assertThat(watts(first.production())).isEqualTo(100);
      assertThat(first.stateOfCharge().known().orElseThrow().value()).isEqualTo(40);
      assertThat(watts(adapter.read(NOW.plusMillis(1_999)).production())).isEqualTo(100);
      assertThat(watts(adapter.read(NOW.plusMillis(2_000)).production())).isEqualTo(200);
      assertThatThrownBy(() -> adapter.read(NOW.plusSeconds(4)))
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessage("the recording day.csv ended at 2026-06-21T10:00:04Z");
    }
  }

  @Test
  void loops_whenTold() throws Exception {
    String csv = "time,pv_w\n0,100\n1,200\n2,300\n";
    try (EnergyAdapter adapter = adapter(csv, Map.of("loop", true), OwnDraw.NONE)) {
      for (int second = 0; second < 10; second++) {
        assertThat(watts(adapter.read(NOW.plusSeconds(second)).production()))
            .isEqualTo(100 * (1 + second % 3));
      }
    }
  }

  @Test
  void playsInstantsAtTheirTime_orFromAGivenStart() throws Exception {
    String csv = "time,pv_w\n2026-06-21T10:00:00Z,100\n2026-06-21T10:00:05Z,200\n";
    try (EnergyAdapter adapter = adapter(csv, Map.of(), OwnDraw.NONE)) {
      assertThat(watts(adapter.read(NOW.plusSeconds(6)).production())).isEqualTo(200);
      assertThatThrownBy(() -> adapter.read(NOW.minusSeconds(1)))
          .hasMessage("the recording day.csv starts at 2026-06-21T10:00:00Z");
    }
    try (EnergyAdapter adapter =
        adapter(csv, Map.of("start", "2027-01-01T00:00:00Z"), OwnDraw.NONE)) {
      assertThat(watts(adapter.read(Instant.parse("2027-01-01T00:00:05Z")).production()))
          .isEqualTo(200);
    }
  }

  @Test
  void leavesMissingCellsUnknown() throws Exception {
    try (EnergyAdapter adapter = adapter("time,pv_w,grid_w\n0,,5\n1,7\n", Map.of(), OwnDraw.NONE)) {
      EnergySample first = adapter.read(NOW);
      assertThat(first.production().isKnown()).isFalse();
      assertThat(watts(first.grid())).isEqualTo(5);
      assertThat(first.load().isKnown()).isFalse();
      assertThat(adapter.read(NOW.plusSeconds(1)).grid().isKnown()).isFalse();
    }
  }

  @Test
  void addsOurOwnDrawToLoadAndGrid_butNotToWhatIsUnknown() throws Exception {
    try (EnergyAdapter adapter =
        adapter(
            "time,pv_w,load_w,grid_w\n0,900,300,-600\n1,900,,-600\n",
            Map.of(),
            _ -> Watts.of(250))) {
      EnergySample first = adapter.read(NOW);
      assertThat(watts(first.load())).isEqualTo(550);
      assertThat(watts(first.grid())).isEqualTo(-350);
      assertThat(watts(first.production())).isEqualTo(900);
      assertThat(adapter.read(NOW.plusSeconds(1)).load().isKnown()).isFalse();
    }
  }

  @Test
  void showsAGapAsASilentDevice() throws Exception {
    try (EnergyAdapter adapter =
        adapter("time,pv_w\n0,100\n600,200\n", Map.of("hold", "10s"), OwnDraw.NONE)) {
      adapter.read(NOW);
      assertThat(adapter.read(NOW.plusSeconds(10)).deviceTime()).isEqualTo(NOW.plusSeconds(10));
      assertThat(adapter.read(NOW.plusSeconds(11)).deviceTime()).isEqualTo(NOW);
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | line 1 should be the header, but the file is empty.",
        "time,pv_w | line 1 should be the first row, but only the header is there.",
        "pv_w;0 | line 1 names the unknown column 'pv_w;0'",
        "pv_w | line 1 lacks the column 'time'.",
        "time,pv_w,pv_w | line 1 names the column 'pv_w' twice.",
        "time,pv_w;0,NaN | line 2 has 'NaN' as pv_w, which is no number.",
        "time,pv_w;0,abc | line 2 has 'abc' as pv_w, which is no number.",
        "time,pv_w;0,1;0,2 | line 3 is not later than the row before.",
        "time,pv_w;noon,1 | line 2 has the time 'noon', which is no ISO instant or seconds.",
        "time,pv_w;0,1;2026-06-21T10:00:00Z,2 | line 3 mixes ISO times and seconds.",
        "time,soc_percent;# noise;0,101 | line 3 has a soc_percent of 101, outside 0 to 100.",
      })
  void refusesABadFile_namingTheLine(String csv, String sentence) {
    String text = csv.startsWith("pv_w;") ? csv : csv.replace(';', '\n');
    assertThat(refusal(text, Map.of()))
        .startsWith("The recording day.csv cannot be played: " + sentence);
  }

  @Test
  void refusesAMissingFile_andBadSettings() {
    assertThat(refusal("time,pv_w\n0,1\n", Map.of("file", "nowhere.csv")))
        .isEqualTo("The recording nowhere.csv (energy.replay.file) is not there.");
    assertThat(refusal("time,pv_w\n0,1\n", Map.of("loop", "maybe")))
        .isEqualTo("energy.replay.loop must be true or false, not 'maybe'.");
    assertThat(refusal("time,pv_w\n0,1\n", Map.of("speed", 2)))
        .startsWith("Unknown key 'speed' in energy.replay");
  }

  @Test
  void refusesBinaryNoise() throws Exception {
    Files.write(directory.resolve("noise.bin"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    assertThat(refusal("", Map.of("file", "noise.bin"))).contains("is no text in UTF-8");
  }
}
