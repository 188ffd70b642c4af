// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.demo;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.ConfigTemplate;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.Invitation;

/// One node of the demo: where it stands and what its configuration says.
///
/// @param label what the demo's output calls it
/// @param roles as in the configuration
/// @param place `latitude,longitude` in degrees
record DemoSite(String label, String roles, String place) {
  static final DemoSite REFEREE = new DemoSite("referee", "referee", "47.4,8.5");
  static final DemoSite PERTH = new DemoSite("Perth", "inferer", "-31.95,115.86");
  static final DemoSite GRANADA = new DemoSite("Granada", "inferer", "37.18,-3.6");
  static final DemoSite USER = new DemoSite("user", "light-user", "-34.9,138.6");

  /// So much faster runs the energy clock of the demo: a day passes in ten minutes.
  static final double ENERGY_SCALE = 144;

  /// An equinox morning in Granada, while Perth has a little more than an hour of power left.
  static final Instant ENERGY_START = Instant.parse("2026-03-20T08:00:00Z");

  /// Slow enough for a person to read along, and for the sun to leave in mid-answer.
  private static final double TOKENS_PER_SECOND = 12;

  /// Writes the configuration of this node.
  ///
  /// @param peerPort where the referee listens
  /// @param invitation how the others know the referee; empty for the referee itself
  /// @param realStart when the energy clock of every site stood at [#ENERGY_START]
  void configure(NodeHome home, int peerPort, Optional<Invitation> invitation, Instant realStart)
      throws ConfigException {
    ConfigTemplate template =
        new ConfigTemplate(
            "demo",
            NodeConfig.roles(List.of(roles)),
            Optional.of(place),
            "127.0.0.1:" + peerPort,
            Optional.empty(),
            "127.0.0.1:0",
            "demo");
    String yaml = template.render(invitation.stream().toList());
    if (roles.equals("inferer")) {
      yaml = yaml.replace("energy:\n  adapter: simulated\n", energy(realStart));
      yaml =
          yaml.replace(
              "  slots: 2\n", "  slots: 2\n  tokens-per-second-max: " + TOKENS_PER_SECOND + "\n");
    }
    yaml = yaml.replace("report-every: 10s", "report-every: 1s");
    home.write(home.configFile(), "log: {format: json}\n" + yaml);
  }

  /// Constants of the energy path keep their defaults, in energy time; only the load time-out is
  /// longer, because loading takes real seconds.
  private static String energy(Instant realStart) {
    return """
    energy-clock:
      scale: %s
      start: "%s"
      real-start: "%s"
    energy:
      adapter: simulated
      load-timeout: 1h
      simulated:
        peak: 8 kW
        base-load: 300 W
        cloudiness: 0 %%
        flicker: 0 %%
    """
        .formatted(ENERGY_SCALE, ENERGY_START, realStart);
  }
}
