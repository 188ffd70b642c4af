// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.peermind.energy.DeviceProbe.Address;
import org.peermind.energy.DeviceProbe.Findings;
import org.peermind.energy.DeviceProbe.Fit;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// Asks the ports of one address side by side, and the profiles of each port one after the other.
public final class AddressProbe {
  private static final int PORTS_AT_ONCE = 6;

  /// Transports that reach an address, in the order in which one port is asked by them.
  private static final List<String> TRANSPORTS =
      List.of("http", "modbus", "goodwe", "nut", "mqtt", "multicast");

  private final List<Profile> profiles;
  private final Path home;
  private final SiteFactory devices;
  private final Consumer<String> progress;

  /// @param home where keys of certificates are kept
  /// @param progress hears what is asked now, from several threads
  public AddressProbe(
      ProfileShelf shelf, Path home, InstantSource time, Consumer<String> progress) {
    this.profiles =
        shelf.profiles().stream()
            .filter(AddressProbe::canBeAsked)
            .sorted(Comparator.comparingInt(p -> TRANSPORTS.indexOf(p.transport())))
            .toList();
    this.home = home;
    this.devices = SiteFactory.of(shelf, time);
    this.progress = progress;
  }

  private static boolean canBeAsked(Profile profile) {
    return TRANSPORTS.contains(profile.transport())
        && profile.options().values().stream().allMatch(option -> option.otherwise() != null)
        && !profile.name().startsWith("generic-")
        && profile.answers().stream().map(AnswerRule::request).noneMatch(AddressProbe::writes);
  }

  private static boolean writes(Map<String, ?> request) {
    return request.containsKey("post") || request.containsKey("publish");
  }

  /// What the address says.
  public Findings ask(Address address, Duration within) throws InterruptedException {
    long deadline = System.nanoTime() + within.toNanos();
    ExecutorService threads =
        Executors.newFixedThreadPool(
            PORTS_AT_ONCE, Thread.ofPlatform().daemon().name("probe-", 0).factory());
    try {
      Future<Boolean> name = threads.submit(() -> isKnown(address.host()));
      if (!name.get(within.toNanos(), TimeUnit.NANOSECONDS)) {
        return nowhere(address, "The name %s is not known here.".formatted(address.host()));
      }
      SortedMap<Integer, PortProbe> ports = ports(address);
      List<Callable<Void>> work = new ArrayList<>();
      ports.values().forEach(port -> work.add(port::ask));
      boolean complete =
          threads.invokeAll(work, deadline - System.nanoTime(), TimeUnit.NANOSECONDS).stream()
              .noneMatch(Future::isCancelled);
      return findings(address, ports, complete);
    } catch (TimeoutException slow) {
      return nowhere(
          address, "The name %s could not be looked up in time.".formatted(address.host()));
    } catch (ExecutionException broken) {
      throw new IllegalStateException("Looking up a name broke", broken);
    } finally {
      threads.shutdownNow();
    }
  }

  private static boolean isKnown(String host) {
    try {
      return InetAddress.getAllByName(host).length > 0;
    } catch (UnknownHostException unknown) {
      return false;
    }
  }

  private static Findings nowhere(Address address, String sentence) {
    return new Findings(
        address, List.of(), List.of(sentence), 0, new TreeSet<>(), new TreeSet<>(), true);
  }

  private SortedMap<Integer, PortProbe> ports(Address address) {
    SortedMap<Integer, List<Profile>> byPort = new TreeMap<>();
    for (Profile profile : profiles) {
      int usual = PortProbe.usualPort(profile);
      int port = address.port().orElse(usual);
      if (profile.transport().equals("multicast") && port != usual) {
        continue; // it is the group's port
      }
      byPort.computeIfAbsent(port, _ -> new ArrayList<>()).add(profile);
    }
    SortedMap<Integer, PortProbe> ports = new TreeMap<>();
    byPort.forEach(
        (port, some) ->
            ports.put(port, new PortProbe(address.host(), port, some, home, devices, progress)));
    return ports;
  }

  private Findings findings(
      Address address, SortedMap<Integer, PortProbe> ports, boolean complete) {
    List<Fit> fits = new ArrayList<>();
    List<String> remarks = new ArrayList<>();
    TreeSet<Integer> silent = new TreeSet<>();
    TreeSet<Integer> answering = new TreeSet<>();
    ports.forEach(
        (port, probe) -> {
          fits.addAll(probe.fits());
          remarks.addAll(probe.remarks());
          (probe.accepts() ? answering : silent).add(port);
        });
    fits.sort(
        Comparator.comparing(Fit::generic)
            .thenComparing(fit -> !closes(fit.reading()))
            .thenComparingInt(fit -> -known(fit.reading()))
            .thenComparing(Fit::profile));
    return new Findings(address, fits, remarks, profiles.size(), silent, answering, complete);
  }

  private static int known(DeviceReading reading) {
    return (int)
        List.of(
                reading.production(),
                reading.load(),
                reading.grid(),
                reading.battery(),
                reading.stateOfCharge())
            .stream()
            .filter(Reading::isKnown)
            .count();
  }

  /// Whether the powers add up, as far as they are known: registers of another maker's device
  /// seldom do.
  private static boolean closes(DeviceReading reading) {
    if (!(reading.production().isKnown() && reading.load().isKnown() && reading.grid().isKnown())) {
      return true;
    }
    double pv = watts(reading.production());
    double load = watts(reading.load());
    double grid = watts(reading.grid());
    double open = pv + grid - watts(reading.battery()) - load;
    double largest = Math.max(Math.abs(pv), Math.max(Math.abs(load), Math.abs(grid)));
    return Math.abs(open) <= Math.max(200, 0.1 * largest);
  }

  private static double watts(Reading<Watts> power) {
    return power.known().map(Watts::value).orElse(0.0);
  }

  /// Names of profiles that read whatever follows a standard.
  static final Set<String> GENERIC = Set.of("sunspec", "obis");
}
