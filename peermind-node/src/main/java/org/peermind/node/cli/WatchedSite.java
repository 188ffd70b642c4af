// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.peermind.energy.Adapters;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SettingsException;
import org.peermind.node.NodeAssembly;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.Watts;

/// Where the power flow comes from: the node that runs, or the devices themselves when none does.
sealed interface WatchedSite extends AutoCloseable {
  /// The flow at this moment.
  PowerFlow now() throws InterruptedException;

  @Override
  void close();

  /// The running node, so that devices that take one client are left to it; else the adapter.
  static WatchedSite of(NodeHome home, NodeConfig config)
      throws ConfigException, CommandFailed, InterruptedException {
    Adapters adapters = Adapters.withDevices(home.profilesDirectory(), InstantSource.system());
    EnergySettings settings = NodeAssembly.energySettings(config, adapters);
    Duration ageMax = settings.sampling().ageMax();
    ApiClient api = new ApiClient(config.api());
    if (isRunning(home, api)) {
      return new OfNode(api, ageMax);
    }
    try {
      return new OfDevices(
          adapters.create(settings, OwnDraw.NONE, home.directory()),
          ageMax,
          InstantSource.system());
    } catch (SettingsException wrong) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(wrong.getMessage()), wrong);
    }
  }

  /// Whether it is this node that answers there, and not another one of the machine.
  private static boolean isRunning(NodeHome home, ApiClient api) throws InterruptedException {
    try {
      String node = api.get("/status").path("node").asText();
      return node.equals(home.identity().id().toString());
    } catch (CommandFailed | ConfigException nobody) {
      return false;
    }
  }

  /// What a running node says in its status.
  record OfNode(ApiClient api, Duration ageMax) implements WatchedSite {
    @Override
    public PowerFlow now() throws InterruptedException {
      try {
        return of(api.get("/status"), ageMax);
      } catch (CommandFailed gone) {
        return PowerFlow.unknown(
            OptionalDouble.empty(), List.of(String.valueOf(gone.getMessage())));
      }
    }

    static PowerFlow of(JsonNode status, Duration ageMax) {
      JsonNode energy = status.path("energy");
      List<String> notes = new ArrayList<>();
      if (energy.isMissingNode()) {
        notes.add("This node reads no energy, because it is no inferer.");
        return PowerFlow.unknown(OptionalDouble.empty(), notes);
      }
      notes.add(
          "Model %s: %s"
              .formatted(energy.path("activation").asText(), energy.path("reason").asText()));
      energy.path("devices").forEach(device -> notes.add(DeviceLine.of(device)));
      JsonNode flow = energy.path("flow");
      if (flow.isMissingNode()) {
        return PowerFlow.unknown(OptionalDouble.empty(), notes);
      }
      return new PowerFlow(
              number(flow, "pv_power_w"),
              number(flow, "load_w"),
              number(flow, "grid_power_w"),
              number(flow, "battery_power_w"),
              number(flow, "battery_soc"),
              flow.path("quality").asText("unknown"),
              number(flow, "age_seconds"),
              notes)
          .unlessOlderThan(ageMax.toMillis() / 1e3);
    }

    private static OptionalDouble number(JsonNode object, String name) {
      JsonNode value = object.path(name);
      return value.isNumber() ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty();
    }

    @Override
    public void close() {}
  }

  /// The configured adapter, read by this command.
  record OfDevices(EnergyAdapter adapter, Duration ageMax, InstantSource time)
      implements WatchedSite {
    @Override
    public PowerFlow now() {
      Instant now = time.instant();
      try {
        EnergySample sample = adapter.read(now);
        List<String> notes = new ArrayList<>(adapter.siteStatus(time.instant()).remarks());
        if (!sample.quality().usable()) {
          notes.addFirst(
              "The reading is %s and does not count.".formatted(sample.quality().word()));
          return PowerFlow.unknown(age(sample), notes);
        }
        return new PowerFlow(
                number(sample.production(), Watts::value),
                number(sample.load(), Watts::value),
                number(sample.grid(), Watts::value),
                number(sample.battery(), Watts::value),
                number(sample.stateOfCharge(), Percent::value),
                sample.quality().word(),
                age(sample),
                notes)
            .unlessOlderThan(ageMax.toMillis() / 1e3);
      } catch (EnergyAdapterException nothing) {
        return PowerFlow.unknown(OptionalDouble.empty(), List.of(nothing.sentence()));
      }
    }

    private OptionalDouble age(EnergySample sample) {
      long millis = Duration.between(sample.receivedAt(), time.instant()).toMillis();
      return OptionalDouble.of(Math.max(0, millis) / 1e3);
    }

    private static <T> OptionalDouble number(Reading<T> reading, ToDoubleFunction<T> unit) {
      return switch (reading) {
        case Reading.Known<T> known -> OptionalDouble.of(unit.applyAsDouble(known.value()));
        case Reading.Unknown<T> _ -> OptionalDouble.empty();
      };
    }

    @Override
    public void close() {
      adapter.close();
    }
  }
}
