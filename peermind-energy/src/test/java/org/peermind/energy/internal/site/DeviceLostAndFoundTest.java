// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ReadingReport;
import org.peermind.energy.internal.transport.SelfSigned;
import org.peermind.energy.internal.transport.Transports;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.testkit.Await;

/// Every transport loses its device in mid-run: nothing is read meanwhile, the device is left alone
/// for a while, and it is found again. Servers that nobody here wrote: the tests tagged interop.
@Timeout(60)
final class DeviceLostAndFoundTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-06-21T10:00:00Z"));

  @TempDir private Path home;

  private static DeviceScene scene(String interfaceName) {
    for (Profile profile : DeviceScene.SHELF.profiles()) {
      for (AnswerRule rule : profile.answers()) {
        if (rule.interfaceName().equals(interfaceName)) {
          return DeviceScene.of(profile, rule, rule.samples().getFirst());
        }
      }
    }
    throw new AssertionError("No profile reads " + interfaceName);
  }

  private static boolean fails(Device device) {
    try {
      var _ = device.read();
      return false;
    } catch (EnergyAdapterException lost) {
      return true;
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "generic-command, false",
    "generic-file, false",
    "goodwe-et-running, true",
    "goodwe-dt-running, true",
    "powerwall-meters-aggregates, true",
    "fronius-solarapi-powerflow, true",
    "sunspec-registers, true",
    "victron-mqtt, true",
    "nut-vars, true",
    "sma-meter-datagram, false"
  })
  void losesTheDevice_andFindsItAgain(String interfaceName, boolean pauses) throws Exception {
    DeviceScene scene = scene(interfaceName);
    assertThat(Set.copyOf(Transports.names())).contains(scene.profile().transport());
    KeyPair keys = SelfSigned.keys();
    ServedDevice first = scene.serve(keys, home, 0);
    int port = first.settings().get("port") instanceof Integer number ? number : 0;
    try (Device device = scene.open(first, home, now::get)) {
      String before = ReadingReport.of(device.read()).toString();
      assertThat(ReadingReport.of(device.read())).hasToString(before);

      first.close();
      Await.until("the loss of the device", SOON, () -> fails(device));
      if (pauses) {
        for (int poll = 0; poll < 3; poll++) { // one more try at once is allowed
          assertThatThrownBy(device::read).isInstanceOf(EnergyAdapterException.class);
        }
        assertThatThrownBy(device::read).hasMessageContaining(" again in ");
      }
      now.updateAndGet(instant -> instant.plus(LONGEST_PAUSE));
      assertThatThrownBy(device::read)
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageNotContaining(" again in ");

      try (ServedDevice _ = scene.serve(keys, home, port)) {
        if (pauses) {
          assertThatThrownBy(device::read).hasMessageContaining(" again in ");
        }
        now.updateAndGet(instant -> instant.plus(LONGEST_PAUSE));
        assertThat(ReadingReport.of(device.read())).hasToString(before);
      }
    }
  }
}
