// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.governance.Digest;
import org.peermind.voting.Course;

/// The pages by which an owner takes part in votes.
@Timeout(30)
final class VotePagesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LOOK = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private VotingTown town;
  private VotingTown.Node node;
  private Digest vote;

  @BeforeEach
  void begin() throws Exception {
    town = new VotingTown(directory, 3);
    node = town.nodes.getFirst();
    vote = town.propose(1, "small");
  }

  private JsonNode call(String path, String body) throws Exception {
    return call(node.steward, node.identity, node.wishes, path, body);
  }

  private JsonNode call(
      Steward steward, IdentityKey identity, OwnerWishes wishes, String path, String body)
      throws Exception {
    List<OwnerPage> pages = new ArrayList<>(new VotePages(node, identity, wishes, steward).pages());
    OwnerPage page =
        pages.stream().filter(one -> one.path().equals(path)).findFirst().orElseThrow();
    Map<String, String> query =
        page.method().equals("GET") && !body.isEmpty() ? Map.of("vote", body) : Map.of();
    JsonNode posted = JSON.readTree(page.method().equals("POST") ? body : "{}");
    return JSON.readTree(page.answering().answer(new OwnerPage.Request(query, posted)).text());
  }

  private void refuses(String path, String body, String sentence) {
    assertThatThrownBy(() -> call(path, body))
        .isInstanceOf(OwnerPage.Refused.class)
        .hasMessageContaining(sentence);
  }

  private String cast(String ballot) {
    return "{\"vote\":\"%s\",\"ballot\":\"%s\"}".formatted(vote.shortText(), ballot);
  }

  @Test
  void keepsABallotFromTheProposalOn_andSealsItWhenVotingBegins() throws Exception {
    JsonNode kept = call("votes/cast", cast("yes"));

    assertThat(kept.path("step").asText()).isEqualTo("sponsoring");
    assertThat(kept.path("own_ballot").asText()).isEqualTo("small > KEEP");
    town.pass(Duration.ofMinutes(12), LOOK);
    assertThat(town.course(vote).step()).isEqualTo(Course.Step.VOTING);
    JsonNode shown = call("votes/show", "small");
    assertThat(shown.path("ballots_sealed").toString()).contains(node.id().shortText());
    assertThat(shown.path("candidates").path(0).path("measured").path("reports").asInt())
        .isEqualTo(3);
    assertThat(call("votes", "").path("votes").size()).isEqualTo(1);
  }

  @Test
  void refusesBallotsThatCannotBe() throws Exception {
    refuses("votes/cast", cast("tiny > KEEP"), "no candidate tiny");
    refuses("votes/cast", "{\"vote\":\"ffffffff\",\"ballot\":\"yes\"}", "no vote or proposal");
    refuses("votes/cast", "{\"ballot\":\"yes\"}", "vote is missing");
    refuses("votes/cast", "{\"vote\":7,\"ballot\":\"yes\"}", "vote is a text");
    refuses("votes/cast", "{\"vot\":\"x\"}", "a field that this page does not know");
    refuses(
        "votes/cast",
        "{\"vote\":\"small\",\"ballot\":\"no\",\"veto\":\"small\"}",
        "reason is missing");
    refuses(
        "votes/cast",
        "{\"vote\":\"small\",\"ballot\":\"no\",\"reason\":\"It leaks.\"}",
        "A reason is for a veto");
    refuses(
        "votes/cast",
        "{\"vote\":\"small\",\"ballot\":\"no\",\"veto\":\"small\",\"ground\":\"taste\","
            + "\"reason\":\"It leaks.\"}",
        "ground is security or licence");
    IdentityKey stranger = IdentityKey.generate(new SecureRandom());
    OwnerWishes wishes = node.wishes;
    assertThatThrownBy(() -> call(node.steward, stranger, wishes, "votes/cast", cast("yes")))
        .hasMessageContaining("not among the voters");
    assertThat(node.wishes.ballot(vote)).isEmpty();
    town.pass(Duration.ofMinutes(20), LOOK);
    refuses("votes/cast", cast("yes"), "takes no ballots any more");
  }

  @Test
  void keepsAVetoWithItsReason_overARestart() throws Exception {
    call(
        "votes/cast",
        "{\"vote\":\"small\",\"ballot\":\"no\",\"veto\":\"small\",\"ground\":\"licence\","
            + "\"reason\":\"Its data may not be used.\"}");

    OwnerWishes read = OwnerWishes.read(new NodeHome(node.home.directory()));

    assertThat(read.ballot(vote).orElseThrow().objections())
        .isEqualTo(node.wishes.ballot(vote).orElseThrow().objections())
        .hasSize(1);
  }

  @Test
  void hasRecordsWritten_andPassesOnWhyTheyAreNot() throws Exception {
    node.line = VotingTown.Line.CUT;
    refuses("votes/sponsor", "{\"proposal\":\"small\"}", "No referee is reached.");
    node.line = VotingTown.Line.WORKS;
    assertThat(call("votes/sponsor", "{\"proposal\":\"small\"}").path("entry").asLong())
        .isEqualTo(2);
    refuses("votes/sponsor", "{\"proposal\":\"small\"}", "The time of sponsors is over.");
    refuses("votes/vouch", "{\"node\":\"me\"}", "the whole id of a node");
    IdentityKey friend = IdentityKey.generate(new SecureRandom());
    assertThat(call("votes/vouch", "{\"node\":\"" + friend.id() + "\"}").has("entry")).isTrue();
    assertThat(town.governance.roll().isMember(friend.id())).isTrue();
    refuses("votes/vouch", "{\"node\":\"" + friend.id() + "\",\"role\":\"king\"}", "role is");
    refuses("votes/stop", "{\"model\":\"huge\",\"reason\":\"x\"}", "knows no such model");
    refuses("votes/stop", "{\"model\":\"small\"}", "reason is missing");
    assertThat(call("votes/stop", "{\"model\":\"small\",\"reason\":\"It leaks.\"}").has("entry"))
        .isTrue();
  }

  @Test
  void saysWhatAPreferenceWouldDo_andForgetsItAgain() throws Exception {
    town.pass(Duration.ofMinutes(12), LOOK);
    JsonNode would =
        call("votes/prefer", "{\"memory_mib\":600,\"licences\":[\"MIT\"],\"fewest_wh\":true}");

    assertThat(would.path("would").path(0).path("ballot").asText()).isEqualTo("KEEP");
    assertThat(would.path("would").path(0).path("reasons").path(0).asText())
        .contains("takes 700 MiB, and this machine has 600 MiB");
    assertThat(call("votes", "").path("preference").path("memory_mib").asLong()).isEqualTo(600);
    call("votes/prefer", "{\"off\":true}");
    assertThat(node.wishes.preference()).isEmpty();
    refuses("votes/prefer", "{}", "memory_mib");
    refuses("votes/prefer", "{\"memory_mib\":0}", "whole number from 1");
    refuses("votes/prefer", "{\"memory_mib\":1,\"licences\":\"MIT\"}", "a list");
  }

  @Test
  void hasNothingMeasured_whatIsNotDue() throws ConfigException {
    refuses("models/evaluate", "{\"proposal\":\"small\"}", "No report of this node is asked for");
  }
}
