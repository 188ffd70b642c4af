// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.node.api.OwnerPage;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// How an operator undoes the update in use.
final class UpdatePagesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;
  private VotingTown town;

  @BeforeEach
  void begin() throws Exception {
    town = new VotingTown(directory, 3);
  }

  private JsonNode undo(IdentityKey operator, String body) throws Exception {
    UpdatePages pages = new UpdatePages(town.nodes.getFirst(), operator);
    OwnerPage page = pages.pages().getFirst();
    OwnerPage.Request request = new OwnerPage.Request(Map.of(), JSON.readTree(body));
    return JSON.readTree(page.answering().answer(request).text());
  }

  private void accepts(Digest adapter) {
    town.append(
        new UpdateCheckpoint(
                town.governance.genesis(),
                1,
                VotingTown.OLD,
                Optional.empty(),
                Optional.of(adapter),
                100,
                VotingTown.digest("transcript"),
                "for a test")
            .sign(town.writer));
  }

  @Test
  void theWritersOperatorUndoesTheUpdate_onceAndWithAReason() throws Exception {
    accepts(VotingTown.digest("adapter"));
    JsonNode done = undo(town.writer, "{\"reason\":\"It is rude.\"}");
    assertThat(done.path("entry").asLong()).isEqualTo(town.governance.index());
    assertThat(town.governance.served()).hasValue(VotingTown.OLD);
    assertThat(town.governance.updateRollout().orElseThrow().checkpoint().reason())
        .isEqualTo("It is rude.");
    assertThatThrownBy(() -> undo(town.writer, "{}")).hasMessageContaining("No update is in use");
  }

  @Test
  void nobodyElseUndoesIt_andNoReasonThatCannotBePublishedIsTaken() {
    accepts(VotingTown.digest("adapter"));
    IdentityKey other = town.nodes.getFirst().identity;
    assertThatThrownBy(() -> undo(other, "{}"))
        .isInstanceOf(OwnerPage.Refused.class)
        .hasMessageContaining("Only the referee that writes the ledger");
    assertThatThrownBy(() -> undo(town.writer, "{\"reason\":\"a\\u0000b\"}"))
        .isInstanceOf(OwnerPage.Refused.class)
        .hasMessageContaining("cannot be published");
    assertThat(town.governance.checkpoint()).isPresent();
  }
}
