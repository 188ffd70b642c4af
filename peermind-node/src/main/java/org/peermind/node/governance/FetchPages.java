// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.peermind.model.ModelStoreException;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.api.OwnerPage.Refused;
import org.peermind.node.api.OwnerPage.Reply;
import org.peermind.node.blobs.FetchNotice;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Proposal;
import org.peermind.voting.Governance;

/// By which an owner has the node fetch a proposed or adopted model now, and sees how it goes. One
/// at a time.
public final class FetchPages {
  private final NetworkLedger ledger;
  private final ModelExchange exchange;
  private final Executor work;
  private @Nullable Fetching fetching;

  /// How far a fetch is.
  private static final class Fetching {
    private final Proposal.Candidate candidate;
    private String state = "running";
    private String said = "It looks for nodes that give it.";
    private int chunks;
    private int chunksOfAll;

    Fetching(Proposal.Candidate candidate) {
      this.candidate = candidate;
    }

    synchronized void hear(FetchNotice notice) {
      switch (notice) {
        case FetchNotice.Progress(int there, int all) -> {
          chunks = there;
          chunksOfAll = all;
          said = "%d of %d chunks are there.".formatted(there, all);
        }
        case FetchNotice.PeerDropped(var _, String sentence) -> said = sentence;
        case FetchNotice.Waiting(String sentence) -> said = sentence;
        case FetchNotice.GoesOn() -> said = "It goes on.";
      }
    }

    synchronized void ends(String how, String sentence) {
      state = how;
      said = sentence;
    }

    synchronized boolean isRunning() {
      return state.equals("running");
    }

    synchronized ObjectNode json() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("name", candidate.name())
          .put("sha256", candidate.ggufSha256().hex())
          .put("bytes", candidate.ggufBytes())
          .put("state", state)
          .put("said", said)
          .put("chunks", chunks)
          .put("chunks_of_all", chunksOfAll);
    }
  }

  /// @param work runs a fetch, which takes long
  public FetchPages(NetworkLedger ledger, ModelExchange exchange, Executor work) {
    this.ledger = ledger;
    this.exchange = exchange;
    this.work = work;
  }

  public List<OwnerPage> pages() {
    return List.of(
        new OwnerPage("POST", "models/fetch", this::begin),
        new OwnerPage("GET", "models/fetching", _ -> shown()));
  }

  private synchronized Reply begin(OwnerPage.Request request) throws Refused {
    String wanted =
        OwnerFields.of(request.body(), "model")
            .text("model")
            .orElseThrow(() -> OwnerFields.wrong("model names what is to be fetched."));
    Proposal.Candidate candidate = candidate(VotePages.governance(ledger), wanted);
    Fetching before = fetching;
    boolean isSame = before != null && before.candidate.ggufSha256().equals(candidate.ggufSha256());
    if (before != null && before.isRunning()) {
      if (isSame) {
        return Reply.json(before.json());
      }
      throw new Refused(
          409, "busy", "The node fetches %s now; wait for it.".formatted(before.candidate.name()));
    }
    Fetching begun = new Fetching(candidate);
    fetching = begun;
    work.execute(() -> run(begun));
    return Reply.json(begun.json());
  }

  private void run(Fetching one) {
    try {
      exchange.fetch(one.candidate, one::hear);
      one.ends("done", "It is in the node's store.");
    } catch (ModelStoreException refused) {
      one.ends("failed", String.valueOf(refused.getMessage()));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      one.ends("failed", "The node was stopped; fetch it again to go on.");
    } catch (RuntimeException bug) {
      one.ends("failed", "The fetch failed unexpectedly; try it again.");
      throw bug;
    }
  }

  private synchronized Reply shown() throws Refused {
    Fetching known = fetching;
    if (known == null) {
      throw new Refused(404, "nothing", "Nothing was fetched since the node started.");
    }
    return Reply.json(known.json());
  }

  /// A proposal by its id, or a model by its hash or name.
  private static Proposal.Candidate candidate(Governance governance, String wanted) throws Refused {
    if (wanted.matches("[0-9a-f]{64}")) {
      Optional<Proposal.Candidate> named = governance.candidate(new ModelHash(wanted));
      if (named.isPresent()) {
        return named.get();
      }
    }
    return governance
        .proposal(VotePages.proposal(governance, wanted))
        .orElseThrow(() -> OwnerFields.wrong("this proposal is over."))
        .candidate();
  }
}
