// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.io.IOException;
import java.nio.file.Files;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;

/// The commented configuration that `peermind init` and `peermind join` write.
///
/// @param place `latitude,longitude`; empty means a guess from the time zone
public record ConfigTemplate(
    String network,
    Set<Role> roles,
    Optional<String> place,
    String listen,
    Optional<String> publicAddress,
    String api,
    String model) {
  private static final double DEGREES_PER_HOUR = 15;
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z/][A-Za-z0-9._/-]*");
  private static final Set<String> YAML_WORDS =
      Set.of("true", "false", "yes", "no", "on", "off", "null", "y", "n");

  public ConfigTemplate {
    roles = Set.copyOf(roles);
  }

  public boolean isReferee() {
    return roles.contains(Role.REFEREE);
  }

  /// The text of the file, with the referees of `invitations`.
  ///
  /// @throws ConfigException when a value is one that the node would refuse to start with
  public String render(List<Invitation> invitations) throws ConfigException {
    check();
    StringBuilder yaml = new StringBuilder();
    yaml.append(
        "# Peermind node. docs/configuration.md describes every key; PEERMIND_API_LISTEN\n");
    yaml.append("# and the like in the environment replace api.listen and the like here.\n");
    yaml.append("network: ").append(quoted(network)).append('\n');
    yaml.append("roles: [").append(roleNames()).append("]\n\n");
    yaml.append(placeSection());
    yaml.append(apiSection());
    if (isReferee()) {
      yaml.append(refereeSections());
    }
    if (roles.contains(Role.INFERER)) {
      yaml.append(infererSections());
    }
    yaml.append(
        isReferee()
            ? """
            # Other referees of the network, which this one trusts: whom they invite is admitted
            # here too. Keep this section last, `peermind join` adds to it.
            """
            : """
            # The referees of the network; the node attaches to two of them. Keep this section
            # last, `peermind join` adds to it.
            """);
    yaml.append("referees:\n");
    for (Invitation invitation : invitations) {
      entries(invitation).values().forEach(yaml::append);
    }
    return yaml.toString();
  }

  private void check() throws ConfigException {
    try {
      new NetworkName(network);
    } catch (IllegalArgumentException malformed) {
      throw new ConfigException("network: " + malformed.getMessage() + ".", malformed);
    }
    HostPort.parse("api.listen", api);
    HostPort.parse("peer.listen", listen);
    if (publicAddress.isPresent()) {
      HostPort.parse("peer.public-address", publicAddress.get());
    }
  }

  /// A text as YAML reads it back: what could be taken for a number, a word of YAML or its
  /// punctuation stands in quotes.
  private static String quoted(String text) {
    return PLAIN.matcher(text).matches() && !YAML_WORDS.contains(text.toLowerCase(Locale.ROOT))
        ? text
        : "'" + text.replace("'", "''") + "'";
  }

  private String roleNames() {
    return roles.stream()
        .sorted()
        .map(role -> role.name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .collect(Collectors.joining(", "));
  }

  private String placeSection() throws ConfigException {
    double latitude = 0;
    double longitude =
        TimeZone.getTimeZone(ZoneId.systemDefault()).getRawOffset() / 3.6e6 * DEGREES_PER_HOUR;
    String comment = "Guessed from the time zone; write the real one for good routing.";
    if (place.isPresent()) {
      String[] parts = place.get().split(",", -1);
      try {
        if (parts.length != 2) {
          throw new NumberFormatException("two numbers are wanted");
        }
        latitude = Double.parseDouble(parts[0].strip());
        longitude = Double.parseDouble(parts[1].strip());
      } catch (NumberFormatException malformed) {
        throw new ConfigException(
            "The place is to be LAT,LON in degrees, such as 37.2,-3.6, not \""
                + place.get()
                + "\".",
            malformed);
      }
      if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) {
        throw new ConfigException(
            "The place is not on Earth: latitude is within ±90 and longitude within ±180.");
      }
      comment = "Others learn a cell of about 150 km only.";
    }
    return String.format(
        Locale.ROOT,
        "# %s\nplace:\n  latitude: %s\n  longitude: %s\n\n",
        comment,
        latitude,
        longitude);
  }

  private String apiSection() {
    return """
    # The OpenAI-compatible API for programs on this machine.
    api:
      listen: %s

    """
        .formatted(api);
  }

  private String refereeSections() {
    return """
    # Where others reach this referee; public-address is what invitations name.
    peer:
      listen: %s
    %s
    referee:
      users-per-inferer: 8
      report-every: 10s
      # Whether simulated and replayed power counts; a network that wants live readings only
      # says false.
      accept-simulated-power: true
      # How much of the power counts that owners declare without a meter, 0 to 1: with 0 such an
      # inferer answers its owner only.
      declared-share: 0
      require-invitation: true
      # Tokens of questions and answers that one user may have in an hour, and how many requests
      # may wait for a free slot.
      tokens-per-hour: 200000
      queue-length: 1000

    """
        .formatted(
            listen,
            publicAddress
                .map(address -> "  public-address: " + address + "\n")
                .orElse("  # public-address: my.host.example:4477\n"));
  }

  private String infererSections() {
    return """
    model:
      # A GGUF file, or "demo" for the small model that comes with Peermind.
      file: %s
      context-tokens: %d
      slots: 2

    # The model runs only while there is renewable power. "simulated" invents a day of sun at
    # the place above; docs/energy-devices.md says how to name your inverter, battery or meter.
    energy:
      adapter: simulated

    """
        .formatted(quoted(model), model.equals("demo") ? 512 : 4_096);
  }

  /// The lines of each referee that an invitation names, by its id.
  private static Map<String, String> entries(Invitation invitation) {
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put(
        invitation.referee().toString(),
        entry(invitation.referee(), invitation.addresses().getFirst()));
    invitation
        .others()
        .forEach(
            other ->
                entries.putIfAbsent(
                    other.referee().toString(), entry(other.referee(), other.address())));
    return entries;
  }

  private static String entry(NodeId referee, String address) {
    return "  - node: %s%n    address: %s%n".formatted(referee, address);
  }

  /// Adds the referees of an invitation to an existing configuration, leaving the owner's text as
  /// it is.
  ///
  /// @param self a referee that is invited by another one does not add itself
  /// @throws ConfigException when the node is of another network, or the file was arranged
  ///   otherwise, with the lines to add
  public static void addReferees(NodeHome home, NodeId self, Invitation invitation)
      throws ConfigException {
    String text;
    try {
      text = Files.readString(home.configFile());
    } catch (IOException unreadable) {
      throw new ConfigException(home.configFile() + " cannot be read.", unreadable);
    }
    Settings settings = Configuration.read(home.configFile(), Map.of());
    String network = settings.text("network", "home");
    if (!network.equals(invitation.network().text())) {
      if (!settings.sections("referees").isEmpty()) {
        throw new ConfigException(
            "The invitation is to the network %s, but this node is of the network %s; join with another --home."
                .formatted(invitation.network(), network));
      }
      text =
          text.replaceFirst("(?m)^network:.*$", "network: " + quoted(invitation.network().text()));
    }
    String before = text;
    Map<String, String> added = entries(invitation);
    added.remove(self.toString());
    added.keySet().removeIf(before::contains);
    if (added.isEmpty()) {
      return;
    }
    String lines = String.join("", added.values());
    String open = text + (text.endsWith("\n") ? "" : "\n");
    boolean hasSection = text.lines().anyMatch(line -> line.startsWith("referees:"));
    String extended = open + (hasSection ? "" : "referees:\n") + lines;
    if (!added.keySet().stream().allMatch(node -> Configuration.holdsReferee(extended, node))) {
      throw new ConfigException(
          "Add these lines to the section referees of %s:%n%s".formatted(home.configFile(), lines));
    }
    home.write(home.configFile(), extended);
  }
}
