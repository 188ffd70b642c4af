// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.DeviceProbe;
import org.peermind.energy.DeviceProbe.Address;
import org.peermind.energy.DeviceProbe.Findings;
import org.peermind.energy.DeviceProbe.Fit;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind energy probe`: which energy devices answer at the addresses that the owner gives.
@Command(
    name = "probe",
    description = {
      "Finds out how the energy devices at the given addresses can be read, and prints a",
      "configuration. It asks these addresses only, changes nothing there and sends no password.",
      "A host takes a minute at most. Exits with 1 when nothing is found."
    },
    mixinStandardHelpOptions = true)
final class ProbeCommand implements Callable<Integer> {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final int HOSTS_MAX = 32;

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "HOST[:PORT]",
      description =
          "A device's name or address; can be repeated. Without, those of the configuration.")
  private List<String> hosts = new ArrayList<>();

  @Option(names = "--json", description = "Prints the facts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandFailed, ConfigException, InterruptedException {
    List<Address> addresses = addresses();
    Path keys = null;
    try {
      keys = Files.createTempDirectory("peermind-probe");
      DeviceProbe probe =
          new DeviceProbe(home.home().profilesDirectory(), keys, InstantSource.system());
      List<Findings> all = new ArrayList<>();
      for (Address address : addresses) {
        all.add(probe.ask(address, WITHIN, progress()));
      }
      clearProgress();
      return tell(all);
    } catch (IOException unwritable) {
      throw new CommandFailed(
          ExitCode.FAILED, "No directory for temporary files can be made.", unwritable);
    } finally {
      if (keys != null) {
        remove(keys);
      }
    }
  }

  private List<Address> addresses() throws CommandFailed, ConfigException {
    List<Address> all = new ArrayList<>();
    for (String host : hosts) {
      all.add(
          Address.of(host)
              .orElseThrow(
                  () ->
                      new CommandFailed(
                          ExitCode.WRONG_USAGE,
                          "--host takes a name or address and perhaps a port, such as"
                              + " 192.168.1.20 or meter.lan:8080, not '%s'."
                                  .formatted(host.replaceAll("\\p{Cntrl}", " ")))));
    }
    NodeHome node = home.home();
    if (all.isEmpty() && Files.exists(node.configFile())) {
      all.addAll(DeviceProbe.configured(home.config().energy()));
    }
    if (all.isEmpty()) {
      throw new CommandFailed(
          ExitCode.WRONG_USAGE,
          "Say where to ask, as in `peermind energy probe --host 192.168.1.20`; the configuration"
              + " names no device, and networks are not searched.");
    }
    if (all.size() > HOSTS_MAX) {
      throw new CommandFailed(ExitCode.WRONG_USAGE, "At most 32 hosts are asked at a time.");
    }
    return all.stream().distinct().toList();
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private Consumer<String> progress() {
    if (!isTerminal()) {
      return _ -> {};
    }
    PrintWriter err = spec.commandLine().getErr();
    return what -> {
      err.print("\r\u001b[Kasking " + what);
      err.flush();
    };
  }

  private void clearProgress() {
    if (isTerminal()) {
      PrintWriter err = spec.commandLine().getErr();
      err.print("\r\u001b[K");
      err.flush();
    }
  }

  private int tell(List<Findings> all) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Fit> best =
        all.stream().filter(f -> !f.fits().isEmpty()).map(f -> f.fits().getFirst()).toList();
    if (json) {
      out.println(facts(all).toPrettyString());
    } else if (!best.isEmpty()) {
      for (Findings findings : all) {
        findings.fits().forEach(fit -> err.println(ProbedSite.line(findings.address(), fit)));
        if (findings.fits().size() > 1) {
          err.println(
              "%s: several profiles fit; compare with the device's own display, and keep %s or name another."
                  .formatted(findings.address().text(), findings.fits().getFirst().profile()));
        }
      }
      out.print(ProbedSite.yaml(all));
      out.flush();
    }
    for (Findings findings : all) {
      findings.remarks().forEach(err::println);
      if (findings.fits().isEmpty() && findings.profiles() > 0) {
        err.println(ProbedSite.nothing(findings));
      }
    }
    return best.isEmpty() ? ExitCode.FAILED : ExitCode.DONE;
  }

  private static ArrayNode facts(List<Findings> all) {
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode list = mapper.createArrayNode();
    for (Findings findings : all) {
      ObjectNode host = list.addObject();
      host.put("host", findings.address().text()).put("profiles_asked", findings.profiles());
      host.put("complete", findings.complete());
      ArrayNode answering = host.putArray("answering_ports");
      findings.answering().forEach(answering::add);
      ArrayNode remarks = host.putArray("remarks");
      findings.remarks().forEach(remarks::add);
      ArrayNode fits = host.putArray("fits");
      for (Fit fit : findings.fits()) {
        ObjectNode each = fits.addObject();
        each.put("profile", fit.profile()).put("title", fit.title()).put("port", fit.port());
        each.put("generic", fit.generic());
        each.set("settings", mapper.valueToTree(fit.settings()));
        each.set("reading", mapper.valueToTree(fit.report()));
      }
    }
    return list;
  }

  private static void remove(@Nullable Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException kept) {
      // Public keys of certificates in the directory for temporary files do no harm.
    }
  }
}
