// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.util.List;
import java.util.Optional;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.api.OwnerPage.Refused;
import org.peermind.node.api.OwnerPage.Reply;
import org.peermind.node.api.OwnerPage.Request;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.Governance;

/// The page by which the operator of the referee that writes the ledger undoes the federated update
/// in use.
public record UpdatePages(NetworkLedger ledger, IdentityKey identity) {
  private static final String USUAL_REASON = "The operator of the ledger's writer undid it.";

  public List<OwnerPage> pages() {
    return List.of(new OwnerPage("POST", "federated/undo", this::undo));
  }

  private Reply undo(Request request) throws Refused, InterruptedException {
    OwnerFields fields = OwnerFields.of(request.body(), "reason");
    String reason = fields.text("reason").map(String::strip).orElse(USUAL_REASON);
    Governance governance =
        ledger
            .governance()
            .orElseThrow(() -> new Refused(409, "no_ledger", "The network has no ledger yet."));
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
