// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Watts;

/// What one poll of a site read, in one sign convention: `pv + grid - battery = load`.
///
/// @param device what a person calls the device, as in "no reading from the inverter"
/// @param production power of the renewable source (PV, wind or hydro); not negative but for
///   standby draw
/// @param solar the part of the production that the sun gives, where that is not all of a PV site's
///   or none of another's: of panels beside a wind turbine
/// @param load everything the site consumes, our own engine included
/// @param grid positive on import, negative on export
/// @param battery positive while charging, negative while discharging
/// @param capacity what the battery can hold; the owner's figure goes before it
/// @param reserve the state of charge that the device itself keeps back
/// @param nameplate the rated power of the source, for the range check and the bound by the sun
/// @param throttled whether the inverter holds production back, so that there is more sun than is
///   seen
/// @param unverified whether a device that it rests on was read by a profile without a recorded
///   answer, so that nobody has shown that the profile reads the real device
/// @param deviceTime the device's own time of the reading, null when it gives none
/// @param receivedAt when we had it
public record EnergySample(
    String device,
    Origin origin,
    SourceKind sourceKind,
    GridConnection gridConnection,
    Reading<Watts> production,
    Reading<Watts> solar,
    Reading<Watts> load,
    Reading<Watts> grid,
    Reading<Watts> battery,
    Reading<Percent> stateOfCharge,
    Reading<WattHours> capacity,
    Reading<Percent> reserve,
    Reading<Watts> nameplate,
    boolean throttled,
    boolean unverified,
    @Nullable Instant deviceTime,
    Instant receivedAt,
    Quality quality) {

  public EnergySample {
    requireNonNull(device);
    requireNonNull(origin);
    requireNonNull(sourceKind);
    requireNonNull(gridConnection);
    requireNonNull(production);
    requireNonNull(solar);
    requireNonNull(load);
    requireNonNull(grid);
    requireNonNull(battery);
    requireNonNull(stateOfCharge);
    requireNonNull(capacity);
    requireNonNull(reserve);
    requireNonNull(nameplate);
    requireNonNull(receivedAt);
    requireNonNull(quality);
  }

  /// A sample in which everything is unknown until it is set.
  public static Builder builder(String device, Origin origin, Instant receivedAt) {
    return new Builder(device, origin, receivedAt);
  }

  /// A builder that starts from this sample.
  public Builder toBuilder() {
    Builder builder = new Builder(device, origin, receivedAt);
    builder.sourceKind = sourceKind;
    builder.gridConnection = gridConnection;
    builder.production = production;
    builder.solar = solar;
    builder.load = load;
    builder.grid = grid;
    builder.battery = battery;
    builder.stateOfCharge = stateOfCharge;
    builder.capacity = capacity;
    builder.reserve = reserve;
    builder.nameplate = nameplate;
    builder.throttled = throttled;
    builder.unverified = unverified;
    builder.deviceTime = deviceTime;
    builder.quality = quality;
    return builder;
  }

  /// Collects the fields of a sample. Plain numbers are taken as measured at the receipt time.
  public static final class Builder {
    private final String device;
    private final Origin origin;
    private final Instant receivedAt;
    private SourceKind sourceKind = SourceKind.PV;
    private GridConnection gridConnection = GridConnection.UNKNOWN;
    private Reading<Watts> production = Reading.unknown("not read");
    private Reading<Watts> solar = Reading.unknown("not told apart");
    private Reading<Watts> load = Reading.unknown("not read");
    private Reading<Watts> grid = Reading.unknown("not read");
    private Reading<Watts> battery = Reading.unknown("not read");
    private Reading<Percent> stateOfCharge = Reading.unknown("not read");
    private Reading<WattHours> capacity = Reading.unknown("not read");
    private Reading<Percent> reserve = Reading.unknown("not read");
    private Reading<Watts> nameplate = Reading.unknown("not read");
    private boolean throttled;
    private boolean unverified;
    private @Nullable Instant deviceTime;
    private Quality quality = Quality.OK;

    private Builder(String device, Origin origin, Instant receivedAt) {
      this.device = device;
      this.origin = origin;
      this.receivedAt = receivedAt;
    }

    public Builder sourceKind(SourceKind value) {
      sourceKind = value;
      return this;
    }

    public Builder gridConnection(GridConnection value) {
      gridConnection = value;
      return this;
    }

    public Builder production(Reading<Watts> value) {
      production = value;
      return this;
    }

    public Builder solar(Reading<Watts> value) {
      solar = value;
      return this;
    }

    public Builder productionWatts(double watts) {
      return production(Reading.watts(watts, receivedAt));
    }

    public Builder load(Reading<Watts> value) {
      load = value;
      return this;
    }

    public Builder loadWatts(double watts) {
      return load(Reading.watts(watts, receivedAt));
    }

    public Builder grid(Reading<Watts> value) {
      grid = value;
      return this;
    }

    public Builder gridWatts(double watts) {
      return grid(Reading.watts(watts, receivedAt));
    }

    public Builder battery(Reading<Watts> value) {
      battery = value;
      return this;
    }

    public Builder batteryWatts(double watts) {
      return battery(Reading.watts(watts, receivedAt));
    }

    public Builder stateOfCharge(Reading<Percent> value) {
      stateOfCharge = value;
      return this;
    }

    public Builder stateOfChargePercent(double percent) {
      return stateOfCharge(Reading.percent(percent, receivedAt));
    }

    public Builder capacity(Reading<WattHours> value) {
      capacity = value;
      return this;
    }

    public Builder reserve(Reading<Percent> value) {
      reserve = value;
      return this;
    }

    public Builder nameplate(Reading<Watts> value) {
      nameplate = value;
      return this;
    }

    public Builder nameplateWatts(double watts) {
      return nameplate(Reading.watts(watts, receivedAt));
    }

    public Builder throttled(boolean value) {
      throttled = value;
      return this;
    }

    public Builder unverified(boolean value) {
      unverified = value;
      return this;
    }

    public Builder deviceTime(@Nullable Instant value) {
      deviceTime = value;
      return this;
    }

    public Builder quality(Quality value) {
      quality = value;
      return this;
    }

    /// The finished sample.
    public EnergySample build() {
      return new EnergySample(
          device,
          origin,
          sourceKind,
          gridConnection,
          production,
          solar,
          load,
          grid,
          battery,
          stateOfCharge,
          capacity,
          reserve,
          nameplate,
          throttled,
          unverified,
          deviceTime,
          receivedAt,
          quality);
    }
  }
}
