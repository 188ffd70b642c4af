// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.peermind.ledger.LedgerReader;
import org.peermind.model.ModelStoreException;
import org.peermind.node.blobs.FetchNotice;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.node.role.ModelSwitch;
import org.peermind.node.role.ServedFiles;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Figures;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Stage;
import org.peermind.telemetry.EventLog;
import org.peermind.voting.Course;
import org.peermind.voting.Governance;
import org.peermind.voting.Witnessed;

/// A network in one process: a ledger in memory that obeys the votes' rules, and nodes with
/// stewards, files in a test's directory and scripted engines.
final class VotingTown {
  static final ModelHash OLD = model("old");
  private static final SecureRandom SECRETS = new SecureRandom();

  final IdentityKey writer = IdentityKey.generate(SECRETS);
  final List<Node> nodes = new ArrayList<>();
  final List<Witnessed> ledger = new ArrayList<>();
  final List<String> refusals = new ArrayList<>();
  Instant now = Instant.parse("2026-06-21T10:00:00Z");
  Governance governance;

  VotingTown(Path directory, int count) throws ConfigException {
    List<IdentityKey> keys = new ArrayList<>();
    for (int node = 0; node < count; node++) {
      keys.add(IdentityKey.generate(SECRETS));
    }
    Genesis genesis =
        new Genesis(
            new NetworkName("town"),
            keys.stream().map(IdentityKey::id).toList(),
            Rules.bootstrap(List.of("Apache-2.0", "MIT")),
            Optional.of(OLD));
    ledger.add(new Witnessed(0, now, genesis.sign(writer)));
    governance = ((Governance.Outcome.Accepted) Governance.begin(ledger.getFirst())).governance();
    for (int node = 0; node < count; node++) {
      nodes.add(new Node(keys.get(node), new NodeHome(directory.resolve("node" + node))));
    }
  }

  static Digest digest(String text) {
    return Digest.over(text.getBytes(StandardCharsets.UTF_8));
  }

  static ModelHash model(String name) {
    return new ModelHash(digest(name).hex());
  }

  /// Everything that a node does in the next time, a look every `step`; the writer does its part.
  void pass(Duration time, Duration step) throws Exception {
    Instant end = now.plus(time);
    while (now.isBefore(end)) {
      look();
      now = now.plus(step);
    }
  }

  void look() throws Exception {
    for (Node node : nodes) {
      node.steward.look();
    }
    for (Digest vote : governance.votes()) {
      Course course = governance.course(vote, now).orElseThrow();
      course.certificateDue().ifPresent(due -> append(due.sign(writer)));
      if (course.step() == Course.Step.LOCKED_IN || course.step() == Course.Step.ACTIVE) {
        stage(vote, course);
      }
    }
  }

  private void stage(Digest vote, Course course) {
    List<Stage.Step> steps = List.of(Stage.Step.values());
    int next = course.view().stage().map(steps::indexOf).orElse(-1) + 1;
    append(new Stage(course.winner().orElse(vote), steps.get(next)).sign(writer));
  }

  /// Appends what the rules allow.
  NetworkLedger.Submitted append(SignedEnvelope record) {
    Witnessed entry = new Witnessed(ledger.size(), now, record);
    return switch (governance.after(entry)) {
      case Governance.Outcome.Accepted(Governance after) -> {
        governance = after;
        ledger.add(entry);
        yield new NetworkLedger.Submitted.Accepted(entry.index());
      }
      case Governance.Outcome.Refused(String sentence, var _) ->
          new NetworkLedger.Submitted.Refused(sentence);
    };
  }

  Proposal proposal(String name, Optional<Digest> joins) {
    return new Proposal(
        governance.genesis(),
        joins,
        Proposal.Change.MAJOR,
        new Proposal.Candidate(
            name,
            "llama",
            "Apache-2.0",
            model(name),
            4_000_000,
            digest("chunks"),
            digest("template"),
            digest("tokenizer"),
            "Q8_0",
            2_048),
        new Proposal.Claims(700, OptionalLong.of(80), 250, 15_000, List.of()),
        "trained here",
        Optional.of(OLD),
        List.of(),
        OptionalInt.empty());
  }

  /// Proposed by a node.
  Digest propose(int node, String name) {
    SignedEnvelope record = proposal(name, Optional.empty()).sign(nodes.get(node).identity);
    append(record);
    return Digest.of(record);
  }

  Course course(Digest vote) {
    return governance.course(vote, now).orElseThrow();
  }

  long entries(String type, NodeId author) {
    return ledger.stream()
        .filter(one -> one.record().wire().getType().equals(type))
        .filter(one -> one.record().signer().equals(author))
        .count();
  }

  /// How a node reaches the ledger.
  enum Line {
    WORKS,
    /// Nothing gets through.
    CUT,
    /// Records get through, and their answers do not.
    DEAF
  }

  /// One node.
  final class Node implements NetworkLedger, ModelExchange, Evaluation, ModelSwitch, CanaryRun {
    final IdentityKey identity;
    final NodeHome home;
    final SealedFiles sealed;
    final OwnerWishes wishes;
    final Set<ModelHash> store = new HashSet<>(Set.of(OLD));
    final Map<String, Integer> did = new HashMap<>();
    final Map<Digest, Path> adapters = new HashMap<>();
    final Map<ModelHash, Path> modelFiles = new HashMap<>();
    Line line = Line.WORKS;
    int rightOfTwenty = 18;
    ServedModel served = new ServedModel(OLD, "old", 2_048);
    Optional<ServedFiles> loaded = Optional.empty();
    Steward.Settings settings = new Steward.Settings(true, true, true);
    Steward steward;

    Node(IdentityKey identity, NodeHome home) throws ConfigException {
      this.identity = identity;
      this.home = home;
      home.create();
      sealed = new SealedFiles(home.sealedDirectory(), identity.id());
      wishes = OwnerWishes.read(home);
      steward = newSteward();
    }

    NodeId id() {
      return identity.id();
    }

    /// A process that begins again with the same files.
    void restart() throws ConfigException {
      steward.close();
      steward = newSteward();
    }

    Steward.Parts parts() throws ConfigException {
      return new Steward.Parts(
          this,
          identity,
          this,
          (_, model, candidate) ->
              new ServedModel(model, candidate.map(Proposal.Candidate::name).orElse("old"), 2_048),
          adapter -> Optional.ofNullable(adapters.get(adapter)),
          Optional.of(this),
          Optional.of(this),
          Optional.of(this),
          new SealedFiles(home.sealedDirectory(), identity.id()),
          wishes,
          Runnable::run,
          SECRETS,
          EventLog.none());
    }

    Steward newSteward() throws ConfigException {
      return new Steward(parts(), settings);
    }

    private void count(String what) {
      did.merge(what, 1, Integer::sum);
    }

    @Override
    public Optional<Governance> governance() {
      return Optional.of(governance);
    }

    @Override
    public Optional<LedgerReader> reader() {
      return Optional.empty();
    }

    @Override
    public Instant now() {
      return now;
    }

    @Override
    public Submitted submit(SignedEnvelope record) {
      return switch (line) {
        case WORKS -> says(record);
        case CUT -> new Submitted.Unknown("No referee is reached.");
        case DEAF -> {
          says(record);
          yield new Submitted.Unknown("The referee did not say whether it was written.");
        }
      };
    }

    private Submitted says(SignedEnvelope record) {
      Submitted outcome = append(record);
      if (outcome instanceof Submitted.Refused(String reason)) {
        refusals.add(reason);
      }
      return outcome;
    }

    @Override
    public void onChange(Runnable listener) {}

    @Override
    public Optional<Path> find(ModelHash model) {
      return store.contains(model)
          ? Optional.of(modelFiles.getOrDefault(model, Path.of(model.hex())))
          : Optional.empty();
    }

    @Override
    public Path fetch(Proposal.Candidate candidate, Consumer<FetchNotice> notices)
        throws ModelStoreException {
      if (line == Line.CUT) {
        throw new ModelStoreException("Nobody gives this model.");
      }
      count("fetch");
      store.add(candidate.ggufSha256());
      return Path.of(candidate.ggufSha256().hex());
    }

    @Override
    public Measured measure(Task task, Listener listener) {
      count("measure");
      return new Measured(
          figures(15_000, 200, 100, 48),
          figures(16_500, 180, 90, 51),
          digest("tokens"),
          8_192,
          task.items());
    }

    private Figures figures(long speed, long latency, long energy, int right) {
      Set<Integer> items = new HashSet<>();
      for (int item = 0; item < right; item++) {
        items.add(item);
      }
      return new Figures(
          900_000, speed / 3, speed, latency, latency, 700, 900, OptionalLong.of(energy), items);
    }

    @Override
    public ServedModel serving() {
      return served;
    }

    @Override
    public void serve(ServedFiles files, ServedModel model) {
      if (!served.equals(model)) {
        count("serve " + model.name());
      }
      served = model;
      loaded = Optional.of(files);
    }

    @Override
    public Optional<String> lastFailure() {
      return Optional.empty();
    }

    @Override
    public Outcome run(Path file, ServedModel model, Digest seed, String suite, int asked) {
      count("canaries");
      return new Outcome(asked, rightOfTwenty);
    }
  }
}
