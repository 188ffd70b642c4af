// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.internal.profile.ReadingReport;
import org.peermind.energy.internal.site.AddressProbe;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;

/// Finds out by which profiles an address can be read. It asks the addresses that it is given and
/// no other, changes nothing there, and sends no secret: a profile that posts or publishes, or that
/// needs an option nobody can guess, is left out.
public final class DeviceProbe {
  private final ProfileShelf shelf;
  private final Path home;
  private final InstantSource time;

  /// @param profiles the owner's directory of profiles, which need not exist
  /// @param home an empty directory for the keys of certificates, which the caller removes
  public DeviceProbe(Path profiles, Path home, InstantSource time) {
    this.shelf = ProfileShelf.with(profiles);
    this.home = home;
    this.time = time;
  }

  /// Where to ask.
  ///
  /// @param port the only one to ask; without, the usual port of every profile
  public record Address(String host, OptionalInt port) {
    private static final Pattern FORM =
        Pattern.compile("(\\[[0-9A-Fa-f:.%a-z]{2,60}]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?");
    private static final Pattern IPV6 =
        Pattern.compile("[0-9A-Fa-f]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");

    public Address {
      requireNonNull(host);
      requireNonNull(port);
    }

    /// From `HOST`, `HOST:PORT`, `[IPV6]:PORT` or a bare IPv6 address; empty for anything else.
    public static Optional<Address> of(String text) {
      if (IPV6.matcher(text).matches()) {
        return Optional.of(new Address(text, OptionalInt.empty()));
      }
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        return Optional.empty();
      }
      String host = form.group(1);
      String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      if (form.group(2) == null) {
        return Optional.of(new Address(bare, OptionalInt.empty()));
      }
      int port = Integer.parseInt(form.group(2));
      return port < 1 || port > 65_535
          ? Optional.empty()
          : Optional.of(new Address(bare, OptionalInt.of(port)));
    }

    /// As it was given.
    public String text() {
      String bracketed = host.contains(":") && port.isPresent() ? "[" + host + "]" : host;
      return port.isPresent() ? bracketed + ":" + port.getAsInt() : host;
    }
  }

  /// A profile that reads the device.
  ///
  /// @param generic whether it reads many makers' devices, so that a specific one goes before it
  /// @param roles what the device can stand for
  /// @param reading what it said, in the role that comes first
  /// @param settings the keys of its section in the configuration
  public record Fit(
      String profile,
      String title,
      boolean generic,
      int port,
      List<DeviceRole> roles,
      DeviceReading reading,
      SequencedMap<String, Object> settings) {
    public Fit {
      roles = List.copyOf(roles);
      settings = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(settings));
    }

    /// The reading as `peermind energy decode` prints it; null means unknown.
    public SequencedMap<String, @Nullable Object> report() {
      return ReadingReport.of(reading);
    }
  }

  /// What an address said.
  ///
  /// @param fits the likeliest first
  /// @param remarks one sentence for each thing the owner can do, such as to give a password
  /// @param profiles how many profiles were asked for
  /// @param silent ports at which nothing accepts connections
  /// @param answering ports at which something does, or might by UDP
  /// @param complete false when the time ended first
  public record Findings(
      Address address,
      List<Fit> fits,
      List<String> remarks,
      int profiles,
      SortedSet<Integer> silent,
      SortedSet<Integer> answering,
      boolean complete) {
    public Findings {
      fits = List.copyOf(fits);
      remarks = List.copyOf(remarks);
      silent = Collections.unmodifiableSortedSet(new TreeSet<>(silent));
      answering = Collections.unmodifiableSortedSet(new TreeSet<>(answering));
    }
  }

  /// Asks one address.
  ///
  /// @param within the longest that it may take
  /// @param progress hears what is asked now, from several threads
  public Findings ask(Address address, Duration within, Consumer<String> progress)
      throws InterruptedException {
    return new AddressProbe(shelf, home, time, progress).ask(address, within);
  }

  /// The addresses in a configuration's energy section, each once.
  public static List<Address> configured(Map<?, ?> energy) {
    List<Address> all = new ArrayList<>();
    collect(energy, all, 0);
    return List.copyOf(all);
  }

  private static void collect(@Nullable Object value, List<Address> all, int depth) {
    if (depth > 6) {
      return;
    }
    if (value instanceof List<?> list) {
      list.forEach(each -> collect(each, all, depth + 1));
    } else if (value instanceof Map<?, ?> map) {
      if (map.get("host") instanceof String host) {
        Object port = map.get("port");
        String bracketed = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        Address.of(port == null ? host : bracketed + ":" + port)
            .filter(address -> !all.contains(address))
            .ifPresent(all::add);
      }
      map.values().forEach(each -> collect(each, all, depth + 1));
    }
  }
}
