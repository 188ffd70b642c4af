// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.peermind.ledger.LedgerException;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.api.OwnerPage.Refused;
import org.peermind.node.api.OwnerPage.Reply;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Rules;
import org.peermind.referee.NetworkSnapshot;
import org.peermind.referee.Presence;

/// `POST ledger/begin`: a referee's owner begins the network's ledger, which this node writes from
/// then on. What the request leaves out is taken from who is attached and what they serve.
public final class LedgerBeginning {
  /// Licences under which weights may be given on and used for anything.
  static final List<String> LICENCES =
      List.of(
          "Apache-2.0",
          "MIT",
          "BSD-2-Clause",
          "BSD-3-Clause",
          "ISC",
          "MPL-2.0",
          "CC0-1.0",
          "CC-BY-4.0",
          "CC-BY-SA-4.0",
          "Unlicense");

  private static final List<String> FIELDS =
      List.of(
          "members",
          "incumbent",
          "rules",
          "licences",
          "period_seconds",
          "evaluation_seconds",
          "opening_seconds",
          "readiness_seconds",
          "stage_seconds",
          "suite",
          "items",
          "updates");
  private static final long SECONDS_MAX = Duration.ofDays(366).toSeconds();

  private final NetworkName network;
  private final NodeLedger ledger;
  private final Supplier<NetworkSnapshot> attached;

  /// @param attached what the referee of this node knows of its network
  public LedgerBeginning(
      NetworkName network, NodeLedger ledger, Supplier<NetworkSnapshot> attached) {
    this.network = network;
    this.ledger = ledger;
    this.attached = attached;
  }

  public OwnerPage page() {
    return new OwnerPage("POST", "ledger/begin", this::begin);
  }

  /// The page of a node that is no referee.
  public static OwnerPage refusedPage() {
    return new OwnerPage(
        "POST",
        "ledger/begin",
        _ -> {
          throw new Refused(
              409,
              "not_a_referee",
              "This node is no referee; begin the ledger on the machine of a referee.");
        });
  }

  private Reply begin(OwnerPage.Request request) throws Refused, InterruptedException {
    if (ledger.governance().isPresent()) {
      throw new Refused(409, "ledger_exists", "This network has a ledger already.");
    }
    Genesis genesis = genesis(request.body());
    return switch (written(genesis)) {
      case NetworkLedger.Submitted.Accepted _ -> Reply.json(document(genesis));
      case NetworkLedger.Submitted.Refused(String reason) ->
          throw new Refused(409, "ledger_refused", reason);
      case NetworkLedger.Submitted.Unknown(String reason) ->
          throw new Refused(503, "ledger_unknown", reason);
    };
  }

  private NetworkLedger.Submitted written(Genesis genesis) throws Refused, InterruptedException {
    try {
      return ledger.begin(genesis);
    } catch (IOException | LedgerException unwritable) {
      throw new Refused(
          503,
          "ledger_unwritable",
          "The ledger's files cannot be written (%s); make room or mend the disk."
              .formatted(unwritable.getMessage()));
    }
  }

  private Genesis genesis(JsonNode wishes) throws Refused {
    for (String field : (Iterable<String>) wishes::fieldNames) {
      if (!FIELDS.contains(field)) {
        throw wrong("its fields are " + String.join(", ", FIELDS));
      }
    }
    try {
      Rules rules = rules(wishes);
      List<NetworkSnapshot.NodeRow> inferers =
          attached.get().nodes().stream()
              .filter(row -> row.roles().contains(Role.INFERER) && row.presence() != Presence.GONE)
              .toList();
      List<NodeId> members = members(wishes, inferers);
      ModelHash incumbent = incumbent(wishes, members, inferers);
      return new Genesis(network, members, rules, Optional.of(incumbent));
    } catch (IllegalArgumentException outOfBounds) {
      throw wrong(String.valueOf(outOfBounds.getMessage()));
    }
  }

  private static Refused wrong(String what) {
    return new Refused(400, "invalid_value", "The ledger cannot begin like this: " + what + ".");
  }

  private static List<NodeId> members(JsonNode wishes, List<NetworkSnapshot.NodeRow> inferers)
      throws Refused {
    List<NodeId> members = new ArrayList<>();
    for (String member : texts(wishes, "members")) {
      try {
        members.add(NodeId.parse(member));
      } catch (ProtocolException malformed) {
        throw wrong("a member is no node id");
      }
    }
    if (members.isEmpty()) {
      inferers.forEach(row -> members.add(row.node()));
    }
    if (members.isEmpty()) {
      throw new Refused(
          409,
          "no_members",
          "No inferer is attached to this referee; start those that are to vote, or name them with"
              + " --member.");
    }
    return members;
  }

  /// What the members serve, if that is one model.
  private static ModelHash incumbent(
      JsonNode wishes, List<NodeId> members, List<NetworkSnapshot.NodeRow> inferers)
      throws Refused {
    Optional<String> named = text(wishes, "incumbent");
    if (named.isPresent()) {
      try {
        return new ModelHash(named.get());
      } catch (IllegalArgumentException malformed) {
        throw wrong("the incumbent is no SHA-256 of a model's file");
      }
    }
    List<ServedModel> served =
        inferers.stream()
            .filter(row -> members.contains(row.node()))
            .flatMap(row -> row.models().stream())
            .filter(ServedModel::verified)
            .toList();
    Set<String> hashes =
        served.stream().map(model -> model.hash().hex()).collect(Collectors.toSet());
    if (hashes.size() != 1) {
      Set<String> names =
          served.stream().map(ServedModel::name).collect(Collectors.toCollection(TreeSet::new));
      throw new Refused(
          409,
          "no_incumbent",
          hashes.isEmpty()
              ? "No member serves a model from a file now; start one, or name the model in use with"
                  + " --incumbent."
              : "The members serve different models (%s); name the one in use with --incumbent."
                  .formatted(String.join(", ", names)));
    }
    return served.getFirst().hash();
  }

  private static Rules rules(JsonNode wishes) throws Refused {
    List<String> licences = texts(wishes, "licences");
    if (licences.isEmpty()) {
      licences = LICENCES;
    }
    String name = text(wishes, "rules").orElse("bootstrap");
    Rules base =
        switch (name) {
          case "bootstrap" -> Rules.bootstrap(licences);
          case "usual" -> Rules.usual(licences);
          default -> throw wrong("the rules are \"bootstrap\" or \"usual\"");
        };
    Optional<Duration> period = seconds(wishes, "period_seconds");
    Optional<Duration> opening = seconds(wishes, "opening_seconds").or(() -> period);
    return new Rules(
        period.orElse(base.sponsoring()),
        seconds(wishes, "evaluation_seconds").or(() -> period).orElse(base.evaluation()),
        opening.orElse(base.evaluationReveal()),
        period.orElse(base.voting()),
        opening.orElse(base.votingReveal()),
        seconds(wishes, "readiness_seconds").orElse(base.readiness()),
        base.activationDelay(),
        seconds(wishes, "stage_seconds").orElse(base.stage()),
        base.failedWait(),
        base.quarantine(),
        base.admissionWait(),
        base.vouchers(),
        base.licences(),
        base.unknownEnergyPasses(),
        base.energyPermilleMax(),
        base.latencyPermilleMax(),
        base.accuracyLossPermilleMax(),
        base.readyCapacityPercent(),
        base.readyHeadsPercent(),
        text(wishes, "suite").orElse(base.suite()),
        number(wishes, "items").map(Math::toIntExact).orElse(base.items()),
        isByVote(text(wishes, "updates").orElse("gate")));
  }

  private static boolean isByVote(String updates) throws Refused {
    return switch (updates) {
      case "gate" -> false;
      case "vote" -> true;
      default -> throw wrong("updates are adopted by \"gate\" or by \"vote\"");
    };
  }

  private static Optional<Duration> seconds(JsonNode wishes, String field) throws Refused {
    return number(wishes, field).map(Duration::ofSeconds);
  }

  private static Optional<Long> number(JsonNode wishes, String field) throws Refused {
    JsonNode value = wishes.path(field);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < 1
        || value.longValue() > SECONDS_MAX) {
      throw wrong(field + " is a whole number from 1 to " + SECONDS_MAX);
    }
    return Optional.of(value.longValue());
  }

  private static Optional<String> text(JsonNode wishes, String field) throws Refused {
    JsonNode value = wishes.path(field);
    if (!value.isMissingNode() && !value.isTextual()) {
      throw wrong(field + " is a text");
    }
    return Optional.ofNullable(value.textValue());
  }

  private static List<String> texts(JsonNode wishes, String field) throws Refused {
    JsonNode values = wishes.path(field);
    List<String> texts = new ArrayList<>();
    for (JsonNode value : values) {
      if (!value.isTextual()) {
        throw wrong(field + " is a list of texts");
      }
      texts.add(value.textValue());
    }
    return texts;
  }

  private ObjectNode document(Genesis genesis) {
    ObjectNode document =
        JsonNodeFactory.instance.objectNode().put("network", genesis.network().text());
    ledger
        .governance()
        .ifPresent(
            begun ->
                document
                    .put("genesis", begun.genesis().hex())
                    .put("writer", begun.writer().toString())
                    .put("since", begun.last().toString()));
    genesis.incumbent().ifPresent(model -> document.put("incumbent", model.hex()));
    ArrayNode members = document.putArray("members");
    genesis.members().forEach(member -> members.add(member.toString()));
    return document;
  }
}
