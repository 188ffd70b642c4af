// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.Transcripts;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.api.OwnerPage.Refused;
import org.peermind.node.api.OwnerPage.Reply;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.voting.Governance;

/// What an owner sees of federated rounds.
///
/// @param member empty where this node takes no part
/// @param host where this node aggregates
public record FederatedPages(
    NetworkLedger ledger, NodeId self, Optional<RoundMember> member, Optional<RoundHost> host) {

  public List<OwnerPage> pages() {
    return List.of(
        new OwnerPage("GET", "federated", _ -> Reply.json(status())),
        new OwnerPage("GET", "federated/rounds", _ -> Reply.json(rounds())),
        new OwnerPage("GET", "federated/suspects", _ -> Reply.json(suspects())),
        new OwnerPage("POST", "federated/suspects", _ -> Reply.json(search())));
  }

  /// What the node does about rounds, and why.
  public ObjectNode status() {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    ledger
        .governance()
        .flatMap(Governance::checkpoint)
        .ifPresent(checkpoint -> RoundDocuments.fill(status.putObject("in_use"), checkpoint));
    ledger.governance().ifPresent(governance -> vote(status, governance));
    member.ifPresent(
        own -> {
          ObjectNode row = status.putObject("member").put("doing", own.doing());
          own.round().ifPresent(round -> RoundDocuments.fill(row.putObject("round"), round));
        });
    host.ifPresent(
        own -> {
          ObjectNode row = status.putObject("aggregator").put("doing", own.doing());
          own.newest().ifPresent(round -> RoundDocuments.fill(row.putObject("round"), round));
        });
    return status;
  }

  private void vote(ObjectNode status, Governance governance) {
    Instant now = ledger.now();
    governance
        .updateVote()
        .filter(vote -> !vote.isInForce())
        .ifPresent(
            vote -> {
              ObjectNode row = status.putObject("vote");
              row.put("standing", vote.standing(now).name().toLowerCase(Locale.ROOT))
                  .put("sentence", vote.sentence(now))
                  .put("number", vote.update().number())
                  .put("accepting", vote.accepting())
                  .put("refusing", vote.refusing())
                  .put("voters", vote.voters().size())
                  .put("until", vote.until().toString());
              vote.update().adapter().ifPresent(adapter -> row.put("adapter", adapter.hex()));
              vote.voiceOf(self, governance.roll())
                  .ifPresent(
                      voice ->
                          row.put("own_ballot", voice.accept() ? "accept" : "refuse")
                              .put("own_reason", voice.reason()));
            });
  }

  private ObjectNode search() throws Refused {
    if (!takingPart().searchSuspects()) {
      throw new Refused(
          409,
          "no_failed_round",
          "Since this node started it has followed no round to its end that failed at the gate.");
    }
    return suspects();
  }

  private RoundMember takingPart() throws Refused {
    return member.orElseThrow(
        () ->
            new Refused(
                409,
                "no_part",
                "This node takes no part in rounds, so it cannot try updates; ask at an inferer"
                    + " that does."));
  }

  private ObjectNode suspects() throws Refused {
    SuspectSearch.Standing standing = takingPart().suspects();
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document
        .put("state", standing.state().name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .put("sentence", standing.sentence())
        .put("trials", standing.done())
        .put("trials_most", standing.most());
    standing
        .round()
        .ifPresent(
            round ->
                document.put("number", round.descriptor().number()).put("round", round.id().hex()));
    ArrayNode groups = document.putArray("suspects");
    for (List<NodeId> group : standing.suspects()) {
      ArrayNode members = groups.addArray();
      group.forEach(one -> members.add(one.toString()));
    }
    return document;
  }

  private ObjectNode rounds() throws Refused {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ArrayNode rounds = document.putArray("rounds");
    if (host.isEmpty()) {
      member
          .flatMap(RoundMember::round)
          .ifPresent(round -> RoundDocuments.fill(rounds.addObject(), round));
      return document;
    }
    try {
      for (List<SignedEnvelope> transcript : host.get().kept()) {
        if (Transcripts.replay(transcript) instanceof Round.Outcome.Accepted(Round round)) {
          RoundDocuments.fill(rounds.addObject(), round);
        }
      }
    } catch (IOException unreadable) {
      throw new Refused(
          503, "rounds_unreadable", "The rounds' files cannot be read: " + unreadable.getMessage());
    }
    return document;
  }
}
