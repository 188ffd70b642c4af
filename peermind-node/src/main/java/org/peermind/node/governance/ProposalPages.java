// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.peermind.model.ModelStoreException;
import org.peermind.model.StoredModel;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.api.OwnerPage.Refused;
import org.peermind.node.api.OwnerPage.Reply;
import org.peermind.node.config.ConfigException;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;
import org.peermind.voting.Governance;

/// `POST models/propose`: an owner proposes a file to the network.
public final class ProposalPages {
  private static final long MEBIBYTE = 1L << 20;

  private final NetworkLedger ledger;
  private final IdentityKey identity;
  private final OwnerWishes wishes;
  private final PeerModels files;
  private final Runnable wake;

  /// @param wake tells the steward that there is something new
  public ProposalPages(
      NetworkLedger ledger,
      IdentityKey identity,
      OwnerWishes wishes,
      PeerModels files,
      Runnable wake) {
    this.ledger = ledger;
    this.identity = identity;
    this.wishes = wishes;
    this.files = files;
    this.wake = wake;
  }

  public List<OwnerPage> pages() {
    return List.of(new OwnerPage("POST", "models/propose", this::propose));
  }

  private Reply propose(OwnerPage.Request request) throws Refused, InterruptedException {
    OwnerFields fields =
        OwnerFields.of(
            request.body(),
            "file",
            "model",
            "licence",
            "change",
            "floor_permille",
            "source",
            "joins",
            "vote");
    Governance governance = VotePages.governance(ledger);
    Proposal proposal = proposal(fields, governance);
    boolean votes = fields.flag("vote", true);
    SignedEnvelope record = signed(proposal, governance);
    Digest name = Digest.of(record);
    return switch (ledger.submit(record)) {
      case NetworkLedger.Submitted.Accepted(long index) -> {
        Digest vote = proposal.joins().flatMap(joined -> voteOf(governance, joined)).orElse(name);
        boolean isKept = votes && keepYes(vote, name);
        wake.run();
        ObjectNode document =
            JsonNodeFactory.instance
                .objectNode()
                .put("proposal", name.hex())
                .put("short", name.shortText())
                .put("vote", vote.hex())
                .put("name", proposal.candidate().name())
                .put("sha256", proposal.candidate().ggufSha256().hex())
                .put("entry", index)
                .put("votes_for_it", isKept);
        yield Reply.json(document);
      }
      case NetworkLedger.Submitted.Refused(String reason) ->
          throw new Refused(409, "ledger_refused", reason);
      case NetworkLedger.Submitted.Unknown(String reason) ->
          throw new Refused(503, "ledger_unknown", reason);
    };
  }

  /// A proposal that is made again says when, since its words are its name.
  private SignedEnvelope signed(Proposal proposal, Governance governance) throws Refused {
    SignedEnvelope record = proposal.sign(identity);
    if (governance.course(Digest.of(record), ledger.now()).isEmpty()) {
      return record;
    }
    try {
      return new Proposal(
              proposal.genesis(),
              proposal.joins(),
              proposal.change(),
              proposal.candidate(),
              proposal.claims(),
              "%s (again at %s)".formatted(proposal.source(), ledger.now()),
              proposal.supersedes(),
              proposal.lineage(),
              proposal.accuracyFloorPermille())
          .sign(identity);
    } catch (IllegalArgumentException tooLong) {
      throw OwnerFields.wrong("This was proposed before; say something else in source.");
    }
  }

  private Optional<Digest> voteOf(Governance governance, Digest proposal) {
    return governance.course(proposal, ledger.now()).map(course -> course.id());
  }

  /// A ballot that the owner cast before stays.
  private boolean keepYes(Digest vote, Digest proposal) {
    if (wishes.ballot(vote).isPresent()) {
      return false;
    }
    try {
      wishes.cast(vote, BallotWish.yes(proposal));
      return true;
    } catch (ConfigException unwritable) {
      return false;
    }
  }

  private Proposal proposal(OwnerFields fields, Governance governance) throws Refused {
    Proposal.Change change =
        switch (fields.text("change").orElse("major")) {
          case "minor" -> Proposal.Change.MINOR;
          case "major" -> Proposal.Change.MAJOR;
          case "rules" -> Proposal.Change.RULES;
          default -> throw OwnerFields.wrong("change is minor, major or rules.");
        };
    OptionalLong floor = fields.number("floor_permille", 1, 1_000);
    Optional<String> joins = fields.text("joins");
    Optional<Digest> joined =
        joins.isPresent()
            ? Optional.of(VotePages.proposal(governance, joins.get()))
            : Optional.empty();
    Optional<String> source = fields.text("source");
    try {
      StoredModel model = model(fields);
      return new Proposal(
          governance.genesis(),
          joined,
          change,
          files.candidate(model, fields.text("licence")),
          claims(model),
          source.orElse("the proposer's store, " + ledger.now()),
          governance.incumbent(),
          List.of(),
          floor.isPresent()
              ? OptionalInt.of(Math.toIntExact(floor.getAsLong()))
              : OptionalInt.empty());
    } catch (ModelStoreException refused) {
      throw new Refused(422, "unfit_file", String.valueOf(refused.getMessage()));
    } catch (IllegalArgumentException wrong) {
      throw OwnerFields.wrong("It cannot be proposed: " + wrong.getMessage() + ".");
    }
  }

  private StoredModel model(OwnerFields fields) throws Refused, ModelStoreException {
    Optional<String> file = fields.text("file");
    Optional<String> model = fields.text("model");
    if (file.isPresent() == model.isPresent()) {
      throw OwnerFields.wrong("Name either a file or a model of the store.");
    }
    if (model.isPresent()) {
      return files.stored(model.get());
    }
    try {
      Path path = Path.of(file.orElseThrow());
      if (!path.isAbsolute()) {
        throw OwnerFields.wrong("file is a whole path, from the root on.");
      }
      return files.keep(path);
    } catch (InvalidPathException malformed) {
      throw OwnerFields.wrong("file is the path of a GGUF file.");
    }
  }

  /// Nothing was measured yet, and nothing rests on it: the least that a claim can say.
  private static Proposal.Claims claims(StoredModel model) {
    return new Proposal.Claims(
        Math.ceilDiv(model.bytes(), MEBIBYTE), OptionalLong.empty(), 0, 1, List.of());
  }
}
