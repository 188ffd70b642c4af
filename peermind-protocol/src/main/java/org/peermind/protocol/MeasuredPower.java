// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import org.peermind.protocol.wire.MeasuredPowerPayload;

/// The measured powers under a headroom report, so that a referee can judge the claim. Empty means
/// unknown, never zero. Signs: `production + grid - battery = load`.
///
/// Only what the judgement needs goes out: production in whole watts and the others in steps of 10
/// W (see [#rounded]), and no place but the coarse cell of the node's record.
///
/// @param grid positive on import
/// @param battery positive while charging
/// @param nameplate rated power of the source
/// @param batteryCapacityWattHours what the battery can hold
/// @param throttled whether the inverter holds production back
/// @param deviceTime the device's own time of the reading
public record MeasuredPower(
    Optional<Watts> production,
    Optional<Watts> load,
    Optional<Watts> grid,
    Optional<Watts> battery,
    Optional<Watts> nameplate,
    OptionalDouble batteryCapacityWattHours,
    boolean throttled,
    Optional<Instant> deviceTime) {
  private static final double WATTS_MAX = 1e9;
  private static final double PRODUCTION_STEP_WATTS = 1;
  private static final double HOUSE_STEP_WATTS = 10;

  /// @throws IllegalArgumentException when a figure is out of range
  public MeasuredPower {
    checkRange(production);
    checkRange(load);
    checkRange(grid);
    checkRange(battery);
    checkRange(nameplate);
    if (batteryCapacityWattHours.isPresent()
        && !(batteryCapacityWattHours.getAsDouble() >= 0
            && batteryCapacityWattHours.getAsDouble() <= WATTS_MAX)) {
      throw new IllegalArgumentException("a battery's capacity is out of range");
    }
  }

  /// The same with no more digits than a referee needs: a finer series of a home's load would tell
  /// what its people do.
  public MeasuredPower rounded() {
    return new MeasuredPower(
        production.map(watts -> inSteps(watts, PRODUCTION_STEP_WATTS)),
        load.map(watts -> inSteps(watts, HOUSE_STEP_WATTS)),
        grid.map(watts -> inSteps(watts, HOUSE_STEP_WATTS)),
        battery.map(watts -> inSteps(watts, HOUSE_STEP_WATTS)),
        nameplate,
        batteryCapacityWattHours,
        throttled,
        deviceTime);
  }

  private static Watts inSteps(Watts watts, double step) {
    return new Watts(Math.rint(watts.value() / step) * step);
  }

  private static void checkRange(Optional<Watts> watts) {
    if (watts.isPresent() && !(Math.abs(watts.get().value()) <= WATTS_MAX)) {
      throw new IllegalArgumentException("a measured power is out of range");
    }
  }

  MeasuredPowerPayload encode() {
    MeasuredPowerPayload.Builder payload =
        MeasuredPowerPayload.newBuilder().setThrottled(throttled);
    production.ifPresent(watts -> payload.setProductionWatts(watts.value()));
    load.ifPresent(watts -> payload.setLoadWatts(watts.value()));
    grid.ifPresent(watts -> payload.setGridWatts(watts.value()));
    battery.ifPresent(watts -> payload.setBatteryWatts(watts.value()));
    nameplate.ifPresent(watts -> payload.setNameplateWatts(watts.value()));
    batteryCapacityWattHours.ifPresent(payload::setBatteryCapacityWattHours);
    deviceTime.ifPresent(time -> payload.setDeviceTimeMs(time.toEpochMilli()));
    return payload.build();
  }

  static MeasuredPower decode(MeasuredPowerPayload payload) throws ProtocolException {
    Optional<Instant> deviceTime =
        payload.hasDeviceTimeMs()
            ? Optional.of(Payloads.instant(payload.getDeviceTimeMs()))
            : Optional.empty();
    OptionalDouble capacity =
        payload.hasBatteryCapacityWattHours()
            ? OptionalDouble.of(payload.getBatteryCapacityWattHours())
            : OptionalDouble.empty();
    try {
      return new MeasuredPower(
          watts(payload.hasProductionWatts(), payload.getProductionWatts()),
          watts(payload.hasLoadWatts(), payload.getLoadWatts()),
          watts(payload.hasGridWatts(), payload.getGridWatts()),
          watts(payload.hasBatteryWatts(), payload.getBatteryWatts()),
          watts(payload.hasNameplateWatts(), payload.getNameplateWatts()),
          capacity,
          payload.getThrottled(),
          deviceTime);
    } catch (IllegalArgumentException outOfRange) {
      throw new ProtocolException("a measured power is out of range", outOfRange);
    }
  }

  private static Optional<Watts> watts(boolean present, double value) {
    return present ? Optional.of(new Watts(value)) : Optional.empty();
  }
}
