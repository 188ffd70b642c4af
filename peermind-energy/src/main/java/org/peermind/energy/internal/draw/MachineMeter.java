// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.draw.PowerProbe.Answer;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMeter;
import org.peermind.energy.spi.PowerMethod;

/// The power of the machine: by its wall plug if it has a meter, else GPUs plus processors. A GPU
/// that is there and does not tell makes the whole unknown, because the processors alone would say
/// far too little; processors that do not tell are left out, with a remark.
public final class MachineMeter implements PowerMeter {
  /// Counters are refreshed about every 100 ms; shorter windows measure the refresh.
  private static final Duration WINDOW_MIN = Duration.ofMillis(500);

  private static final double WATTS_MAX = 100_000;

  private final @Nullable PowerProbe wall;
  private final List<PowerProbe> gpus;
  private final List<PowerProbe> processors;
  private final Part wallPart = new Part();
  private final Part gpuPart = new Part();
  private final Part processorPart = new Part();
  private @Nullable OwnPower last;
  private List<PowerMethod> methodsBefore = List.of();

  /// @param wall null when there is none
  /// @param gpus ways to ask the GPUs, the best first; the first that is not absent answers
  /// @param processors ways to ask the processors, the best first
  MachineMeter(@Nullable PowerProbe wall, List<PowerProbe> gpus, List<PowerProbe> processors) {
    this.wall = wall;
    this.gpus = List.copyOf(gpus);
    this.processors = List.copyOf(processors);
  }

  /// The meters of a machine.
  public static MachineMeter of(Machine machine) {
    return new MachineMeter(
        machine.wall() == null ? null : new WallProbe(machine.wall()),
        machine.usesGpuSlice()
            ? List.of(new GpuSliceProbe())
            : List.of(
                NvmlProbe.of(machine),
                new NvidiaSmiProbe(machine),
                new AmdGpuProbe(machine.root())),
        List.of(new RaplProbe(machine.root()), new AmdEnergyProbe(machine.root())));
  }

  /// The wall plug alone, for an engine that may not run on this machine.
  public static MachineMeter ofPlug(Machine.Wall wall) {
    return new MachineMeter(new WallProbe(wall), List.of(), List.of());
  }

  @Override
  public OwnPower read(Instant now) {
    OwnPower before = last;
    if (before != null
        && !now.isBefore(before.at())
        && Duration.between(before.at(), now).compareTo(WINDOW_MIN) < 0) {
      return new OwnPower(
          before.watts(),
          before.isMeasured() ? OptionalDouble.of(0) : OptionalDouble.empty(),
          before.methods(),
          Duration.ZERO,
          before.at(),
          before.remark());
    }
    OwnPower reading = measure(before == null ? null : before.at(), now);
    last = reading;
    return reading;
  }

  private OwnPower measure(@Nullable Instant from, Instant now) {
    List<String> missing = new ArrayList<>();
    if (wall != null) {
      Heard heard = new Heard(wall.method(), wall.ask(now));
      if (heard.tells()) {
        return sum(from, now, List.of(heard), List.of(wallPart), "");
      }
      if (heard.answer() instanceof Answer.Silent(String why)) {
        missing.add("no wall plug: " + why);
      }
    }
    Heard gpu = first(gpus, now);
    Heard processor = first(processors, now);
    if (gpu.answer() instanceof Answer.Silent(String why)) {
      missing.add(why);
      return forget(now, String.join("; ", missing));
    }
    if (processor.answer() instanceof Answer.Silent(String why)) {
      missing.add(why + ", left out");
    }
    String remark = String.join("; ", missing);
    List<Heard> parts = new ArrayList<>();
    List<Part> sums = new ArrayList<>();
    if (gpu.tells()) {
      parts.add(gpu);
      sums.add(gpuPart);
    }
    if (processor.tells()) {
      parts.add(processor);
      sums.add(processorPart);
    }
    return parts.isEmpty()
        ? forget(now, remark.isEmpty() ? "no meter was found" : remark)
        : sum(from, now, parts, sums, remark);
  }

  private OwnPower forget(Instant now, String why) {
    methodsBefore = List.of();
    return OwnPower.unknown(now, why);
  }

  private OwnPower sum(
      @Nullable Instant from, Instant now, List<Heard> parts, List<Part> sums, String remark) {
    double joules = 0;
    for (int i = 0; i < parts.size(); i++) {
      joules += sums.get(i).joulesUntil(now, parts.get(i).answer());
    }
    List<PowerMethod> methods = parts.stream().map(Heard::method).toList();
    boolean isSame = methods.equals(methodsBefore);
    methodsBefore = methods;
    if (from == null || !isSame || Double.isNaN(joules)) {
      return OwnPower.unknown(now, "the meter has only begun");
    }
    Duration window = Duration.between(from, now);
    double watts = joules / (window.toNanos() / 1e9);
    if (watts > WATTS_MAX) {
      return OwnPower.unknown(now, "the meter says an impossible %.0f W".formatted(watts));
    }
    return new OwnPower(
        OptionalDouble.of(watts), OptionalDouble.of(joules), methods, window, now, remark);
  }

  /// What the first of these that is there says, or the last silence.
  private static Heard first(List<PowerProbe> probes, Instant now) {
    Heard silence = new Heard(PowerMethod.UNKNOWN, new Answer.Absent());
    for (PowerProbe probe : probes) {
      Heard heard = new Heard(probe.method(), probe.ask(now));
      if (heard.tells()) {
        return heard;
      }
      if (heard.answer() instanceof Answer.Silent) {
        silence = heard;
      }
    }
    return silence;
  }

  private record Heard(PowerMethod method, Answer answer) {
    boolean tells() {
      return switch (answer) {
        case Answer.Joules _, Answer.Power _ -> true;
        case Answer.Absent _, Answer.Silent _ -> false;
      };
    }
  }

  @Override
  public void close() {
    if (wall != null) {
      wall.close();
    }
    gpus.forEach(PowerProbe::close);
    processors.forEach(PowerProbe::close);
  }
}
