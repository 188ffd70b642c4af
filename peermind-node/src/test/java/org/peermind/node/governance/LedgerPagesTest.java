// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.InclusionProof;
import org.peermind.ledger.SignedNote;
import org.peermind.ledger.TreeHash;
import org.peermind.node.api.OwnerPage;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Role;
import org.peermind.protocol.ServedModel;
import org.peermind.referee.NetworkSnapshot;
import org.peermind.referee.Presence;
import org.peermind.telemetry.EventLog;
import org.peermind.testkit.VirtualClock;

/// The pages by which an owner begins the ledger and anybody verifies it.
@Timeout(30)
final class LedgerPagesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ServedModel SMALL = model("1", "small");

  @TempDir private Path directory;

  private final VotedLedger voted = new VotedLedger();
  private final List<NetworkSnapshot.NodeRow> attached = new ArrayList<>();
  private NodeLedger ledger;

  private static ServedModel model(String digit, String name) {
    return new ServedModel(new ModelHash(digit.repeat(64)), name, 2_048);
  }

  @BeforeEach
  void open() throws Exception {
    ledger =
        NodeLedger.open(
            directory,
            VotedLedger.NETWORK,
            voted.writer,
            Set::of,
            new VirtualClock(VotedLedger.START),
            EventLog.none());
  }

  @AfterEach
  void close() throws Exception {
    ledger.close();
  }

  private static NetworkSnapshot.NodeRow row(NodeId node, Presence presence, ServedModel model) {
    return new NetworkSnapshot.NodeRow(
        node,
        Set.of(Role.INFERER),
        new PlaceCell("eyt"),
        presence,
        Optional.empty(),
        Optional.empty(),
        OptionalDouble.empty(),
        "",
        2,
        2,
        List.of(model),
        Optional.of(Duration.ZERO),
        false,
        false,
        false,
        "L1",
        Optional.empty(),
        Optional.empty());
  }

  private JsonNode begin(String wishes) throws Exception {
    LedgerBeginning beginning =
        new LedgerBeginning(
            VotedLedger.NETWORK,
            ledger,
            () -> new NetworkSnapshot(Instant.EPOCH, attached, 0, 0, 0, 0, 0, 0));
    return JSON.readTree(
        beginning
            .page()
            .answering()
            .answer(new OwnerPage.Request(Map.of(), JSON.readTree(wishes)))
            .text());
  }

  private OwnerPage.Reply get(String path, Map<String, String> query) throws Exception {
    OwnerPage found =
        new LedgerPages(ledger)
            .pages().stream().filter(page -> page.path().equals(path)).findFirst().orElseThrow();
    return found.answering().answer(new OwnerPage.Request(query, JSON.createObjectNode()));
  }

  private void refuses(String wishes, String sentence) {
    assertThatThrownBy(() -> begin(wishes))
        .isInstanceOf(OwnerPage.Refused.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void beginsWithAllWhoAreAttached_andTheModelTheyServe() throws Exception {
    attached.add(row(voted.voters.get(0).id(), Presence.READY, SMALL));
    attached.add(row(voted.voters.get(1).id(), Presence.LOW, SMALL));
    attached.add(row(voted.voters.get(2).id(), Presence.GONE, model("2", "other")));

    JsonNode begun = begin("{\"period_seconds\":120,\"stage_seconds\":60,\"items\":20}");

    assertThat(begun.path("members").size()).isEqualTo(2);
    assertThat(begun.path("incumbent").asText()).isEqualTo(SMALL.hash().hex());
    assertThat(begun.path("writer").asText()).isEqualTo(voted.writer.id().toString());
    var rules = ledger.governance().orElseThrow().rules();
    assertThat(rules.voting()).isEqualTo(Duration.ofMinutes(2));
    assertThat(rules.stage()).isEqualTo(Duration.ofMinutes(1));
    assertThat(rules.readiness()).isEqualTo(Duration.ofMinutes(30));
    assertThat(rules.items()).isEqualTo(20);
    assertThat(rules.licences()).contains("Apache-2.0", "MIT");
    assertThat(ledger.isWriter()).isTrue();
    refuses("{}", "has a ledger already");
  }

  @Test
  void refusesWithOneSentence_whatCannotBegin() throws Exception {
    refuses("{}", "No inferer is attached");
    attached.add(row(voted.voters.get(0).id(), Presence.READY, SMALL));
    attached.add(row(voted.voters.get(1).id(), Presence.READY, model("2", "large")));
    refuses("{}", "The members serve different models (large, small)");
    refuses("{\"rules\":\"mine\"}", "\"bootstrap\" or \"usual\"");
    refuses("{\"perod_seconds\":120}", "its fields are members");
    refuses("{\"members\":[\"me\"]}", "no node id");
    refuses("{\"incumbent\":\"small\"}", "no SHA-256");
    refuses("{\"incumbent\":\"" + "3".repeat(64) + "\",\"items\":1000000}", "items");
    assertThat(ledger.governance()).isEmpty();

    String named = "{\"members\":[\"" + voted.voters.get(1).id() + "\"],\"rules\":\"usual\"}";
    assertThat(begin(named).path("incumbent").asText()).isEqualTo("2".repeat(64));
    assertThat(ledger.governance().orElseThrow().rules().voting()).isEqualTo(Duration.ofDays(5));
  }

  @Test
  void showsCheckpointEntriesAndProofs_thatVerify() throws Exception {
    assertThatThrownBy(() -> get("ledger/checkpoint", Map.of()))
        .hasMessageContaining("no ledger of its network yet");
    attached.add(row(voted.voters.get(0).id(), Presence.READY, SMALL));
    begin("{}");

    String note = get("ledger/checkpoint", Map.of()).text();
    SignedNote.parse(note.getBytes(StandardCharsets.UTF_8));
    JsonNode entry = JSON.readTree(get("ledger/entries", Map.of()).text()).path("entries").path(0);
    JsonNode proof = JSON.readTree(get("ledger/proof", Map.of("index", "0")).text());
    byte[] contents = Base64.getDecoder().decode(entry.path("contents").asText());

    assertThat(entry.path("type").asText()).isEqualTo("genesis");
    assertThat(TreeHash.leaf(contents).base64()).isEqualTo(proof.path("leafHash").asText());
    new InclusionProof(0, 1, List.of())
        .verify(TreeHash.leaf(contents), TreeHash.ofBase64(proof.path("root").asText()));
    assertThat(note).contains(proof.path("root").asText());
    assertThat(get("ledger/proof", Map.of("from", "1")).text()).contains("\"size2\":1");
    assertThatThrownBy(() -> get("ledger/proof", Map.of("index", "1")))
        .hasMessageContaining("index is a whole number from 0 to 0");
    ObjectNode status = JSON.createObjectNode();
    LedgerStatus.fill(status, ledger);
    assertThat(status.path("size").asLong()).isEqualTo(1);
    assertThat(status.path("written_here").asBoolean()).isTrue();
    assertThat(status.path("since").asText()).isEqualTo("2026-06-21T10:00:00Z");
    assertThat(status.path("voters").asInt()).isEqualTo(1);
  }
}
