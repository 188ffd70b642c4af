// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.DeviceProbe.Fit;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;
import org.peermind.protocol.Watts;

/// Asks one port by one profile after the other, as many devices take one client only. A port that
/// refuses is tried once; a way of asking to which nobody answers is given up soon.
final class PortProbe {
  private static final int CONNECT_MILLIS = 2_000;
  private static final double POWER_MAX_WATTS = 1e6;
  private static final Set<String> BY_UDP = Set.of("goodwe", "multicast");

  /// Questions of one kind (transport and unit, or TLS) that may stay without an answer, and of one
  /// transport that never gave any.
  private static final int SILENCES_MAX = 2;

  private static final int SILENCES_OF_TRANSPORT_MAX = 6;

  private final String host;
  private final int port;
  private final List<Profile> profiles;
  private final Path home;
  private final SiteFactory devices;
  private final Consumer<String> progress;
  private final Map<String, Integer> silences = new HashMap<>();
  private final Set<String> heard = new TreeSet<>();

  /// The transport that the port was found to speak; empty before.
  private String speaks = "";

  // Read by another thread when the time is over; guarded by this.
  private final List<Fit> fits = new ArrayList<>();
  private final List<Profile> locked = new ArrayList<>();
  private boolean accepts;

  PortProbe(
      String host,
      int port,
      List<Profile> profiles,
      Path home,
      SiteFactory devices,
      Consumer<String> progress) {
    this.host = host;
    this.port = port;
    this.profiles = List.copyOf(profiles);
    this.home = home;
    this.devices = devices;
    this.progress = progress;
  }

  /// The port that the profile's devices have.
  static int usualPort(Profile profile) {
    return profile.connection().get("port") instanceof Number port ? port.intValue() : 80;
  }

  @Nullable Void ask() throws InterruptedException {
    boolean open = connects();
    if (open) {
      accept();
    }
    for (Profile profile : profiles) {
      if (!speaks.isEmpty() && !speaks.equals(profile.transport())) {
        continue; // a port speaks one language
      }
      if (open || BY_UDP.contains(profile.transport())) {
        ask(profile);
      }
    }
    return null;
  }

  private boolean connects() {
    if (profiles.stream().allMatch(profile -> BY_UDP.contains(profile.transport()))) {
      return false;
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      return true;
    } catch (IOException nobody) {
      return false;
    }
  }

  private void ask(Profile profile) throws InterruptedException {
    String transport = profile.transport();
    String kind = kind(profile);
    boolean never = !heard.contains(transport);
    if (silences.getOrDefault(kind, 0) >= SILENCES_MAX
        || (never && silences.getOrDefault(transport, 0) >= SILENCES_OF_TRANSPORT_MAX)) {
      return;
    }
    progress.accept("%s:%d as %s".formatted(host, port, profile.name()));
    Map<String, Object> section = section(profile);
    Map<String, Object> hasty = new LinkedHashMap<>(section);
    hasty.put("answer-within", transport.equals("modbus") ? "6s" : patience(transport) + "ms");
    if (!transport.equals("http")) {
      hasty.put("patience", patience(transport) + "ms");
    }
    if (transport.equals("goodwe")) {
      hasty.put("tries", 1);
    }
    long began = System.nanoTime();
    try (Device device = open(profile, hasty)) {
      DeviceReading reading = device.read();
      heard.add(transport);
      if (isGood(profile, reading)) {
        speaks = transport;
        found(profile, reading, section);
      }
    } catch (EnergyAdapterException refused) {
      long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
      if (millis >= patience(transport)) {
        silences.merge(kind, 1, Integer::sum);
        silences.merge(transport, 1, Integer::sum);
      } else {
        heard.add(transport);
      }
      if (refused.sentence().contains(" answers with status ")) {
        speaks = transport;
      }
      if (wantsSecret(refused.sentence())) {
        lock(profile);
      }
    } catch (SettingsException unfit) {
      // The profile cannot be asked without what only the owner knows.
    }
  }

  private static String kind(Profile profile) {
    Map<String, @Nullable Object> connection = profile.connection();
    return profile.transport()
        + " "
        + connection.getOrDefault("unit", "")
        + connection.getOrDefault("tls", "");
  }

  private static long patience(String transport) {
    return switch (transport) {
      case "http" -> 3_000;
      case "modbus" -> 2_000;
      case "goodwe" -> 1_500;
      default -> 3_000;
    };
  }

  /// What the owner would write; only without secrets.
  private Map<String, Object> section(Profile profile) {
    Map<String, Object> section = new LinkedHashMap<>();
    section.put("host", host);
    if (port != usualPort(profile)) {
      section.put("port", port);
    }
    if (profile.transport().equals("http")
        && !Set.of("none", "basic", "digest").contains(auth(profile))) {
      section.put("auth", "none");
    }
    return section;
  }

  private static String auth(Profile profile) {
    return String.valueOf(profile.connection().getOrDefault("auth", "none"));
  }

  private Device open(Profile profile, Map<String, Object> section) {
    Map<String, Object> whole = new LinkedHashMap<>(section);
    whole.put("role", role(profile).word());
    AdapterContext context = new AdapterContext(null, profile.poll(), OwnDraw.NONE, home);
    return devices
        .watch(SettingsReader.of("energy." + profile.name(), whole), profile, context)
        .device();
  }

  private static DeviceRole role(Profile profile) {
    return profile.roles().getFirst();
  }

  private static boolean wantsSecret(String sentence) {
    return sentence.contains(" answers with status 401:")
        || sentence.contains(" answers with status 403:")
        || sentence.contains(" asks for a login;");
  }

  private static boolean isGood(Profile profile, DeviceReading reading) {
    List<Reading<Watts>> powers =
        List.of(reading.production(), reading.load(), reading.grid(), reading.battery());
    List<Double> watts =
        powers.stream().flatMap(p -> p.known().stream()).map(Watts::value).toList();
    if (!reading.quality().usable()
        || watts.stream().anyMatch(w -> Math.abs(w) > POWER_MAX_WATTS)) {
      return false;
    }
    if (!reading.saysAnything()) {
      return reading.quality() == Quality.OK_NO_PRODUCTION && profile.transport().equals("http");
    }
    boolean marked = profile.answers().stream().anyMatch(a -> a.request().containsKey("sunspec"));
    // Registers of any device that are all zero prove nothing.
    return !profile.transport().equals("modbus")
        || marked
        || watts.stream().anyMatch(w -> w != 0)
        || reading.stateOfCharge().known().filter(charge -> charge.value() > 0).isPresent();
  }

  private synchronized void accept() {
    accepts = true;
  }

  private synchronized void lock(Profile profile) {
    locked.add(profile);
  }

  private synchronized void found(
      Profile profile, DeviceReading reading, Map<String, Object> section) {
    accepts = true;
    fits.add(
        new Fit(
            profile.name(),
            profile.title(),
            AddressProbe.GENERIC.contains(profile.name()),
            port,
            List.copyOf(profile.roles()),
            reading,
            new LinkedHashMap<>(section)));
  }

  synchronized boolean accepts() {
    return accepts;
  }

  synchronized List<Fit> fits() {
    return List.copyOf(fits);
  }

  /// What only the owner can do.
  synchronized List<String> remarks() {
    if (locked.isEmpty() || !fits.isEmpty()) {
      return List.of();
    }
    List<String> tokens = new ArrayList<>();
    List<String> passwords = new ArrayList<>();
    for (Profile profile : locked) {
      (Set.of("bearer", "header").contains(auth(profile)) ? tokens : passwords).add(profile.name());
    }
    List<String> ways = new ArrayList<>();
    if (!tokens.isEmpty()) {
      ways.add("token-file (%s)".formatted(String.join(", ", tokens)));
    }
    if (!passwords.isEmpty()) {
      ways.add("user and password-file (%s)".formatted(String.join(", ", passwords)));
    }
    return List.of(
        "%s:%d wants to know who asks; name its profile in the configuration and set %s."
            .formatted(host, port, String.join(", or ", ways)));
  }
}
