// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.peermind.energy.Adapters;
import org.peermind.energy.BatterySettings;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.PowerMeter;
import org.peermind.energy.spi.SettingsException;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.ExternalEngine;
import org.peermind.inference.NativeEngine;
import org.peermind.node.api.ApiLimits;
import org.peermind.node.api.ApiNotStarted;
import org.peermind.node.api.ApiServer;
import org.peermind.node.api.ApiSettings;
import org.peermind.node.api.Health;
import org.peermind.node.api.NodePages;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeHome;
import org.peermind.node.governance.PeerModels;
import org.peermind.node.query.Answers;
import org.peermind.node.query.AttemptSource;
import org.peermind.node.query.ContinuationRules;
import org.peermind.node.query.ContinuedAnswers;
import org.peermind.node.role.EnergyLoop;
import org.peermind.node.role.EnergyTime;
import org.peermind.node.role.EngineRoom;
import org.peermind.node.role.GreenReceipts;
import org.peermind.node.role.InfererRole;
import org.peermind.node.role.LightUserRole;
import org.peermind.node.role.LocalSource;
import org.peermind.node.role.PowerWatch;
import org.peermind.node.role.RefereeRole;
import org.peermind.node.role.RefereeSet;
import org.peermind.node.role.SiteMemory;
import org.peermind.node.role.Slots;
import org.peermind.node.transport.GrpcTransport;
import org.peermind.node.transport.PeerListener;
import org.peermind.node.transport.SystemScheduler;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Role;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.TransportIdentity;
import org.peermind.referee.RefereeSettings;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.Logging;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.NodeMetrics;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Slf4jEventLog;
import org.peermind.telemetry.Word;

/// Wires one node: reads top to bottom as the list of its parts.
public final class NodeAssembly {
  private static final Duration STOP_ANSWERS_GRACE = Duration.ofSeconds(3);

  private final NodeHome home;
  private final NodeConfig config;
  private final RunningNode node = new RunningNode();
  private final InstantSource clock = NodeClock.ofProcess();
  private final SecureRandom random = new SecureRandom();
  private final SystemScheduler scheduler = new SystemScheduler("timer");
  private final QueryCounts counts = new QueryCounts();
  private final NodeMetrics metrics = new NodeMetrics();
  private final EventLog events;
  private final OwnNode own;
  private final IdentityKey identity;

  /// What loads models here; stays empty with a server of the owner's.
  private Optional<Engine> ownEngine = Optional.empty();

  private NodeAssembly(NodeHome home, NodeConfig config) throws ConfigException {
    this.home = home;
    this.config = config;
    home.create();
    Logging.install(
        System.err,
        config.logJson() ? Logging.Form.JSON : Logging.Form.TEXT,
        org.slf4j.event.Level.INFO,
        ZoneId.systemDefault());
    this.events = EventLog.all(new Slf4jEventLog(), metrics, counts);
    this.own = OwnNode.of(home, config, clock);
    this.identity = own.identity();
  }

  /// Starts a node; it runs until it is closed.
  ///
  /// @throws ConfigException with one sentence when it cannot start; nothing is left running then
  public static RunningNode start(NodeHome home, NodeConfig config) throws ConfigException {
    NodeAssembly assembly = new NodeAssembly(home, config);
    boolean started = false;
    try {
      assembly.assemble();
      started = true;
      return assembly.node;
    } finally {
      if (!started) {
        assembly.node.close();
      }
    }
  }

  private void assemble() throws ConfigException {
    Instant startedAt = clock.instant();
    node.onClose(scheduler::close);
    TransportIdentity tls = TransportIdentity.generate(identity, clock.instant(), random);
    GrpcTransport transport = own.transport(tls, clock, random, scheduler);
    node.onClose(transport::close);
    GovernanceAssembly governance =
        GovernanceAssembly.open(home, config, identity, clock, events, node);
    FederatedAssembly federated =
        new FederatedAssembly(
            new FederatedAssembly.Parts(
                home, config, governance.ledger(), identity, clock, events, node));
    OptionalInt peerPort = OptionalInt.empty();
    if (config.roles().contains(Role.REFEREE)) {
      peerPort = OptionalInt.of(startReferee(transport, governance, federated));
    }
    RefereeSet referees = referees(peerPort);
    governance.follow(referees);
    ModelAssembly.Parts sharing =
        new ModelAssembly.Parts(
            home, config, own, tls, governance.ledger(), clock, scheduler, node);
    Optional<ModelFile> model =
        config.roles().contains(Role.INFERER)
            ? Optional.of(ModelFile.of(config.engine(), home))
            : Optional.empty();
    PeerModels models =
        ModelAssembly.exchange(sharing, referees, model.flatMap(file -> file.configured(config)));
    federated.use(models::find);
    ModelAssembly.give(sharing);
    node.onClose(referees::close);
    NodeGauges.ofReferees(metrics, referees);
    LightUserRole user =
        LightUserRole.of(referees, identity.id(), config.network(), own.placeCell(), clock, random);
    List<AttemptSource> sources = new ArrayList<>();
    Optional<StatusDocument.Inferer> inferer = Optional.empty();
    if (model.isPresent()) {
      inferer = Optional.of(startInferer(referees, model.get().orKept(config, home)));
      sources.add(new LocalSource(identity.id(), inferer.get().engine(), random, clock, events));
    }
    sources.add(user);
    federated.takePart(referees, inferer, ownEngine);
    StewardAssembly votes =
        votes(governance, federated, models, referees, inferer, model.map(ModelFile::served));
    StatusDocument status =
        new StatusDocument(
            config,
            identity.id(),
            clock,
            counts,
            referees,
            user,
            inferer,
            governance.ledger(),
            votes.votes());
    List<OwnerPage> pages = new ArrayList<>(governance.pages());
    pages.addAll(votes.pages());
    pages.addAll(federated.ownerPages());
    int apiPort =
        startApi(
            CacheAssembly.cached(answers(sources), home, config, identity, clock, random, events),
            status,
            referees,
            pages);
    referees.start(transport);
    votes.steward().start();
    federated.start();
    tell(startedAt, peerPort, apiPort);
  }

  private StewardAssembly votes(
      GovernanceAssembly governance,
      FederatedAssembly federated,
      PeerModels models,
      RefereeSet referees,
      Optional<StatusDocument.Inferer> inferer,
      Optional<ServedModel> served)
      throws ConfigException {
    return StewardAssembly.of(
        new StewardAssembly.Parts(
            home,
            config,
            governance.ledger(),
            identity,
            models,
            federated::adapter,
            referees,
            inferer,
            ownEngine,
            served,
            clock,
            random,
            events,
            node));
  }

  private ContinuedAnswers answers(List<AttemptSource> sources) {
    return new ContinuedAnswers(
        sources,
        ContinuationRules.standard(),
        clock,
        Thread::sleep,
        () -> Id16.random(random),
        events);
  }

  private void tell(Instant startedAt, OptionalInt peerPort, int apiPort) {
    events.record(
        new NodeEvent.NodeStarted(
            identity.id(),
            config.roles(),
            Word.near(Software.version()),
            peerPort,
            OptionalInt.of(apiPort)));
    node.onClose(
        () ->
            events.record(
                new NodeEvent.NodeStopped(
                    Duration.between(startedAt, clock.instant()), Reason.of("asked to stop"))));
  }

  private int startReferee(
      GrpcTransport transport, GovernanceAssembly governance, FederatedAssembly federated)
      throws ConfigException {
    HostPort listen = config.peer().orElseThrow().listen();
    NodeConfig.RefereeRules rules = config.refereeRules();
    RefereeSettings settings =
        RefereeSettings.defaults()
            .withSlotsPerInferer(rules.usersPerInferer())
            .withSimulatedPower(rules.acceptSimulatedPower())
            .withUnverifiedModels(rules.acceptUnverifiedModels())
            .withDeclaredShare(rules.declaredShare())
            .withReportInterval(rules.reportEvery())
            .withFairness(rules.tokensPerHour(), rules.queueLength());
    RefereeRole referee =
        RefereeRole.of(
            identity,
            config.network(),
            rules.requireInvitation(),
            home.membersFile(),
            settings,
            clock,
            random,
            scheduler,
            events,
            own.at(clock.instant()),
            own.trusted());
    node.onClose(referee::close);
    governance.serve(referee, scheduler);
    federated.serve(referee);
    try {
      PeerListener listener = transport.listen(listen.host(), listen.port(), referee);
      node.onClose(listener::close);
      NodeGauges.ofReferee(metrics, referee, listener);
      return listener.port();
    } catch (IOException refused) {
      throw new ConfigException("peer.listen: " + refused.getMessage(), refused);
    }
  }

  private RefereeSet referees(OptionalInt peerPort) {
    return new RefereeSet(
        config.network(),
        own.referees(home, peerPort),
        own,
        clock,
        scheduler,
        new AttachmentEvents(events, home, config.network()));
  }

  private StatusDocument.Inferer startInferer(RefereeSet referees, ModelFile model)
      throws ConfigException {
    NodeConfig.EnergyClock energyClock = config.energyClock();
    EnergyTime time =
        new EnergyTime(
            clock,
            energyClock.scale(),
            energyClock.start().orElse(clock.instant()),
            energyClock.realStart().orElse(clock.instant()));
    Adapters adapters = Adapters.withDevices(home.profilesDirectory(), clock);
    EnergySettings settings = energySettings(config, adapters);
    EngineRoom engine = engineRoom(model, settings, receipts(settings));
    node.onClose(engine::close);
    EnergyAdapter adapter = adapter(adapters, settings, engine);
    InfererRole inferer =
        InfererRole.of(
            referees,
            identity,
            own.hpkeKeys(),
            config.network(),
            engine,
            settings.adapter(),
            time,
            clock,
            random,
            scheduler,
            events);
    node.onClose(inferer::close);
    EnergyEvents energyEvents = new EnergyEvents(engine, settings.adapter(), clock, events);
    EnergyLoop loop =
        new EnergyLoop(
            settings,
            adapter,
            time,
            time.isScaled()
                ? SiteMemory.unkept(settings, events)
                : SiteMemory.kept(home, settings, own.placeCell(), events),
            engine,
            decision -> {
              energyEvents.decided(decision);
              engine.decided(decision);
              inferer.decided(decision);
            },
            events);
    inferer.expect(loop::nextHour);
    node.onClose(loop::close);
    NodeGauges.ofInferer(metrics, loop, engine);
    meter(settings, adapter).ifPresent(engine::measure);
    loop.start();
    return new StatusDocument.Inferer(loop, engine);
  }

  /// What the owner wrote about the engine's draw and the battery; defaults say nothing.
  private GreenReceipts receipts(EnergySettings settings) {
    boolean isDrawDeclared =
        config.energy().get("engine") instanceof Map<?, ?> engine
            && engine.containsKey("full-power");
    Optional<BatterySettings> battery = Optional.ofNullable(settings.battery());
    return new GreenReceipts(
        identity,
        own.placeCell(),
        new GreenReceipts.Site(
            isDrawDeclared,
            battery.isPresent(),
            battery.map(BatterySettings::renewable).orElse(false)),
        clock);
  }

  /// The energy section with the node's place in it.
  public static EnergySettings energySettings(NodeConfig config, Adapters adapters)
      throws ConfigException {
    Map<String, Object> yaml = new LinkedHashMap<>(config.energy());
    yaml.putIfAbsent(
        "place",
        Map.of(
            "latitude", config.place().latitudeDegrees(),
            "longitude", config.place().longitudeDegrees(),
            "zone", ZoneId.systemDefault().getId()));
    try {
      return EnergySettings.from(yaml, adapters);
    } catch (SettingsException wrong) {
      throw new ConfigException(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private EnergyAdapter adapter(Adapters adapters, EnergySettings settings, EngineRoom engine)
      throws ConfigException {
    try {
      return adapters.create(
          settings, _ -> new org.peermind.protocol.Watts(engine.ownDrawWatts()), home.directory());
    } catch (SettingsException wrong) {
      throw new ConfigException(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private EngineRoom engineRoom(ModelFile model, EnergySettings settings, GreenReceipts receipts)
      throws ConfigException {
    Engine engine = engine();
    int slots = config.engine().slots();
    ExecutorService loader =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("model-loader").daemon().factory());
    node.onClose(loader::shutdownNow);
    EngineLifecycle.Policy policy = EngineLifecycle.Policy.standard();
    OptionalDouble pace = config.engine().tokensPerSecondMax();
    EngineLifecycle.Policy paced =
        pace.isPresent() ? policy.withFullPace(pace.getAsDouble()) : policy;
    EngineMaker maker =
        new EngineMaker(
            engine, config.engine(), paced, clock, loader, config.engine().external().isPresent());
    return new EngineRoom(
        maker.of(model.spec(config.engine())),
        model.served(),
        maker,
        new Slots(slots),
        settings.engine(),
        receipts,
        new PowerWatch(clock),
        clock);
  }

  /// Meters of this machine say nothing about a simulated or replayed site, nor about a server of
  /// the owner, which may run elsewhere; the wall plug that the owner names for the engine does.
  private Optional<PowerMeter> meter(EnergySettings settings, EnergyAdapter adapter) {
    boolean isInvented = Set.of("simulated", "replay").contains(settings.adapter());
    if (isInvented || !settings.engine().isMetered() || config.energyClock().scale() != 1) {
      return Optional.empty();
    }
    Optional<Machine.Wall> plug = adapter.wall();
    if (config.engine().external().isPresent()) {
      return plug.map(Adapters::ownPower);
    }
    Machine here = Machine.here(Optional.ofNullable(System.getenv("CUDA_VISIBLE_DEVICES")));
    return Optional.of(Adapters.ownPower(plug.map(here::withWall).orElse(here)));
  }

  private Engine engine() throws ConfigException {
    if (config.engine().external().isPresent()) {
      ExternalEngine external = ExternalEngine.of(config.engine().external().get());
      node.onClose(external::close);
      return external;
    }
    try {
      Engine engine = NativeEngine.open(NodeNatives.choose(home, config.natives()));
      ownEngine = Optional.of(engine);
      return engine;
    } catch (EngineException unusable) {
      throw new ConfigException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  private int startApi(
      Answers answers, StatusDocument status, RefereeSet referees, List<OwnerPage> pages)
      throws ConfigException {
    HostPort listen = config.api().listen();
    try {
      ApiServer api =
          ApiServer.start(
              new ApiSettings(
                  InetAddress.getByName(listen.host()),
                  listen.port(),
                  config.api().key(),
                  List.of(),
                  ApiLimits.defaults().withDrainGrace(STOP_ANSWERS_GRACE)),
              answers,
              new NodePages(() -> health(referees), metrics::scrape, status::json, pages),
              clock,
              random,
              new ApiFailures(events));
      node.onClose(api::close);
      node.apiAt(listen.host() + ":" + api.port());
      return api.port();
    } catch (ApiNotStarted | IllegalArgumentException refused) {
      throw new ConfigException(String.valueOf(refused.getMessage()), refused);
    } catch (UnknownHostException unknown) {
      throw new ConfigException("api.listen: the host " + listen.host() + " is unknown.", unknown);
    }
  }

  private static Health health(RefereeSet referees) {
    return referees.isAttached() ? Health.good() : Health.bad(referees.whyDetached());
  }
}
