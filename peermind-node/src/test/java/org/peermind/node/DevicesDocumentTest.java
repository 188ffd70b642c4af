// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.DeviceStatus;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SiteStatus;
import org.peermind.energy.spi.SourceKind;

final class DevicesDocumentTest {
  private static final Instant NOW = Instant.parse("2026-06-21T10:00:00Z");
  private static final String WHY = "roof does not answer.";

  private final ObjectMapper json = new ObjectMapper();

  @Test
  void saysWhatADeviceReads_andHowOldThatIs() throws Exception {
    assertThat(document(List.of("One remark."), device(reading(), null)))
        .isEqualTo(
            json.readTree(
                """
                {"devices": [{"name": "roof", "profile": "fronius", "role": "pv",
                  "verified": true, "check": false, "counts": true, "age_seconds": 3.0,
                  "quality": "degraded", "remark": "a sensor sleeps", "pv_power_w": 800.0,
                  "battery_soc": 55.0, "next_try_seconds": 2.0}],
                 "site_remarks": ["One remark."]}
                """));
  }

  @Test
  void leavesNoValues_whenADeviceDoesNotCount_butSaysWhy() throws Exception {
    assertThat(document(List.of(), device(null, WHY)))
        .isEqualTo(
            json.readTree(
                """
                {"devices": [{"name": "roof", "profile": "fronius", "role": "pv",
                  "verified": true, "check": false, "counts": false,
                  "why_not": "roof does not answer.", "age_seconds": 3.0,
                  "last_failure": {"sentence": "roof does not answer.", "age_seconds": 1.0},
                  "next_try_seconds": 2.0}],
                 "site_remarks": []}
                """));
  }

  @Test
  void saysNothingOfDevices_whenTheAdapterHasNone() {
    assertThat(document(List.of())).isEmpty();
  }

  private ObjectNode document(List<String> remarks, DeviceStatus... devices) {
    ObjectNode energy = json.createObjectNode();
    DevicesDocument.fill(energy, new SiteStatus(List.of(devices), remarks), NOW);
    return energy;
  }

  private static DeviceStatus device(@Nullable DeviceReading reading, @Nullable String why) {
    return new DeviceStatus(
        "roof",
        "fronius",
        DeviceRole.PV,
        false,
        true,
        reading,
        NOW.minusSeconds(3),
        why,
        why == null ? null : new DeviceStatus.Failure(why, NOW.minusSeconds(1)),
        NOW.plusSeconds(2));
  }

  private static DeviceReading reading() {
    Instant at = NOW.minusSeconds(3);
    return new DeviceReading(
        DeviceRole.PV,
        SourceKind.PV,
        GridConnection.UNKNOWN,
        Reading.watts(800, at),
        Reading.unknown("not said"),
        Reading.unknown("not said"),
        Reading.unknown("not said"),
        Reading.percent(55, at),
        Reading.unknown("not said"),
        Reading.unknown("not said"),
        Reading.unknown("not said"),
        false,
        null,
        null,
        at,
        Quality.DEGRADED,
        "a sensor sleeps");
  }
}
