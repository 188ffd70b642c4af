// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.api.OwnerPage.Refused;
import org.peermind.node.api.OwnerPage.Reply;
import org.peermind.node.api.OwnerPage.Request;
import org.peermind.node.config.ConfigException;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EmergencyStop;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Vouch;
import org.peermind.voting.Attendance;
import org.peermind.voting.Course;
import org.peermind.voting.Duty;
import org.peermind.voting.Governance;
import org.peermind.voting.Preference;

/// The pages by which an owner takes part in votes: look, cast, sponsor, vouch, prefer, stop, have
/// measured.
public final class VotePages {
  private static final int DIGITS_LEAST = 8;
  private static final long MEMORY_MIB_MAX = 1L << 30;

  private final NetworkLedger ledger;
  private final IdentityKey identity;
  private final OwnerWishes wishes;
  private final Steward steward;
  private final VoteDocuments documents;

  public VotePages(
      NetworkLedger ledger, IdentityKey identity, OwnerWishes wishes, Steward steward) {
    this.ledger = ledger;
    this.identity = identity;
    this.wishes = wishes;
    this.steward = steward;
    this.documents = new VoteDocuments(identity.id(), wishes);
  }

  public List<OwnerPage> pages() {
    return List.of(
        new OwnerPage("GET", "votes", _ -> Reply.json(all())),
        new OwnerPage("GET", "votes/show", this::show),
        new OwnerPage("POST", "votes/cast", this::cast),
        new OwnerPage("POST", "votes/sponsor", this::sponsor),
        new OwnerPage("POST", "votes/vouch", this::vouch),
        new OwnerPage("POST", "votes/prefer", this::prefer),
        new OwnerPage("POST", "votes/stop", this::stop),
        new OwnerPage("POST", "models/evaluate", this::evaluate));
  }

  private Governance governance() throws Refused {
    return governance(ledger);
  }

  static Governance governance(NetworkLedger ledger) throws Refused {
    return ledger
        .governance()
        .orElseThrow(
            () ->
                new Refused(
                    409,
                    "no_ledger",
                    "This node has no ledger of its network yet; a referee begins it with `peermind"
                        + " ledger begin`."));
  }

  /// All votes, those that go on first, and then the latest.
  public ObjectNode all() {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ArrayNode votes = document.putArray("votes");
    steward.doing().serving().ifPresent(serving -> document.put("serving", serving));
    wishes
        .preference()
        .ifPresent(
            preference -> {
              ObjectNode kept = document.putObject("preference");
              kept.put("memory_mib", preference.memoryMib())
                  .put("fewest_wh", preference.isThrifty());
              ArrayNode licences = kept.putArray("licences");
              preference.licences().stream().sorted().forEach(licences::add);
            });
    Optional<Governance> known = ledger.governance();
    if (known.isPresent()) {
      Instant now = ledger.now();
      known.get().incumbent().ifPresent(model -> document.put("incumbent", model.hex()));
      known.get().votes().stream()
          .flatMap(vote -> documents.vote(known.get(), vote, now, steward.doing()).stream())
          .sorted(Comparator.comparing(vote -> vote.path("over").asBoolean()))
          .forEach(votes::add);
    }
    return document;
  }

  private Reply show(Request request) throws Refused {
    String reference = request.query().getOrDefault("vote", "");
    Governance governance = governance();
    Digest vote = vote(governance, proposal(governance, reference));
    return document(governance, vote);
  }

  private Reply document(Governance governance, Digest vote) {
    return documents
        .vote(governance, vote, ledger.now(), steward.doing())
        .map(Reply::json)
        .orElseThrow();
  }

  /// The proposal that a person means by its name, its first digits or its model's name.
  static Digest proposal(Governance governance, String reference) throws Refused {
    String wanted = reference.strip().toLowerCase(Locale.ROOT);
    List<Digest> found = new ArrayList<>();
    for (Digest vote : governance.votes()) {
      Attendance.of(governance, vote, governance.last()).stream()
          .flatMap(there -> there.candidates().stream())
          .filter(
              one ->
                  (wanted.length() >= DIGITS_LEAST && one.id().hex().startsWith(wanted))
                      || (one.proposal().candidate().name().equalsIgnoreCase(wanted)
                          && isOpen(governance, vote)))
          .forEach(one -> found.add(one.id()));
    }
    if (found.isEmpty()) {
      throw new Refused(
          404,
          "no_such_vote",
          "There is no vote or proposal \"%s\"; `peermind vote list` shows them."
              .formatted(reference.replaceAll("\\p{Cntrl}", " ")));
    }
    if (found.size() > 1) {
      throw new Refused(
          409, "ambiguous", "\"%s\" means more than one; use more digits.".formatted(reference));
    }
    return found.getFirst();
  }

  private static boolean isOpen(Governance governance, Digest vote) {
    return governance
        .course(vote, governance.last())
        .map(course -> !course.step().isEnd())
        .orElse(false);
  }

  private static Digest vote(Governance governance, Digest proposal) {
    return governance.course(proposal, governance.last()).map(Course::id).orElse(proposal);
  }

  private Reply cast(Request request) throws Refused {
    OwnerFields fields =
        OwnerFields.of(request.body(), "vote", "ballot", "veto", "ground", "reason");
    Governance governance = governance();
    Digest vote = vote(governance, proposal(governance, fields.requiredText("vote")));
    Instant now = ledger.now();
    Attendance there = Attendance.of(governance, vote, now).orElseThrow();
    if (!there.voters().contains(identity.id())) {
      throw new Refused(
          409, "no_voter", "This node was not among the voters when this vote began.");
    }
    switch (governance.course(vote, now).orElseThrow().step()) {
      case SPONSORING, EVALUATING, REPORTS_OPENING, VOTING -> {
        // A ballot is kept from the proposal on, and sealed when ballots are taken.
      }
      case BALLOTS_OPENING,
          COUNTED,
          STARTED,
          LOCKED_IN,
          ACTIVE,
          DONE,
          KEPT,
          FAILED,
          ROLLED_BACK,
          STOPPED ->
          throw new Refused(409, "too_late", "This vote takes no ballots any more.");
    }
    try {
      wishes.cast(vote, ballot(fields, there));
    } catch (BallotText.Unclear unclear) {
      throw OwnerFields.wrong(String.valueOf(unclear.getMessage()));
    } catch (ConfigException unwritable) {
      throw new Refused(503, "unwritable", String.valueOf(unwritable.getMessage()));
    }
    steward.wake();
    return document(governance, vote);
  }

  private static BallotWish ballot(OwnerFields fields, Attendance there)
      throws Refused, BallotText.Unclear {
    List<BallotText.Named> candidates =
        there.candidates().stream()
            .map(one -> new BallotText.Named(one.id(), one.proposal().candidate().name()))
            .toList();
    BallotWish ranked = BallotText.read(fields.requiredText("ballot"), candidates);
    Optional<String> veto = fields.text("veto");
    if (veto.isEmpty()) {
      if (fields.text("reason").isPresent() || fields.text("ground").isPresent()) {
        throw OwnerFields.wrong("A reason is for a veto; name its candidate as well.");
      }
      return ranked;
    }
    BallotReveal.Ground ground =
        switch (fields.text("ground").orElse("security")) {
          case "security" -> BallotReveal.Ground.SECURITY;
          case "licence" -> BallotReveal.Ground.LICENCE;
          default -> throw OwnerFields.wrong("ground is security or licence.");
        };
    String reason = reason(fields);
    Digest against = BallotText.find(veto.get(), candidates);
    return new BallotWish(
        ranked.ranks(), ranked.keep(), List.of(new BallotWish.Objection(against, ground, reason)));
  }

  /// What is published word for word.
  private static String reason(OwnerFields fields) throws Refused {
    String reason = fields.requiredText("reason").strip();
    try {
      return new BallotReveal.Objection(0, BallotReveal.Ground.SECURITY, reason).reason();
    } catch (IllegalArgumentException wrong) {
      throw OwnerFields.wrong("The reason cannot be published: " + wrong.getMessage() + ".");
    }
  }

  private Reply sponsor(Request request) throws Refused, InterruptedException {
    OwnerFields fields = OwnerFields.of(request.body(), "proposal");
    Governance governance = governance();
    Digest proposal = proposal(governance, fields.requiredText("proposal"));
    return written(ledger, identity, new Sponsor(proposal));
  }

  private Reply vouch(Request request) throws Refused, InterruptedException {
    OwnerFields fields = OwnerFields.of(request.body(), "node", "role");
    Governance governance = governance();
    NodeId node;
    try {
      node = NodeId.parse(fields.requiredText("node"));
    } catch (ProtocolException malformed) {
      throw OwnerFields.wrong("node is the whole id of a node, as its `peermind status` shows it.");
    }
    Role role =
        switch (fields.text("role").orElse("inferer")) {
          case "inferer" -> Role.INFERER;
          case "light-user" -> Role.LIGHT_USER;
          default -> throw OwnerFields.wrong("role is inferer or light-user.");
        };
    return written(ledger, identity, new Vouch(governance.genesis(), node, role));
  }

  private Reply stop(Request request) throws Refused, InterruptedException {
    OwnerFields fields = OwnerFields.of(request.body(), "model", "reason");
    Governance governance = governance();
    ModelHash model = model(governance, fields.requiredText("model"));
    return written(
        ledger, identity, new EmergencyStop(governance.genesis(), model, reason(fields)));
  }

  private static ModelHash model(Governance governance, String reference) throws Refused {
    String wanted = reference.strip().toLowerCase(Locale.ROOT).replaceFirst("^sha256:", "");
    Set<ModelHash> found = new HashSet<>();
    governance
        .incumbent()
        .filter(model -> wanted.length() >= DIGITS_LEAST && model.hex().startsWith(wanted))
        .ifPresent(found::add);
    for (Digest vote : governance.votes()) {
      Attendance.of(governance, vote, governance.last()).stream()
          .flatMap(there -> there.candidates().stream())
          .map(one -> one.proposal().candidate())
          .filter(
              one ->
                  one.name().equalsIgnoreCase(wanted)
                      || (wanted.length() >= DIGITS_LEAST
                          && one.ggufSha256().hex().startsWith(wanted)))
          .forEach(one -> found.add(one.ggufSha256()));
    }
    if (found.size() != 1) {
      throw new Refused(
          found.isEmpty() ? 404 : 409,
          found.isEmpty() ? "no_such_model" : "ambiguous",
          found.isEmpty()
              ? "The ledger knows no such model; name it by the first digits of its SHA-256."
              : "This means more than one model; name it by its SHA-256.");
    }
    return found.iterator().next();
  }

  private Reply evaluate(Request request) throws Refused {
    OwnerFields fields = OwnerFields.of(request.body(), "proposal");
    Governance governance = governance();
    Digest proposal = proposal(governance, fields.requiredText("proposal"));
    boolean isDue =
        Duty.of(governance, identity.id(), ledger.now()).stream()
            .anyMatch(duty -> duty instanceof Duty.Evaluate one && one.proposal().equals(proposal));
    if (!isDue) {
      throw new Refused(
          409,
          "not_due",
          "No report of this node is asked for: it is sealed already, or the vote is not at the"
              + " step of measuring.");
    }
    steward.evaluate(proposal);
    return document(governance, vote(governance, proposal));
  }

  private Reply prefer(Request request) throws Refused {
    OwnerFields fields =
        OwnerFields.of(request.body(), "off", "memory_mib", "licences", "fewest_wh");
    boolean isOff = fields.flag("off", false);
    OptionalLong memory = fields.number("memory_mib", 1, MEMORY_MIB_MAX);
    if (!isOff && memory.isEmpty()) {
      throw OwnerFields.wrong("Say how much memory a model may take, in memory_mib.");
    }
    Optional<Preference> preference =
        isOff
            ? Optional.empty()
            : Optional.of(
                new Preference(
                    memory.getAsLong(),
                    Set.copyOf(fields.texts("licences")),
                    fields.flag("fewest_wh", false)));
    try {
      wishes.prefer(preference);
    } catch (ConfigException unwritable) {
      throw new Refused(503, "unwritable", String.valueOf(unwritable.getMessage()));
    }
    steward.wake();
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("on", !isOff);
    ArrayNode would = document.putArray("would");
    preference.ifPresent(kept -> would(kept, would));
    return Reply.json(document);
  }

  /// What the preference makes of the votes that wait for a ballot.
  private void would(Preference preference, ArrayNode would) {
    ledger
        .governance()
        .ifPresent(
            governance ->
                Duty.of(governance, identity.id(), ledger.now()).stream()
                    .filter(Duty.Cast.class::isInstance)
                    .map(Duty.Cast.class::cast)
                    .forEach(
                        duty -> {
                          ObjectNode row =
                              would
                                  .addObject()
                                  .put("vote", duty.vote().hex())
                                  .put(
                                      "ballot",
                                      VoteHand.words(
                                          VoteHand.preferred(preference, duty), duty.options()));
                          ArrayNode reasons = row.putArray("reasons");
                          VoteHand.choice(preference, duty.options())
                              .reasons()
                              .forEach(reasons::add);
                        }));
  }

  /// Has a record of this node written.
  static Reply written(NetworkLedger ledger, IdentityKey identity, GovernanceRecord record)
      throws Refused, InterruptedException {
    return switch (ledger.submit(record.sign(identity))) {
      case NetworkLedger.Submitted.Accepted(long index) ->
          Reply.json(JsonNodeFactory.instance.objectNode().put("entry", index));
      case NetworkLedger.Submitted.Refused(String reason) ->
          throw new Refused(409, "ledger_refused", reason);
      case NetworkLedger.Submitted.Unknown(String reason) ->
          throw new Refused(503, "ledger_unknown", reason);
    };
  }
}
