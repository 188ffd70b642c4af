// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMethod;
import org.peermind.energy.spi.Reading;

class MachineMeterTest {
  private static final Instant START = Instant.parse("2026-06-01T10:00:00Z");

  @TempDir Path root;
  private @Nullable String smi;

  @BeforeEach
  void noTool() {
    smi = root.resolve("no-such-tool").toString();
  }

  @Test
  void knowsNothing_whenTheMachineHasNoMeter() {
    OwnPower reading = meter().read(START);
    assertThat(reading.watts()).isEmpty();
    assertThat(reading.method()).isEqualTo("unknown");
    assertThat(reading.remark()).isEqualTo("no meter was found");
  }

  @Test
  void estimatesByTheOwnersWord_whenNothingIsMeasured() {
    OwnPower reading = meter().read(START);
    assertThat(reading.orEstimated(OptionalDouble.empty()).method()).isEqualTo("unknown");
    OwnPower estimated = reading.orEstimated(OptionalDouble.of(250));
    assertThat(estimated.method()).isEqualTo("estimated");
    assertThat(estimated.watts()).hasValue(250);
    assertThat(estimated.isMeasured()).isFalse();
  }

  @Test
  void addsPackagesAndMemory_andLeavesOutCoresAndPlatform() throws IOException {
    zone("intel-rapl:0", "package-0", 1_000_000);
    zone("intel-rapl:0:0", "core", 0);
    zone("intel-rapl:0:2", "dram", 500_000);
    zone("intel-rapl:1", "psys", 0);
    MachineMeter meter = meter();
    assertThat(meter.read(START).watts()).isEmpty();
    zone("intel-rapl:0", "package-0", 61_000_000);
    zone("intel-rapl:0:0", "core", 50_000_000);
    zone("intel-rapl:0:2", "dram", 10_500_000);
    zone("intel-rapl:1", "psys", 99_000_000);
    OwnPower reading = meter.read(START.plusSeconds(2));
    assertThat(reading.joules().orElseThrow()).isCloseTo(70, within(1e-9));
    assertThat(reading.watts().orElseThrow()).isCloseTo(35, within(1e-9));
    assertThat(reading.window()).isEqualTo(Duration.ofSeconds(2));
    assertThat(reading.method()).isEqualTo("rapl");
  }

  @Test
  void countsOn_whenACounterWraps() throws IOException {
    zone("intel-rapl:0", "package-0", RANGE - 10_000_000);
    MachineMeter meter = meter();
    var _ = meter.read(START);
    zone("intel-rapl:0", "package-0", 20_000_000);
    assertThat(meter.read(START.plusSeconds(1)).joules().orElseThrow())
        .isCloseTo(30.000001, within(1e-6));
  }

  @Test
  void isUnknownAndNotZero_whenTheCountersCannotBeRead() throws IOException {
    zone("intel-rapl:0", "package-0", 1);
    Files.writeString(directory("sys/class/powercap/intel-rapl:0").resolve("energy_uj"), "");
    MachineMeter meter = meter();
    var _ = meter.read(START);
    OwnPower reading = meter.read(START.plusSeconds(1));
    assertThat(reading.watts()).isEmpty();
    assertThat(reading.remark()).contains("cannot be read");
  }

  @Test
  void forgetsTheCounter_afterALongGap() throws IOException {
    zone("intel-rapl:0", "package-0", 1_000_000);
    MachineMeter meter = meter();
    var _ = meter.read(START);
    zone("intel-rapl:0", "package-0", 2_000_000);
    assertThat(meter.read(START.plusSeconds(3600)).watts()).isEmpty();
    zone("intel-rapl:0", "package-0", 7_000_000);
    assertThat(meter.read(START.plusSeconds(3601)).watts()).hasValue(5);
  }

  @Test
  void keepsTheReading_whenAskedAgainTooSoon() throws IOException {
    zone("intel-rapl:0", "package-0", 0);
    MachineMeter meter = meter();
    var _ = meter.read(START);
    zone("intel-rapl:0", "package-0", 40_000_000);
    var _ = meter.read(START.plusSeconds(1));
    zone("intel-rapl:0", "package-0", 50_000_000);
    OwnPower soon = meter.read(START.plusMillis(1200));
    assertThat(soon.watts()).hasValue(40);
    assertThat(soon.joules()).hasValue(0);
    assertThat(meter.read(START.plusMillis(2000)).joules()).hasValue(10);
  }

  @Test
  void readsAmdServersBySocket() throws IOException {
    Path device = directory("sys/class/hwmon/hwmon3");
    Files.writeString(device.resolve("name"), "amd_energy\n");
    Files.writeString(device.resolve("energy1_label"), "Ecore000\n");
    Files.writeString(device.resolve("energy1_input"), "77000000\n");
    Files.writeString(device.resolve("energy2_label"), "Esocket0\n");
    Files.writeString(device.resolve("energy2_input"), "1000000\n");
    MachineMeter meter = meter();
    var _ = meter.read(START);
    Files.writeString(device.resolve("energy2_input"), "121000000\n");
    assertThat(meter.read(START.plusSeconds(2)).watts()).hasValue(60);
  }

  @Test
  void addsAnAmdGpuToTheProcessor() throws IOException {
    zone("intel-rapl:0", "package-0", 0);
    Path sensor = amdSensor();
    Files.writeString(sensor.resolve("power1_average"), "180000000\n");
    MachineMeter meter = meter();
    var _ = meter.read(START);
    zone("intel-rapl:0", "package-0", 20_000_000);
    Files.writeString(sensor.resolve("power1_average"), "200000000\n");
    OwnPower reading = meter.read(START.plusSeconds(1));
    assertThat(reading.watts().orElseThrow()).isCloseTo(210, within(1e-9));
    assertThat(reading.method()).isEqualTo("amd-sysfs+rapl");
  }

  @Test
  void readsTheOtherFile_whenAnAmdGpuHasNoAverage() throws IOException {
    Files.writeString(amdSensor().resolve("power1_input"), "90000000\n");
    MachineMeter meter = meter();
    var _ = meter.read(START);
    OwnPower reading = meter.read(START.plusSeconds(1));
    assertThat(reading.watts().orElseThrow()).isCloseTo(90, within(1e-9));
    assertThat(reading.method()).isEqualTo("amd-sysfs");
  }

  @Test
  void asksNvidiaSmi_andAddsTheGpus() throws IOException {
    tool("echo 100.50; echo 49.50");
    MachineMeter meter = meter();
    var _ = meter.read(START);
    OwnPower reading = meter.read(START.plusSeconds(2));
    assertThat(reading.watts().orElseThrow()).isCloseTo(150, within(1e-9));
    assertThat(reading.joules().orElseThrow()).isCloseTo(300, within(1e-9));
    assertThat(reading.method()).isEqualTo("nvidia-smi");
  }

  @Test
  void asksOnlyForTheGpusOfTheEngine() throws IOException {
    tool("echo \"$*\" > " + root.resolve("asked") + "; echo 10");
    Machine machine = new Machine(root, String.valueOf(smi), List.of("1", "GPU-ab"), null);
    var _ = new NvidiaSmiProbe(machine).ask(START);
    assertThat(Files.readString(root.resolve("asked")).strip())
        .isEqualTo("--query-gpu=power.draw --format=csv,noheader,nounits --id=1,GPU-ab");
  }

  @Test
  void isUnknown_whenOneGpuDoesNotTell_evenWithAProcessorThatDoes() throws IOException {
    directory("dev/nvidia0");
    zone("intel-rapl:0", "package-0", 0);
    tool("echo 100.5; echo '[N/A]'");
    MachineMeter meter = meter();
    var _ = meter.read(START);
    zone("intel-rapl:0", "package-0", 10_000_000);
    OwnPower reading = meter.read(START.plusSeconds(2));
    assertThat(reading.watts()).isEmpty();
    assertThat(reading.remark()).isEqualTo("nvidia-smi does not say the power of every GPU");
  }

  @Test
  void pausesLongerAndLonger_whenNvidiaSmiFails() throws IOException {
    Path asked = root.resolve("asked");
    tool("echo x >> " + asked + "; exit 9");
    NvidiaSmiProbe probe = new NvidiaSmiProbe(new Machine(root, String.valueOf(smi), null, null));
    for (int second = 0; second < 60; second++) {
      var _ = probe.ask(START.plusSeconds(second));
    }
    assertThat(Files.readAllLines(asked)).hasSize(3);
  }

  @Test
  void believesTheWallPlugBeforeAllOthers() throws IOException {
    zone("intel-rapl:0", "package-0", 0);
    Machine machine = machine().withWall(now -> Reading.watts(320, now));
    MachineMeter meter = MachineMeter.of(machine);
    var _ = meter.read(START);
    OwnPower reading = meter.read(START.plusSeconds(1));
    assertThat(reading.watts()).hasValue(320);
    assertThat(reading.methods()).containsExactly(PowerMethod.WALL);
  }

  @Test
  void fallsBack_whenTheWallPlugIsOld() throws IOException {
    zone("intel-rapl:0", "package-0", 0);
    Machine machine = machine().withWall(_ -> Reading.watts(320, START.minusSeconds(40)));
    MachineMeter meter = MachineMeter.of(machine);
    var _ = meter.read(START);
    zone("intel-rapl:0", "package-0", 12_000_000);
    OwnPower reading = meter.read(START.plusSeconds(1));
    assertThat(reading.method()).isEqualTo("rapl");
    assertThat(reading.remark())
        .isEqualTo("no wall plug: the wall plug's reading is old or doubtful");
  }

  @Test
  void isUnknown_whenTheWallPlugIsTheOnlyMeterAndSilent() {
    MachineMeter meter = MachineMeter.ofPlug(_ -> Reading.unknown("socket is silent"));
    OwnPower reading = meter.read(START);
    assertThat(reading.method()).isEqualTo("unknown");
    assertThat(reading.watts()).isEmpty();
    assertThat(reading.remark()).isEqualTo("no wall plug: socket is silent");
  }

  @Test
  void takesTheEnginesGpusFromTheEnvironment() {
    assertThat(Machine.here(Optional.empty()).visibleGpus()).isNull();
    assertThat(Machine.here(Optional.of("")).visibleGpus()).isEmpty();
    assertThat(Machine.here(Optional.of("-1")).visibleGpus()).isEmpty();
    assertThat(Machine.here(Optional.of("2, 0")).visibleGpus()).containsExactly("2", "0");
    assertThat(Machine.here(Optional.of("1,-1,0")).visibleGpus()).containsExactly("1");
    assertThat(Machine.here(Optional.of("MIG-5c3d/1/0")).usesGpuSlice()).isTrue();
    assertThat(Machine.here(Optional.of("GPU-5c3d,0")).usesGpuSlice()).isFalse();
  }

  @Test
  void isUnknown_whenTheEngineHasASliceOfAGpuOnly() throws IOException {
    zone("intel-rapl:0", "package-0", 0);
    tool("echo 310.22");
    MachineMeter meter =
        MachineMeter.of(new Machine(root, String.valueOf(smi), List.of("MIG-5c3d"), null));
    var _ = meter.read(START);
    OwnPower reading = meter.read(START.plusSeconds(1));
    assertThat(reading.watts()).isEmpty();
    assertThat(reading.remark()).isEqualTo("a slice of a GPU (MIG) does not tell its power");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          27.05                 | 27.05
          27.05; 31.20; 305.61  | 363.86
          ' 61.33 '             | 61.33
          64                    | 64
          [N/A]                 |
          27.05; [N/A]          |
          [Not Supported]       |
          [Unknown Error]       |
          [GPU requires reset]  |
          ERR!                  |
          27.05 W               |
          -1                    |
          nan                   |
          No devices were found |
          ''                    |
          """)
  void readsWhatNvidiaSmiSays_orNothing(String output, @Nullable Double watts) throws IOException {
    directory("dev/nvidia0");
    Path answer = root.resolve("answer");
    Files.writeString(answer, output.replace("; ", "\n") + "\n");
    tool("cat '" + answer + "'");
    PowerProbe.Answer said =
        new NvidiaSmiProbe(new Machine(root, String.valueOf(smi), null, null)).ask(START);
    if (watts == null) {
      assertThat(said).isInstanceOf(PowerProbe.Answer.Silent.class);
    } else {
      assertThat(said)
          .isInstanceOfSatisfying(
              PowerProbe.Answer.Power.class,
              power -> assertThat(power.watts()).isCloseTo(watts, within(1e-9)));
    }
  }

  @Test
  void addsAmdGpus_butNotTheGraphicsPartOfAProcessor_norAConnector() throws IOException {
    for (int card = 0; card < 3; card++) {
      Path device = directory("sys/class/drm/card" + card + "/device");
      Files.writeString(device.resolve("vendor"), "0x1002\n");
      Path sensor = directory("sys/class/drm/card" + card + "/device/hwmon/hwmon" + (card + 2));
      Files.writeString(sensor.resolve("power1_average"), "48000000\n");
      Files.writeString(sensor.resolve("power1_label"), card == 0 ? "slowPPT\n" : "PPT\n");
    }
    Path connector = directory("sys/class/drm/card1-HDMI-A-1/device");
    Files.writeString(connector.resolve("vendor"), "0x1002\n");
    assertThat(new AmdGpuProbe(root).ask(START)).isEqualTo(new PowerProbe.Answer.Power(96));

    Files.writeString(
        root.resolve("sys/class/drm/card2/device/hwmon/hwmon4/power1_average"), "n/a\n");
    assertThat(new AmdGpuProbe(root).ask(START))
        .isEqualTo(new PowerProbe.Answer.Silent("the AMD GPU does not say its power"));
  }

  @Test
  void skipsAWindow_whenACounterWasReset() throws IOException {
    Path device = directory("sys/class/hwmon/hwmon3");
    Files.writeString(device.resolve("name"), "amd_energy\n");
    Files.writeString(device.resolve("energy1_label"), "Esocket0\n");
    Path counter = device.resolve("energy1_input");
    Files.writeString(counter, "900000000\n");
    MachineMeter meter = meter();
    var _ = meter.read(START);
    Files.writeString(counter, "5000000\n");
    assertThat(meter.read(START.plusSeconds(1)).watts()).isEmpty();
    Files.writeString(counter, "55000000\n");
    assertThat(meter.read(START.plusSeconds(2)).watts()).hasValue(50);
  }

  private static final long RANGE = 262_143_328_850L;

  private Machine machine() {
    return new Machine(root, String.valueOf(smi), null, null);
  }

  private MachineMeter meter() {
    return MachineMeter.of(machine());
  }

  private Path directory(String name) throws IOException {
    return Files.createDirectories(root.resolve(name));
  }

  private void zone(String directory, String name, long microjoules) throws IOException {
    Path zone = directory("sys/class/powercap/" + directory);
    Files.writeString(zone.resolve("name"), name + "\n");
    Files.writeString(zone.resolve("energy_uj"), microjoules + "\n");
    Files.writeString(zone.resolve("max_energy_range_uj"), RANGE + "\n");
  }

  private Path amdSensor() throws IOException {
    Path device = directory("sys/class/drm/card1/device");
    Files.writeString(device.resolve("vendor"), "0x1002\n");
    return directory("sys/class/drm/card1/device/hwmon/hwmon5");
  }

  private void tool(String script) throws IOException {
    Path tool = root.resolve("nvidia-smi");
    Files.writeString(tool, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    smi = tool.toString();
  }
}
