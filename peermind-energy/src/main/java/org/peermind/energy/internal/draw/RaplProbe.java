// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.peermind.energy.spi.PowerMethod;

/// The energy counters of the processor packages and their memory, for Intel and AMD, as Linux
/// shows them below `/sys/class/powercap`. They count microjoules up to `max_energy_range_uj` and
/// begin again at zero. Kernels since 5.10 let only the owner of the machine read them.
final class RaplProbe implements PowerProbe {
  private final Path powercap;
  private final Map<String, Long> before = new HashMap<>();
  private double sum;

  RaplProbe(Path root) {
    this.powercap = root.resolve("sys/class/powercap");
  }

  @Override
  public PowerMethod method() {
    return PowerMethod.RAPL;
  }

  @Override
  public Answer ask(Instant now) {
    List<Path> zones = zones();
    if (zones.isEmpty()) {
      return new Answer.Absent();
    }
    Map<String, Long> counters = new HashMap<>();
    double grown = 0;
    for (Path zone : zones) {
      OptionalLong counter = Sysfs.number(zone.resolve("energy_uj"));
      OptionalLong range = Sysfs.number(zone.resolve("max_energy_range_uj"));
      if (counter.isEmpty()) {
        before.clear();
        return new Answer.Silent("the processor's energy counters cannot be read");
      }
      String name = String.valueOf(zone.getFileName());
      counters.put(name, counter.getAsLong());
      Long last = before.get(name);
      if (last != null) {
        long step = counter.getAsLong() - last;
        if (step < 0 && range.isEmpty()) {
          before.clear();
          return new Answer.Silent("a processor's energy counter went back");
        }
        grown += step < 0 ? step + range.getAsLong() + 1 : step;
      }
    }
    boolean isSame = before.keySet().equals(counters.keySet());
    boolean isFirst = before.isEmpty();
    before.clear();
    before.putAll(counters);
    if (!isSame && !isFirst) {
      return new Answer.Silent("the processors changed");
    }
    sum += grown / 1e6;
    return new Answer.Joules(sum);
  }

  /// Packages, and the memory that is not part of them. Cores are part of a package; `psys` holds
  /// packages again.
  private List<Path> zones() {
    return Stream.concat(
            Sysfs.entries(powercap, "intel-rapl:*").stream()
                .filter(zone -> Sysfs.text(zone.resolve("name")).startsWith("package")),
            Sysfs.entries(powercap, "intel-rapl:*:*").stream()
                .filter(zone -> Sysfs.text(zone.resolve("name")).equals("dram")))
        .filter(zone -> Files.exists(zone.resolve("energy_uj")))
        .toList();
  }
}
