// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergyPerToken;
import org.peermind.energy.Forecast;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.OwnPower;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.governance.LedgerStatus;
import org.peermind.node.governance.NodeLedger;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.role.EnergyLoop;
import org.peermind.node.role.EngineRoom;
import org.peermind.node.role.LightUserRole;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.role.RefereeSet;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ExpectedPower;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.Watts;
import org.peermind.protocol.wire.NetworkStatus;
import org.peermind.protocol.wire.NodeStatus;
import org.peermind.protocol.wire.RoleCode;
import org.peermind.protocol.wire.ServedModelPayload;

/// The JSON behind `peermind status` and `/status`: what this node does and why, and the network as
/// its referee sees it. It holds no prompt and no exact place.
final class StatusDocument {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final NodeConfig config;
  private final NodeId node;
  private final InstantSource clock;
  private final Instant started;
  private final QueryCounts counts;
  private final RefereeSet referees;
  private final LightUserRole user;
  private final Optional<Inferer> inferer;
  private final NodeLedger ledger;
  private final Supplier<ObjectNode> votes;

  /// The parts that only an inferer has.
  record Inferer(EnergyLoop energy, EngineRoom engine) {}

  StatusDocument(
      NodeConfig config,
      NodeId node,
      InstantSource clock,
      QueryCounts counts,
      RefereeSet referees,
      LightUserRole user,
      Optional<Inferer> inferer,
      NodeLedger ledger,
      Supplier<ObjectNode> votes) {
    this.config = config;
    this.node = node;
    this.clock = clock;
    this.started = clock.instant();
    this.counts = counts;
    this.referees = referees;
    this.user = user;
    this.inferer = inferer;
    this.ledger = ledger;
    this.votes = votes;
  }

  String json() {
    ObjectNode status = JSON.createObjectNode();
    status.put("node", node.toString()).put("short", node.shortText());
    status.put("network", config.network().text()).put("version", Software.version());
    roles(status.putArray("roles"), config.roles());
    status.put("uptime_seconds", Duration.between(started, clock.instant()).toSeconds());
    referees(status.putArray("referees"));
    inferer.ifPresent(parts -> power(status, parts, clock.instant()));
    queries(status.putObject("queries"));
    LedgerStatus.fill(status.putObject("ledger"), ledger);
    status.set("voting", votes.get());
    network(status);
    return status.toString();
  }

  private static void roles(ArrayNode array, Set<Role> roles) {
    roles.stream()
        .sorted()
        .forEach(role -> array.add(role.name().toLowerCase(Locale.ROOT).replace('_', '-')));
  }

  /// The streams first, the home before them all, then the referees that are known only.
  private void referees(ArrayNode array) {
    Optional<NodeId> home = referees.home();
    Set<NodeId> dialled = new HashSet<>();
    for (RefereeAttachment attachment : referees.attachments()) {
      NodeId node = attachment.referee().node();
      dialled.add(node);
      ObjectNode referee =
          referee(array.addObject(), attachment.referee())
              .put("state", attachment.state().name().toLowerCase(Locale.ROOT))
              .put("home", home.equals(Optional.of(node)))
              .put("clock_skew_ms", attachment.clockSkew().toMillis());
      attachment.lastFailure().ifPresent(reason -> referee.put("reason", reason));
    }
    referees.known().stream()
        .filter(known -> !dialled.contains(known.node()))
        .forEach(
            known -> referee(array.addObject(), known).put("state", "known").put("home", false));
  }

  private static ObjectNode referee(ObjectNode row, KnownReferee referee) {
    return row.put("node", referee.node().toString())
        .put("short", referee.node().shortText())
        .put("address", referee.address().toString());
  }

  private static void power(ObjectNode status, Inferer parts, Instant now) {
    EnergyDecision decision = parts.energy().decision();
    ObjectNode energy = status.putObject("energy");
    energy
        .put("activation", decision.activation().name())
        .put("reason", decision.reason().sentence());
    decision
        .headroom()
        .ifPresent(
            estimate ->
                energy
                    .put("headroom_watts", estimate.mean())
                    .put("headroom_min_watts", estimate.minimum())
                    .put("coverage", estimate.coverage()));
    decision.stateOfCharge().ifPresent(soc -> energy.put("battery_percent", soc.value()));
    Optional<EnergySample> sample = decision.newestSample();
    sample.ifPresent(
        known ->
            energy
                .put("device", known.device())
                .put("source", known.sourceKind().name().toLowerCase(Locale.ROOT))
                .put("quality", known.quality().name().toLowerCase(Locale.ROOT))
                .put("simulated", known.origin().isInvented())
                .put("declared", known.origin() == Origin.DECLARED)
                .put("unverified", known.unverified()));
    sample.ifPresent(known -> DevicesDocument.flow(energy.putObject("flow"), known, now));
    DevicesDocument.fill(energy, parts.energy().siteStatus(), now);
    expected(energy, parts.energy());
    ObjectNode engine = status.putObject("engine");
    engine
        .put("state", parts.engine().describe())
        .put("model", parts.engine().servedModel().name())
        .put("model_sha256", parts.engine().servedModel().hash().hex())
        .put("slots", parts.engine().slots().total())
        .put("slots_free", parts.engine().slots().free());
    parts.engine().childPid().ifPresent(pid -> engine.put("child_pid", pid));
    draw(engine.putObject("power"), parts.engine());
  }

  /// The headroom of the next hour, and what the site has to spare in each hour of the next day.
  private static void expected(ObjectNode energy, EnergyLoop loop) {
    Optional<ExpectedPower> next = loop.nextHour();
    if (next.isPresent()) {
      ObjectNode hour = energy.putObject("next_hour");
      hour.put("headroom_p50_watts", rounded(next.get().p50()));
      next.get().p10().ifPresent(low -> hour.put("headroom_p10_watts", rounded(low)));
      hour.put("method", next.get().p10().isPresent() ? "history" : "persistence");
    }
    ArrayNode day = energy.putArray("next_day");
    for (Forecast.Hour hour : loop.expectation().hours()) {
      ObjectNode row =
          day.addObject()
              .put("begins", hour.begins().toString())
              .put("production_p10_watts", rounded(hour.productionP10()))
              .put("production_p50_watts", rounded(hour.productionP50()));
      hour.spareP10().ifPresent(watts -> row.put("spare_p10_watts", rounded(watts)));
      hour.spareP50().ifPresent(watts -> row.put("spare_p50_watts", rounded(watts)));
    }
  }

  private static long rounded(Watts watts) {
    return Math.round(watts.value());
  }

  /// What the engine draws and how that is known, and what a token costs; what is not there is
  /// unknown.
  private static void draw(ObjectNode power, EngineRoom engine) {
    OwnPower machine = engine.knownPower();
    power.put("method", machine.method());
    machine.watts().ifPresent(watts -> power.put("machine_watts", watts));
    power.put("engine_watts", engine.drawWatts());
    if (machine.isMeasured()) {
      power.put("window_seconds", machine.window().toMillis() / 1e3);
    }
    if (!machine.remark().isEmpty()) {
      power.put("remark", machine.remark());
    }
    EnergyPerToken.Figures costs = engine.watch().perToken();
    cost(power, "prefill", costs.prefill());
    cost(power, "decode", costs.decode());
    costs.idleWatts().ifPresent(watts -> power.put("idle_watts", watts));
    power.put("tokens_method", costs.method());
    power.put("tokens_window_seconds", costs.window().toMillis() / 1e3);
  }

  private static void cost(ObjectNode power, String phase, EnergyPerToken.Cost cost) {
    cost.aboveIdle().ifPresent(joules -> power.put(phase + "_joules_per_token_above_idle", joules));
    cost.gross().ifPresent(joules -> power.put(phase + "_joules_per_token", joules));
  }

  private void queries(ObjectNode queries) {
    queries
        .put("asked", counts.asked())
        .put("answered", counts.answered.sum())
        .put("cancelled", counts.cancelled.sum())
        .put("continued", counts.continued.sum())
        .put("failed", counts.failed.sum())
        .put("refused", counts.refused.sum())
        .put("served", counts.served.sum())
        .put("tokens_served", counts.tokensServed.sum())
        .put("near_ties", counts.nearTies.sum());
  }

  private void network(ObjectNode status) {
    LightUserRole.NetworkView view;
    try {
      view = user.networkStatus();
    } catch (QueryRefused unknown) {
      status.put("nodes_unknown_because", unknown.reason());
      return;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return;
    }
    NetworkStatus network = view.status();
    status.put("nodes_seen_by", view.referee().shortText());
    status
        .putObject("admission")
        .put("users_admitted", network.getUsersAdmitted())
        .put("user_slots", network.getUserSlots())
        .put("sessions", network.getSessions())
        .put("answers_assigned", network.getAnswersAssigned())
        .put("answers_refused", network.getAnswersRefused());
    ArrayNode nodes = status.putArray("nodes");
    network.getNodesList().forEach(row -> node(nodes.addObject(), row));
  }

  private static void node(ObjectNode node, NodeStatus row) {
    try {
      NodeId id = NodeId.ofBytes(row.getNode().toByteArray());
      node.put("node", id.toString()).put("short", id.shortText());
      ArrayNode roles = node.putArray("roles");
      for (RoleCode role : row.getRolesList()) {
        roles.add(role.name().replace("ROLE_", "").toLowerCase(Locale.ROOT).replace('_', '-'));
      }
      node.put("cell", row.getPlaceCell())
          .put("presence", row.getPresence().toLowerCase(Locale.ROOT))
          .put("reason", row.getReason());
      if (row.getRolesList().contains(RoleCode.ROLE_INFERER)) {
        Activation activation = HeadroomReport.decode(row.getActivation());
        node.put("activation", activation.name())
            .put("slots", row.getSlots())
            .put("slots_free", row.getSlotsFree())
            .put("report_age_ms", row.getReportAgeMs())
            .put("simulated", row.getSimulated())
            .put("declared", row.getDeclared())
            .put("unverified", row.getUnverified());
        if (!row.getHome().isEmpty()) {
          node.put("home", NodeId.ofBytes(row.getHome().toByteArray()).toString());
        }
      }
    } catch (ProtocolException malformed) {
      node.put("reason", "the referee's row is malformed");
    }
    if (row.hasHeadroomWatts()) {
      node.put("headroom_watts", row.getHeadroomWatts());
    }
    if (row.hasBatteryPercent()) {
      node.put("battery_percent", row.getBatteryPercent());
    }
    if (row.hasNextPowerMs()) {
      node.put("next_power", Instant.ofEpochMilli(row.getNextPowerMs()).toString());
    }
    ArrayNode models = node.putArray("models");
    for (ServedModelPayload model : row.getModelsList()) {
      models.add(model.getName());
    }
  }
}
