// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.SettingsException;

final class ProfileReaderTest {
  private static final String METER =
      """
      profile: plain-meter
      transport: http
      answers:
        - interface: plain-meter-status
          request: {get: /status}
          roles:
            grid: {grid_power_w: power}
            pv: {pv_power_w: -power}
          samples:
            - {name: export, origin: documented, role: grid, answer: '{"power": -12.5}', reading: {grid_power_w: -12.5}}
            - {name: silent, origin: documented, role: pv, answer: '{"power": null}', reading: {pv_power_w: null, quality: no_device}}
      """;

  @Test
  void readsAProfile_whoseSamplesDecode() {
    Profile profile = ProfileReader.read("meter.yaml", METER);

    assertThat(profile.name()).isEqualTo("plain-meter");
    assertThat(profile.verified()).isFalse();
  }

  @Test
  void refusesAProfile_thatReadsItsOwnSampleWrongly() {
    assertThatThrownBy(
            () ->
                ProfileReader.read(
                    "meter.yaml", METER.replace("grid_power_w: power}", "grid_power_w: -power}")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("the sample 'export' of plain-meter-status")
        .hasMessageContaining("grid_power_w is 12.5 where -12.5 is promised");
  }

  @Test
  void refusesAProfile_withoutASample() {
    String bare = METER.substring(0, METER.indexOf("    samples:"));

    assertThatThrownBy(() -> ProfileReader.read("meter.yaml", bare))
        .hasMessageContaining("carries no sample");
  }

  @Test
  void namesEveryMistake_withItsPlace() {
    String wrong =
        METER
            .replace("pv: {pv_power_w: -power}", "sun: {pv_power_w: -power}")
            .replace("{grid_power_w: power}", "{grid_power_w: 'power +'}");

    assertThatThrownBy(() -> ProfileReader.read("meter.yaml", wrong))
        .hasMessageContaining("meter.yaml.answers[0].roles.sun is no role")
        .hasMessageContaining("meter.yaml.answers[0].roles.grid.grid_power_w is no expression");
  }
}
