// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.api.OwnerPage.Refused;
import org.peermind.node.api.OwnerPage.Reply;
import org.peermind.node.api.OwnerPage.Request;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.governance.UpdateBallot;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.Governance;
import org.peermind.voting.UpdateVote;

/// The pages by which owners vote on a federated update, and by which the operator of the referee
/// that writes the ledger undoes the one in use.
public record UpdatePages(NetworkLedger ledger, IdentityKey identity) {
  private static final String ACCEPT = "accept";
  private static final String REFUSE = "refuse";
  private static final String USUAL_REASON = "The operator of the ledger's writer undid it.";

  public List<OwnerPage> pages() {
    return List.of(
        new OwnerPage("POST", "federated/undo", this::undo),
        new OwnerPage("POST", "federated/vote", this::vote));
  }

  private Reply vote(Request request) throws Refused, InterruptedException {
    OwnerFields fields = OwnerFields.of(request.body(), "ballot", "reason");
    String word = fields.text("ballot").map(String::strip).orElse("");
    if (!word.equals(ACCEPT) && !word.equals(REFUSE)) {
      throw OwnerFields.wrong("The ballot must be \"accept\" or \"refuse\".");
    }
    Governance governance = begun();
    Instant now = ledger.now();
    UpdateVote open =
        governance
            .updateVote()
            .orElseThrow(
                () ->
                    new Refused(
                        409,
                        "no_vote",
                        governance.rules().updatesByVote()
                            ? "No update waits for votes."
                            : "This network does not vote on its updates; their gate adopts"
                                + " them."));
    if (open.standing(now) != UpdateVote.Standing.OPEN) {
      throw new Refused(409, "vote_over", "The vote is over: " + open.sentence(now));
    }
    if (!open.isVoter(identity.id(), governance.roll())) {
      throw new Refused(
          409,
          "no_voter",
          "This node had no vote when the update came; only inferers on the roll do.");
    }
    try {
      return VotePages.written(
          ledger,
          identity,
          new UpdateBallot(
              governance.genesis(),
              open.id(),
              word.equals(ACCEPT),
              fields.text("reason").map(String::strip).orElse("Its owner voted so.")));
    } catch (IllegalArgumentException wrong) {
      throw OwnerFields.wrong("The reason cannot be published: " + wrong.getMessage() + ".");
    }
  }

  private Governance begun() throws Refused {
    return ledger
        .governance()
        .orElseThrow(() -> new Refused(409, "no_ledger", "The network has no ledger yet."));
  }

  private Reply undo(Request request) throws Refused, InterruptedException {
    OwnerFields fields = OwnerFields.of(request.body(), "reason");
    String reason = fields.text("reason").map(String::strip).orElse(USUAL_REASON);
    Governance governance = begun();
    if (!governance.writer().equals(identity.id())) {
      throw new Refused(
          409,
          "not_the_writer",
          "Only the referee that writes the ledger undoes an update; ask its operator.");
    }
    Optional<UpdateCheckpoint> undoing;
    try {
      undoing = governance.undoing(reason);
    } catch (IllegalArgumentException wrong) {
      throw OwnerFields.wrong("The reason cannot be published: " + wrong.getMessage() + ".");
    }
    if (undoing.isEmpty()) {
      throw new Refused(409, "no_update", "No update is in use, so there is none to undo.");
    }
    return VotePages.written(ledger, identity, undoing.get());
  }
}
