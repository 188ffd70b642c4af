// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Profiles;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.node.config.NodeHome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "energy",
    description = "Shows which energy devices can be read, and what they say.",
    mixinStandardHelpOptions = true,
    subcommands = {
      EnergyCommand.Adapters.class,
      ProbeCommand.class,
      WatchCommand.class,
      RecordCommand.class,
      DeclareCommand.class,
      DecodeCommand.class
    })
final class EnergyCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /// The profiles of the jar and of the owner's directory.
  static Profiles profiles(NodeHome home, @Nullable Path directory) {
    return Profiles.with(directory == null ? home.profilesDirectory() : directory);
  }

  /// `peermind energy adapters`: what this node can read.
  @Command(
      name = "adapters",
      description = {
        "Lists the kinds of devices that can be read.",
        "'unverified' means that no recording of a real device is part of the profile: the",
        "network then counts what it reads as trust level 1 at most."
      },
      mixinStandardHelpOptions = true)
  static final class Adapters implements Callable<Integer> {
    private static final String UNVERIFIED =
        "unverified: counts at most as level 1, because no recording of a real device is part of"
            + " the profile.";

    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(
        names = "--profiles",
        paramLabel = "DIR",
        description = "Reads your own profiles from here instead of the node's directory.")
    private @Nullable Path directory;

    @Option(names = "--json", description = "Prints the facts as JSON.")
    private boolean json;

    @Override
    public Integer call() {
      Profiles profiles = profiles(home.home(), directory);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(facts(profiles).toPrettyString());
      } else {
        for (Profiles.Listing listing : profiles.listings()) {
          out.println(
              String.format(
                  Locale.ROOT,
                  "%-22s %-10s %-11s %-28s %s",
                  listing.name(),
                  listing.transport(),
                  listing.verified() ? "verified" : "unverified",
                  String.join(",", words(listing.roles())),
                  listing.title().replaceAll("\\p{Cntrl}", " ")));
        }
        if (!profiles.listings().stream().allMatch(Profiles.Listing::verified)) {
          out.println(UNVERIFIED);
        }
      }
      PrintWriter err = spec.commandLine().getErr();
      profiles.refused().forEach(err::println);
      return profiles.refused().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static List<String> words(List<DeviceRole> roles) {
      return roles.stream().map(DeviceRole::word).toList();
    }

    private static ArrayNode facts(Profiles profiles) {
      ArrayNode all = new ObjectMapper().createArrayNode();
      for (Profiles.Listing listing : profiles.listings()) {
        ObjectNode facts = all.addObject();
        facts
            .put("name", listing.name())
            .put("title", listing.title())
            .put("transport", listing.transport())
            .put("verified", listing.verified())
            .put("trust_level_max", listing.verified() ? 4 : 1)
            .put("from", listing.origin());
        ArrayNode roles = facts.putArray("roles");
        words(listing.roles()).forEach(roles::add);
        ArrayNode interfaces = facts.putArray("interfaces");
        listing.interfaces().forEach(interfaces::add);
      }
      return all;
    }
  }
}
