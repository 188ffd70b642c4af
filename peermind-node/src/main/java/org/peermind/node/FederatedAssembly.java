// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.peermind.energy.Adapters;
import org.peermind.energy.EnergySettings;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.LibraryCache;
import org.peermind.federated.training.Trainer;
import org.peermind.inference.Engine;
import org.peermind.model.GgufFile;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.Federation;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.node.federated.BaseModels;
import org.peermind.node.federated.ConfiguredRounds;
import org.peermind.node.federated.EngineExaminer;
import org.peermind.node.federated.Examiner;
import org.peermind.node.federated.FederatedPages;
import org.peermind.node.federated.ForwardLearner;
import org.peermind.node.federated.GateEnergy;
import org.peermind.node.federated.Learner;
import org.peermind.node.federated.LearnerChoice;
import org.peermind.node.federated.LessonText;
import org.peermind.node.federated.RoundCombining;
import org.peermind.node.federated.RoundDesk;
import org.peermind.node.federated.RoundHost;
import org.peermind.node.federated.RoundMember;
import org.peermind.node.federated.Surplus;
import org.peermind.node.federated.SurplusWatch;
import org.peermind.node.federated.TorchLearner;
import org.peermind.node.federated.TrainingForecast;
import org.peermind.node.federated.data.ConsentFile;
import org.peermind.node.federated.data.ConsentedText;
import org.peermind.node.federated.data.OwnerData;
import org.peermind.node.federated.data.TrainingFolder;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.node.governance.UpdatePages;
import org.peermind.node.role.EnergyLoop;
import org.peermind.node.role.RefereeRole;
import org.peermind.node.role.RefereeSet;
import org.peermind.protocol.Activation;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;
import org.peermind.telemetry.EventLog;

/// Wires how a node takes part in federated rounds: as one who trains, as the aggregator, or both.
final class FederatedAssembly {
  /// A step without gradients learns far less than one with them (inference facts C4).
  private static final int FORWARD_STEPS = 4;

  private final Parts parts;
  private volatile BaseModels models = _ -> Optional.empty();
  private Optional<RoundHost> host = Optional.empty();
  private Optional<RoundMember> member = Optional.empty();

  /// What the parts share.
  record Parts(
      NodeHome home,
      NodeConfig config,
      NetworkLedger ledger,
      IdentityKey identity,
      InstantSource clock,
      EventLog events,
      RunningNode node) {}

  FederatedAssembly(Parts parts) {
    this.parts = parts;
  }

  private Path folder(String name) {
    return parts.home().federatedDirectory().resolve(name);
  }

  private BaseModels bases() {
    return model -> models.find(model);
  }

  /// Has a referee aggregate rounds, if its owner configured them.
  void serve(RefereeRole referee) throws ConfigException {
    Optional<Federation.Rounds> rounds = parts.config().federation().rounds();
    if (rounds.isEmpty()) {
      return;
    }
    Path folder = folder("host");
    try {
      RoundHost own =
          RoundHost.open(
              new RoundHost.Parts(
                  folder,
                  parts.identity(),
                  parts.ledger(),
                  new ConfiguredRounds(rounds.get(), bases(), folder),
                  RoundCombining.in(folder, bases()),
                  parts.clock(),
                  parts.events()));
      parts.node().onClose(() -> close(own::close));
      referee.add(new RoundDesk(own));
      host = Optional.of(own);
    } catch (IOException unusable) {
      throw new ConfigException(
          "The federated rounds in %s cannot be used: %s".formatted(folder, unusable.getMessage()),
          unusable);
    }
  }

  /// Where models are found from now on.
  void use(BaseModels found) {
    models = found;
  }

  /// Has an inferer take part in rounds.
  ///
  /// @param engine that loads models; with a server of the owner's there is none
  void takePart(
      RefereeSet referees, Optional<StatusDocument.Inferer> inferer, Optional<Engine> engine)
      throws ConfigException {
    if (inferer.isEmpty() || engine.isEmpty()) {
      return;
    }
    Path folder = parts.home().memberDirectory();
    EnergyLoop loop = inferer.get().energy();
    EnergySettings energy =
        NodeAssembly.energySettings(
            parts.config(), Adapters.withDevices(parts.home().profilesDirectory(), parts.clock()));
    Surplus surplus = Surplus.of(energy, parts.config().federation().marginWatts());
    RoundMember own =
        new RoundMember(
            new RoundMember.Parts(
                folder,
                parts.identity(),
                parts.ledger(),
                learner(engine.get(), loop, surplus),
                examiner(engine.get(), inferer.get(), folder),
                RoundCombining.in(folder, bases()),
                parts.clock(),
                parts.events()));
    parts.node().onClose(() -> close(own::close));
    referees.add(own);
    member = Optional.of(own);
  }

  private Learner learner(Engine engine, EnergyLoop loop, Surplus surplus) {
    Federation federation = parts.config().federation();
    NodeId node = parts.identity().id();
    LessonText text =
        federation.train()
            ? new ConsentedText(
                new OwnerData(parts.home().directory()),
                new ConsentFile(parts.home().consentFile()),
                new TrainingFolder(parts.home().trainingDirectory()),
                parts.clock())
            : refusing("Its owner wants no training (federated.train is false).");
    SurplusWatch watch = watch(loop, surplus);
    TrainingForecast forecast =
        training ->
            TrainingForecast.needed(
                loop.expectation().hours(),
                surplus.beginWatts(),
                loop.expectation().at(),
                training);
    Path folder = parts.home().trainingDirectory();
    Learner gradients =
        new TorchLearner(
            new TorchLearner.Parts(
                node,
                bases(),
                engine,
                text,
                watch,
                forecast,
                federation.threads(),
                Device.AUTO,
                folder.resolve("gradients"),
                LibraryCache.usual()));
    Learner forward =
        new ForwardLearner(
            new ForwardLearner.Parts(
                node,
                bases(),
                engine,
                Optional::empty,
                text,
                watch,
                forecast,
                federation.threads(),
                FORWARD_STEPS,
                folder.resolve("forward")));
    return new LearnerChoice(
        gradients, forward, model -> !federation.forward() && isForTrainer(model));
  }

  /// A model that is not here is refused by whoever is asked.
  private boolean isForTrainer(ModelHash model) {
    try {
      return Trainer.isFor(bases().head(model).architecture());
    } catch (IOException absent) {
      return true;
    }
  }

  private static LessonText refusing(String why) {
    return new LessonText() {
      @Override
      public Optional<String> whyNot() {
        return Optional.of(why);
      }

      @Override
      public long bytes() {
        return 0;
      }

      @Override
      public void prepare(GgufFile model, Tokenizing tokenizing, int sequenceTokensMax, Path target)
          throws IOException {
        throw new IOException(why);
      }
    };
  }

  /// Trying an update asks for no surplus, only for the power that answers need.
  private Examiner examiner(Engine engine, StatusDocument.Inferer inferer, Path folder) {
    EnergyLoop loop = inferer.energy();
    SurplusWatch power =
        () ->
            loop.decision().activation() == Activation.FULL
                    || loop.decision().activation() == Activation.REDUCED
                ? Optional.empty()
                : Optional.of("There is no renewable power for it.");
    return new EngineExaminer(
        bases(),
        engine,
        power,
        GateEnergy.of(inferer.engine()::knownPower, parts.clock()),
        parts.config().engine().threads(),
        folder.resolve("scratch"));
  }

  /// With its own hysteresis: it begins a margin above what it needs to go on.
  private static SurplusWatch watch(EnergyLoop loop, Surplus surplus) {
    AtomicBoolean trains = new AtomicBoolean();
    return () -> {
      Optional<String> why = surplus.whyNot(trains.get(), loop.decision());
      trains.set(why.isEmpty());
      return why;
    };
  }

  /// The file of an update that this node fetched.
  Optional<Path> adapter(Digest name) {
    return member.flatMap(own -> own.adapter(name));
  }

  FederatedPages pages() {
    return new FederatedPages(parts.ledger(), parts.identity().id(), member, host);
  }

  List<OwnerPage> ownerPages() {
    List<OwnerPage> all = new ArrayList<>(pages().pages());
    all.addAll(new UpdatePages(parts.ledger(), parts.identity()).pages());
    return all;
  }

  void start() {
    host.ifPresent(RoundHost::start);
    member.ifPresent(RoundMember::start);
  }

  private static void close(Closing part) {
    try {
      part.close();
    } catch (IOException _) {
      // What was acknowledged is on the disk; there is nobody left to tell.
    }
  }

  private interface Closing {
    void close() throws IOException;
  }
}
