// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.peermind.inference.Engine;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.node.evaluation.Benchmark;
import org.peermind.node.evaluation.Canaries;
import org.peermind.node.evaluation.ItemSuite;
import org.peermind.node.evaluation.PowerGate;
import org.peermind.node.evaluation.TrialRun;
import org.peermind.node.governance.AdapterSource;
import org.peermind.node.governance.CanaryRun;
import org.peermind.node.governance.FetchPages;
import org.peermind.node.governance.HealthReporter;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.node.governance.OwnerWishes;
import org.peermind.node.governance.PeerModels;
import org.peermind.node.governance.ProposalPages;
import org.peermind.node.governance.SealedFiles;
import org.peermind.node.governance.Steward;
import org.peermind.node.governance.VotePages;
import org.peermind.node.role.EngineRoom;
import org.peermind.node.role.RefereeSet;
import org.peermind.node.role.ServedModelFile;
import org.peermind.protocol.Activation;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;
import org.peermind.telemetry.EventLog;

/// Wires how a node takes part in votes.
///
/// @param pages of its owner
/// @param votes what the status shows of them
record StewardAssembly(Steward steward, List<OwnerPage> pages, Supplier<ObjectNode> votes) {
  private static final Duration CANARY_MOST = Duration.ofSeconds(30);

  StewardAssembly {
    pages = List.copyOf(pages);
  }

  /// What the parts share.
  ///
  /// @param inferer the engine's room and its energy; empty where this node serves no models
  /// @param engine that can load candidates; empty with a server of the owner's
  /// @param own the model of the configuration
  record Parts(
      NodeHome home,
      NodeConfig config,
      NetworkLedger ledger,
      IdentityKey identity,
      PeerModels models,
      AdapterSource adapters,
      RefereeSet referees,
      Optional<StatusDocument.Inferer> inferer,
      Optional<Engine> engine,
      Optional<ServedModel> own,
      InstantSource clock,
      RandomGenerator random,
      EventLog events,
      RunningNode node) {}

  /// Makes it; nothing runs before its steward is started.
  static StewardAssembly of(Parts parts) throws ConfigException {
    OwnerWishes wishes = OwnerWishes.read(parts.home());
    ExecutorService longWork =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("steward-work").daemon().factory());
    Optional<PowerGate> power = parts.inferer().map(StewardAssembly::power);
    Optional<EngineRoom> room =
        parts.engine().isPresent()
            ? parts.inferer().map(StatusDocument.Inferer::engine)
            : Optional.empty();
    int threads = parts.config().engine().threads();
    Steward steward =
        new Steward(
            new Steward.Parts(
                parts.ledger(),
                parts.identity(),
                parts.models(),
                (file, model, candidate) -> served(parts, file, model, candidate),
                parts.adapters(),
                room.map(
                    own ->
                        new Benchmark(
                            new Benchmark.Surroundings(
                                parts.engine().orElseThrow(),
                                threads,
                                power.orElseThrow(),
                                own.slots(),
                                own::knownPower,
                                parts.clock()))),
                room.map(
                    own -> new KeptSwitch(own, new ServedModelFile(parts.home()), parts.events())),
                room.map(
                    _ -> new TrialRun(parts.engine().orElseThrow(), threads, power.orElseThrow())),
                new SealedFiles(parts.home().sealedDirectory(), parts.identity().id()),
                wishes,
                longWork,
                parts.random(),
                parts.events()),
            new Steward.Settings(
                parts.config().participation().follow(),
                parts.config().participation().evaluate(),
                parts.config().participation().sponsorScreened()));
    parts
        .node()
        .onClose(
            () -> {
              steward.close();
              longWork.shutdownNow();
            });
    room.ifPresent(own -> reportHealth(parts, own, power.orElseThrow()));
    VotePages votes = new VotePages(parts.ledger(), parts.identity(), wishes, steward);
    List<OwnerPage> pages = new ArrayList<>(votes.pages());
    pages.addAll(
        new ProposalPages(parts.ledger(), parts.identity(), wishes, parts.models(), steward::wake)
            .pages());
    pages.addAll(
        new FetchPages(parts.ledger(), parts.models(), task -> Thread.ofVirtual().start(task))
            .pages());
    return new StewardAssembly(steward, pages, votes::all);
  }

  private static void reportHealth(Parts parts, EngineRoom room, PowerGate power) {
    HealthReporter reporter =
        new HealthReporter(
            new HealthReporter.Parts(
                parts.ledger(),
                parts.config().network(),
                parts.identity(),
                room,
                room.health()::take,
                (seed, suite, count) -> canaries(room, power, seed, suite, count),
                parts.events()));
    parts.referees().add(reporter);
    parts.node().onClose(reporter::close);
    reporter.start();
  }

  /// In a free slot, if there is one. What had no answer is no wrong answer: it counts as a failure
  /// of the model elsewhere.
  private static Optional<CanaryRun.Outcome> canaries(
      EngineRoom room, PowerGate power, Digest seed, String suite, int count)
      throws InterruptedException {
    Optional<ItemSuite> items = ItemSuite.named(suite);
    if (items.isEmpty() || !power.isAllowed() || !room.slots().take()) {
      return Optional.empty();
    }
    try {
      Canaries.Outcome outcome =
          new Canaries(items.get())
              .run(seed, count, Canaries.through(room::tryOut, CANARY_MOST, power::isAllowed));
      return Optional.of(
          new CanaryRun.Outcome(outcome.asked() - outcome.failed(), outcome.right()));
    } finally {
      room.slots().giveBack();
    }
  }

  private static PowerGate power(StatusDocument.Inferer inferer) {
    return () -> {
      Activation now = inferer.energy().decision().activation();
      return now == Activation.FULL || now == Activation.REDUCED;
    };
  }

  /// The network's name for a model that was proposed, else its own.
  private static ServedModel served(
      Parts parts, Path file, ModelHash model, Optional<Proposal.Candidate> candidate)
      throws IOException {
    int most = parts.config().engine().contextTokens();
    if (candidate.isPresent()) {
      return new ServedModel(
          model, candidate.get().name(), Math.min(most, candidate.get().contextTokens()));
    }
    Optional<ServedModel> own = parts.own().filter(one -> one.hash().equals(model));
    if (own.isPresent()) {
      return own.get();
    }
    try {
      GgufFile gguf = GgufReader.read(file);
      return new ServedModel(
          model,
          ModelFile.named(gguf.name()).orElse(model.shortText()),
          (int) Math.min(most, gguf.contextTokens()));
    } catch (GgufException refused) {
      throw new IOException(refused.getMessage(), refused);
    }
  }
}
