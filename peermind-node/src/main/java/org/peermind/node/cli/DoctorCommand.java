// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.peermind.energy.Adapters;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SiteStatus;
import org.peermind.inference.EngineDevice;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.ExternalEngine;
import org.peermind.inference.ExternalServer;
import org.peermind.inference.MemoryPlan;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.Natives;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelInspection;
import org.peermind.node.NodeAssembly;
import org.peermind.node.NodeNatives;
import org.peermind.node.ReachedReferee;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.Role;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `peermind doctor`: looks at everything that a node needs and says what to do about the rest.
@Command(
    name = "doctor",
    description = "Checks what the node needs and says what is wrong.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final Duration SKEW_MAX = Duration.ofSeconds(30);
  private static final int CONNECT_MILLIS = 500;

  @Mixin private HomeOption home;
  @Mixin private NativesOption natives;
  @Spec private CommandSpec spec;

  private int problems;
  private List<EngineDevice> devices = List.of();

  @Override
  public Integer call() throws InterruptedException {
    check();
    if (problems == 0) {
      return ExitCode.DONE;
    }
    spec.commandLine()
        .getErr()
        .println(problems == 1 ? "1 thing is wrong." : problems + " things are wrong.");
    return ExitCode.FAILED;
  }

  private void check() throws InterruptedException {
    NodeHome nodeHome = home.home();
    if (!Files.exists(nodeHome.configFile())) {
      engine(nodeHome, new NodeConfig.NativeLibraries(Optional.empty(), false));
      problem("no configuration at " + nodeHome.configFile() + "; run `peermind init`");
      return;
    }
    boolean identified = false;
    try {
      good("identity " + nodeHome.identity().id());
      identified = true;
    } catch (ConfigException damaged) {
      problem(damaged);
    }
    NodeConfig config;
    try {
      config = home.config();
      good("configuration " + nodeHome.configFile());
    } catch (ConfigException wrong) {
      problem(wrong);
      return;
    }
    if (config.roles().contains(Role.INFERER)) {
      if (config.engine().external().isPresent()) {
        server(config.engine().external().get());
      } else {
        model(config, nodeHome, engine(nodeHome, config.natives()));
      }
      energy(config, nodeHome);
    }
    network(nodeHome, config, identified);
  }

  /// Starts the engine for a moment, so that its own guards speak.
  private Optional<Natives> engine(NodeHome nodeHome, NodeConfig.NativeLibraries wanted) {
    try {
      Natives used = NodeNatives.choose(nodeHome, natives.over(wanted));
      EngineInfo info = NativeEngine.open(used).info();
      good("the inference engine can run on this machine: " + used.text());
      info.devices().forEach(device -> good("device " + device.text()));
      info.notices().forEach(this::problem);
      devices = info.devices();
      return Optional.of(used);
    } catch (EngineException unusable) {
      problem(unusable);
      return Optional.empty();
    }
  }

  /// Asks the owner's server what it is and has; loads nothing.
  private void server(ExternalServer server) throws InterruptedException {
    try (ExternalEngine engine = ExternalEngine.of(server)) {
      good("%s at %s".formatted(engine.info().name(), server.url()));
      List<String> models = engine.models();
      good("it offers %d models; this node wants %s".formatted(models.size(), server.model()));
    } catch (EngineException wrong) {
      problem(String.valueOf(wrong.getMessage()));
    }
  }

  private void model(NodeConfig config, NodeHome nodeHome, Optional<Natives> used) {
    if (config.engine().file().isEmpty()) {
      good("the demo model");
      return;
    }
    try {
      Path file = nodeHome.modelFile(config.engine().file().get());
      ModelInspection inspection = ModelInspection.of(file);
      good("model %s, %s".formatted(inspection.name(), inspection.sha256().shortText()));
      if (used.isPresent()) {
        plan(config.engine(), GgufReader.read(file), used.get());
      }
    } catch (GgufException | ConfigException | EngineException refused) {
      problem(refused);
    }
  }

  private void plan(NodeConfig.Engine engine, GgufFile model, Natives used) throws EngineException {
    Optional<String> refusal = used.refusal(model);
    if (refusal.isPresent()) {
      problem(refusal.get());
      return;
    }
    int context = (int) Math.min(engine.contextTokens(), model.contextTokens());
    MemoryPlan plan = MemoryPlan.of(model, context * engine.slots(), engine.slots(), devices);
    if (plan.fits()) {
      good(plan.sentence());
    } else {
      problem(plan.refusal().orElseThrow());
    }
  }

  private void energy(NodeConfig config, NodeHome nodeHome) {
    try {
      Adapters adapters =
          Adapters.withDevices(nodeHome.profilesDirectory(), InstantSource.system());
      EnergySettings settings = NodeAssembly.energySettings(config, adapters);
      try (EnergyAdapter adapter = adapters.create(settings, OwnDraw.NONE, nodeHome.directory())) {
        read(adapter, InstantSource.system().instant());
      }
    } catch (ConfigException | SettingsException wrong) {
      problem(wrong);
    }
  }

  private void read(EnergyAdapter adapter, Instant now) {
    Optional<String> failed = Optional.empty();
    try {
      adapter.read(now);
      good("energy adapter " + adapter.name() + " gives a reading");
    } catch (EnergyAdapterException nothing) {
      failed = Optional.of(nothing.sentence());
    }
    SiteStatus site = adapter.siteStatus(now);
    List<String> reasons =
        site.devices().stream().flatMap(device -> device.whyNot().stream()).toList();
    reasons.forEach(this::problem);
    failed.filter(_ -> reasons.isEmpty()).ifPresent(this::problem);
    site.remarks().forEach(remark -> spec.commandLine().getOut().println("note   " + remark));
  }

  /// A node that runs is asked what it sees; attaching beside it would push it off its referee.
  /// Without an identity the referee cannot be tried.
  private void network(NodeHome nodeHome, NodeConfig config, boolean identified)
      throws InterruptedException {
    NodeConfig.HostPort listen = config.api().listen();
    if (!isTaken(listen)) {
      good("the API's address " + listen + " is free");
      if (identified) {
        referees(nodeHome, config);
      }
      return;
    }
    try {
      JsonNode referees = new ApiClient(config.api()).get("/status").path("referees");
      good("this node is running, with its API at " + listen);
      referees.forEach(this::referee);
    } catch (CommandFailed notANode) {
      problem("another program holds the API's address " + listen + "; change api.listen");
    }
  }

  private static boolean isTaken(NodeConfig.HostPort listen) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(listen.host(), listen.port()), CONNECT_MILLIS);
      return true;
    } catch (IOException nobody) {
      return false;
    }
  }

  /// One referee as the running node sees it; one that is only known is dialled when another fails.
  private void referee(JsonNode referee) {
    String name = referee.path("short").asText();
    switch (referee.path("state").asText()) {
      case "attached" -> {
        good("referee " + name + " admits this node");
        clock(Duration.ofMillis(referee.path("clock_skew_ms").asLong()));
      }
      case "known" -> good("referee " + name + " is known and not needed now");
      default ->
          problem(
              "not attached to referee " + name + ": " + referee.path("reason").asText("trying"));
    }
  }

  private void referees(NodeHome nodeHome, NodeConfig config) throws InterruptedException {
    if (config.roles().contains(Role.REFEREE)) {
      good("this node is a referee itself");
    }
    for (NodeConfig.KnownReferee referee : config.referees()) {
      ReachedReferee reached;
      try {
        reached = ReachedReferee.tryOnce(nodeHome, config, referee);
      } catch (ConfigException damaged) {
        problem(damaged);
        return;
      }
      if (reached.failure().isPresent()) {
        problem("referee " + referee.address() + ": " + reached.failure().get());
      } else {
        good("referee " + referee.node().shortText() + " admits this node");
        clock(reached.clockSkew());
      }
    }
  }

  private void clock(Duration ahead) {
    if (ahead.abs().compareTo(SKEW_MAX) > 0) {
      problem(
          "this machine's clock is %d s %s the referee's; set the time"
              .formatted(ahead.abs().toSeconds(), ahead.isNegative() ? "behind" : "ahead of"));
    } else {
      good("the clock agrees with the referee's");
    }
  }

  private void problem(Exception failure) {
    problem(String.valueOf(failure.getMessage()));
  }

  private void problem(String sentence) {
    problems++;
    PrintWriter out = spec.commandLine().getOut();
    out.println("WRONG  " + sentence);
  }

  private void good(String sentence) {
    spec.commandLine().getOut().println("ok     " + sentence);
  }
}
