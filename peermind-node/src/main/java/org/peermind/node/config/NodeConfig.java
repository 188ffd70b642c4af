// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.inference.ExternalServer;
import org.peermind.inference.ModelSpec;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;

/// Everything the owner can set, checked. `docs/configuration.md` describes the keys.
///
/// @param energy the section as written; the energy module reads it
public record NodeConfig(
    NetworkName network,
    Set<Role> roles,
    Place place,
    Optional<Listening> peer,
    List<KnownReferee> referees,
    Api api,
    Engine engine,
    NativeLibraries natives,
    EnergyClock energyClock,
    Map<String, Object> energy,
    RefereeRules refereeRules,
    Optional<Cache> cache,
    Sharing sharing,
    Participation participation,
    Federation federation,
    boolean logJson) {
  static final List<String> SECTIONS =
      List.of(
          "place",
          "peer",
          "api",
          "model",
          "engine",
          "energy-clock",
          "energy",
          "referee",
          "cache",
          "models",
          "votes",
          "federated",
          "log");

  /// What the environment may set besides the keys of the sections.
  static final List<String> TOP_LEVEL_TEXTS = List.of("network", "roles");

  private static final Duration REPORT_EVERY_LEAST = Duration.ofSeconds(1);
  private static final Duration REPORT_EVERY_MOST = Duration.ofSeconds(60);
  private static final int MODEL_NAME_CHARACTERS_MAX = 100;
  private static final long MEBIBYTE = 1L << 20;
  private static final int PORT_MAX = 65_535;
  private static final int PEER_PORT = 4477;

  /// Referees that a node may know (bounds what it dials when its network is down).
  private static final int REFEREES_MAX = 16;

  private static final int SLOTS_MAX = 16;

  /// A server of the owner's shares its own memory out, and batches more than the built-in engine.
  private static final int SERVER_SLOTS_MAX = ModelSpec.SLOTS_MAX;

  public NodeConfig {
    roles = Set.copyOf(roles);
    referees = List.copyOf(referees);
    energy = Map.copyOf(energy);
  }

  /// Where the node stands, in degrees; only a cell of about 150 km is told to others.
  public record Place(double latitudeDegrees, double longitudeDegrees) {}

  /// Where a referee listens, and the address that invitations name.
  public record Listening(HostPort listen, HostPort publicAddress) {}

  /// A referee that the node attaches to; it must prove to be `node`.
  public record KnownReferee(NodeId node, HostPort address) {}

  /// The local API.
  public record Api(HostPort listen, Optional<String> key) {}

  /// The engine of an inferer.
  ///
  /// @param file empty means the demo model that comes with Peermind
  /// @param tokensPerSecondMax caps the speed of each answer
  /// @param external the owner's server that runs the model; empty means the built-in engine
  public record Engine(
      Optional<Path> file,
      Optional<String> name,
      int contextTokens,
      int slots,
      int threads,
      OptionalDouble tokensPerSecondMax,
      Optional<ExternalServer> external) {}

  /// How many of the owner's own answers are kept on disk, and how long.
  public record Cache(long bytesMax, Duration keep) {}

  /// The native libraries of the owner's choice.
  ///
  /// @param directory where they lie; empty means the installed or the bundled ones
  /// @param allowUnknown whether libraries of unknown digest may run
  public record NativeLibraries(Optional<Path> directory, boolean allowUnknown) {}

  /// The clock of the energy path; demos let it run faster than real time.
  public record EnergyClock(double scale, Optional<Instant> start, Optional<Instant> realStart) {}

  /// What a referee enforces.
  ///
  /// @param tokensPerHour of prompts and answers that one user may have
  /// @param queueLength requests that may wait for a slot
  /// @param acceptUnverifiedModels whether inferers get work whose model is only declared
  /// @param declaredShare what power counts that its owner declares, 0 to 1 of it
  public record RefereeRules(
      int usersPerInferer,
      Duration reportEvery,
      boolean acceptSimulatedPower,
      boolean requireInvitation,
      int tokensPerHour,
      int queueLength,
      boolean acceptUnverifiedModels,
      double declaredShare) {}

  /// Reads and checks the configuration.
  public static NodeConfig of(Settings settings) throws ConfigException {
    NetworkName network = network(settings.text("network", "home"));
    Set<Role> roles = roles(settings.texts("roles"));
    Place place = place(settings.section("place"));
    Optional<Listening> peer =
        roles.contains(Role.REFEREE)
            ? Optional.of(listening(settings.section("peer")))
            : Optional.empty();
    NodeConfig config =
        new NodeConfig(
            network,
            roles,
            place,
            peer,
            referees(settings.sections("referees")),
            api(settings.section("api")),
            engine(settings.section("model")),
            natives(settings.section("engine")),
            energyClock(settings.section("energy-clock")),
            settings.section("energy").takeAll(),
            refereeRules(settings.section("referee")),
            cache(settings.section("cache")),
            Sharing.of(settings.section("models"), roles),
            Participation.of(settings.section("votes")),
            Federation.of(settings.section("federated")),
            logJson(settings.section("log")));
    settings.refuseUnread();
    if (!roles.contains(Role.REFEREE) && config.referees.isEmpty()) {
      throw new ConfigException(
          "The node knows no referee; run `peermind join` with an invitation first.");
    }
    return config;
  }

  /// The same node with native libraries in another folder.
  public NodeConfig withNatives(NativeLibraries other) {
    return new NodeConfig(
        network,
        roles,
        place,
        peer,
        referees,
        api,
        engine,
        other,
        energyClock,
        energy,
        refereeRules,
        cache,
        sharing,
        participation,
        federation,
        logJson);
  }

  private static NetworkName network(String name) throws ConfigException {
    try {
      return new NetworkName(name);
    } catch (IllegalArgumentException malformed) {
      throw new ConfigException("network: " + malformed.getMessage() + ".", malformed);
    }
  }

  /// Reads roles as people write them: inferer, light-user, referee.
  public static Set<Role> roles(List<String> names) throws ConfigException {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String name : names) {
      try {
        roles.add(Role.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')));
      } catch (IllegalArgumentException unknown) {
        throw new ConfigException(
            "roles: \"" + name + "\" is unknown; there are inferer, light-user and referee.",
            unknown);
      }
    }
    if (roles.isEmpty()) {
      throw new ConfigException("roles names none of inferer, light-user and referee.");
    }
    return roles;
  }

  private static Place place(Settings section) throws ConfigException {
    OptionalDouble latitude = section.number("latitude", -90, 90);
    OptionalDouble longitude = section.number("longitude", -180, 180);
    section.refuseUnread();
    if (latitude.isEmpty() || longitude.isEmpty()) {
      throw new ConfigException("place needs latitude and longitude in degrees.");
    }
    return new Place(latitude.getAsDouble(), longitude.getAsDouble());
  }

  private static Listening listening(Settings section) throws ConfigException {
    HostPort listen = HostPort.parse("peer.listen", section.text("listen", "0.0.0.0:" + PEER_PORT));
    Optional<String> publicAddress = section.text("public-address");
    section.refuseUnread();
    return new Listening(
        listen,
        publicAddress.isEmpty()
            ? listen
            : HostPort.parse("peer.public-address", publicAddress.get()));
  }

  private static List<KnownReferee> referees(List<Settings> sections) throws ConfigException {
    if (sections.size() > REFEREES_MAX) {
      throw new ConfigException(
          "referees names more than the %d that a node may know.".formatted(REFEREES_MAX));
    }
    List<KnownReferee> referees = new ArrayList<>();
    for (Settings section : sections) {
      String node = section.text("node", "");
      HostPort address = HostPort.parse("referees.address", section.text("address", ""));
      section.refuseUnread();
      try {
        NodeId id = NodeId.parse(node);
        if (referees.stream().anyMatch(known -> known.node().equals(id))) {
          throw new ConfigException("referees names the node " + id + " twice.");
        }
        referees.add(new KnownReferee(id, address));
      } catch (ProtocolException malformed) {
        throw new ConfigException("referees.node: " + malformed.getMessage(), malformed);
      }
    }
    return referees;
  }

  private static Api api(Settings section) throws ConfigException {
    Api api =
        new Api(
            HostPort.parse("api.listen", section.text("listen", "127.0.0.1:4478")),
            section.text("key"));
    section.refuseUnread();
    return api;
  }

  private static Engine engine(Settings section) throws ConfigException {
    int processors = Runtime.getRuntime().availableProcessors();
    Optional<ExternalServer> external = ExternalServerSettings.read(section);
    Engine engine =
        new Engine(
            modelFile(section.text("file", "demo")),
            modelName(section.text("name")),
            section.integer("context-tokens", 2_048, 64, 1_048_576),
            section.integer("slots", 2, 1, external.isPresent() ? SERVER_SLOTS_MAX : SLOTS_MAX),
            section.integer("threads", Math.max(1, processors - 1), 1, 256),
            section.number("tokens-per-second-max", 0.1, 1e6),
            external);
    section.refuseUnread();
    return engine;
  }

  private static NativeLibraries natives(Settings section) throws ConfigException {
    Optional<Path> directory;
    try {
      directory = section.text("native-dir").map(Path::of);
    } catch (InvalidPathException malformed) {
      throw new ConfigException("engine.native-dir is to be the path of a folder.", malformed);
    }
    NativeLibraries natives =
        new NativeLibraries(directory, section.flag("allow-unknown-natives", false));
    section.refuseUnread();
    return natives;
  }

  private static Optional<Path> modelFile(String file) throws ConfigException {
    try {
      return file.equals("demo") ? Optional.empty() : Optional.of(Path.of(file));
    } catch (InvalidPathException malformed) {
      throw new ConfigException("model.file is to be the path of a GGUF file.", malformed);
    }
  }

  private static Optional<String> modelName(Optional<String> name) throws ConfigException {
    if (name.isPresent()
        && (name.get().isBlank() || name.get().length() > MODEL_NAME_CHARACTERS_MAX)) {
      throw new ConfigException(
          "model.name is to have 1 to " + MODEL_NAME_CHARACTERS_MAX + " characters.");
    }
    return name;
  }

  private static EnergyClock energyClock(Settings section) throws ConfigException {
    EnergyClock clock =
        new EnergyClock(
            section.number("scale", 1, 10_000).orElse(1),
            section.instant("start"),
            section.instant("real-start"));
    section.refuseUnread();
    return clock;
  }

  private static RefereeRules refereeRules(Settings section) throws ConfigException {
    RefereeRules rules =
        new RefereeRules(
            section.integer("users-per-inferer", 8, 5, 10),
            section.duration("report-every", Duration.ofSeconds(10)),
            section.flag("accept-simulated-power", false),
            section.flag("require-invitation", true),
            section.integer("tokens-per-hour", 200_000, 1_000, 1_000_000_000),
            section.integer("queue-length", 1_000, 0, 5_000),
            section.flag("accept-unverified-models", false),
            section.number("declared-share", 0, 1).orElse(0));
    section.refuseUnread();
    if (rules.reportEvery.compareTo(REPORT_EVERY_LEAST) < 0
        || rules.reportEvery.compareTo(REPORT_EVERY_MOST) > 0) {
      throw new ConfigException("referee.report-every is to be between 1s and 60s.");
    }
    return rules;
  }

  private static Optional<Cache> cache(Settings section) throws ConfigException {
    boolean enabled = section.flag("enabled", false);
    Cache cache =
        new Cache(
            section.integer("mebibytes-max", 64, 1, 1_048_576) * MEBIBYTE,
            section.duration("keep", Duration.ofDays(7)));
    section.refuseUnread();
    if (cache.keep.isZero()) {
      throw new ConfigException("cache.keep is to be longer than nothing.");
    }
    return enabled ? Optional.of(cache) : Optional.empty();
  }

  private static boolean logJson(Settings section) throws ConfigException {
    String format = section.text("format", "human");
    section.refuseUnread();
    return switch (format) {
      case "human" -> false;
      case "json" -> true;
      default ->
          throw new ConfigException("log.format is to be human or json, not " + format + ".");
    };
  }

  /// A host name or address and a TCP port. An IPv6 address stands in brackets.
  public record HostPort(String host, int port) {
    private static final Pattern FORM =
        Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.%]{2,60}\\]):(\\d{1,5})");

    /// @param key what the sentence calls the value when it is wrong
    public static HostPort parse(String key, String text) throws ConfigException {
      Matcher matcher = FORM.matcher(text);
      if (matcher.matches()) {
        int port = Integer.parseInt(matcher.group(2));
        if (port <= PORT_MAX) {
          return new HostPort(matcher.group(1), port);
        }
      }
      throw new ConfigException(key + " is to be host:port, not \"" + text + "\".");
    }

    /// Whether another machine could dial it as it stands.
    public boolean isReachable() {
      return port != 0 && !host.equals("0.0.0.0") && !host.equals("[::]");
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }
}
