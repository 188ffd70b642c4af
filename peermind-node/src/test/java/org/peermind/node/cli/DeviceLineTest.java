// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

final class DeviceLineTest {
  @Test
  void saysWhatADeviceReads() throws Exception {
    assertThat(
            line(
                """
                {"name": "plant", "profile": "fronius", "role": "site", "verified": false,
                 "check": false, "counts": true, "age_seconds": 3.2, "quality": "ok",
                 "battery_power_w": 250.4, "pv_power_w": 1800, "grid_power_w": -900.6,
                 "battery_soc": 55.0, "next_try_seconds": 2.0}
                """))
        .isEqualTo(
            "Device plant (fronius, site, unverified): ok, pv 1800 W, grid -901 W, battery 250 W,"
                + " charge 55 %, 3 s ago");
  }

  @Test
  void saysWhyADeviceDoesNotCount_andWhenItIsAskedAgain() throws Exception {
    assertThat(
            line(
                """
                {"name": "meter", "profile": "shelly-gen2", "role": "grid", "verified": true,
                 "check": true, "counts": false, "why_not": "meter does not answer.",
                 "age_seconds": 45, "next_try_seconds": 3.0}
                """))
        .isEqualTo(
            "Device meter (shelly-gen2, grid, check): does not count, last heard 45 s ago, asked"
                + " again in 3 s. meter does not answer.");
    assertThat(
            line(
                """
                {"name": "meter", "profile": "evcc", "role": "grid", "verified": true,
                 "check": false, "counts": false, "why_not": "meter has not answered yet."}
                """))
        .isEqualTo(
            "Device meter (evcc, grid): does not count, never heard. meter has not answered yet.");
  }

  private static String line(String device) throws JsonProcessingException {
    return DeviceLine.of(new ObjectMapper().readTree(device));
  }
}
