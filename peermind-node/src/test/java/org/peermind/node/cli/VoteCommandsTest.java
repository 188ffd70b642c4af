// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/// What owners type and read about votes.
final class VoteCommandsTest {
  private static final String VOTE =
      """
      {"vote":"0123456789abcdef","short":"0123456789ab","step":"voting","over":false,
       "seconds_left":184,"next":"Voters seal their ballots until then.","voters":3,
       "may_vote":true,"ballots_sealed":["n1","n2"],"ballots_opened":[],"ready":[],
       "sentences":["large: it takes too much energy."],"own":["It waits for your vote."],
       "own_ballot":"small > KEEP",
       "candidates":[{"name":"small\\u001b[2J","short":"0123456789ab","licence":"MIT",
         "bytes":4194304,"change":"major","sponsored":true,"sponsors":[],
         "reports_sealed":["n1"],"reports_opened":["n1"],
         "measured":{"accuracy_permille":850,"energy_permille":[900,880,930],"vram_mib":700,
           "failed":["it is slow."],"labels":[]}}]}
      """;

  private static String shown(String json, boolean isList) throws Exception {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    if (isList) {
      VoteTable.list(new ObjectMapper().readTree(json), out);
    } else {
      VoteTable.show(new ObjectMapper().readTree(json), out);
    }
    out.flush();
    return text.toString();
  }

  @Test
  void readsSizes_asPeopleWriteThem() throws Exception {
    assertThat(VoteCommands.mebibytes("8GB")).isEqualTo(8_192);
    assertThat(VoteCommands.mebibytes(" 700 MiB ")).isEqualTo(700);
    assertThatThrownBy(() -> VoteCommands.mebibytes("lots"))
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("8GB or 700MB");
  }

  @Test
  void showsTimesInTheirTwoLargestUnits() {
    assertThat(VoteTable.span(59)).isEqualTo("59s");
    assertThat(VoteTable.span(184)).isEqualTo("3m04s");
    assertThat(VoteTable.span(7_260)).isEqualTo("2h01m");
    assertThat(VoteTable.span(90_000)).isEqualTo("1d01h");
  }

  @Test
  void showsAVote_withFiguresReasonsAndNothingThatSteersATerminal() throws Exception {
    assertThat(shown(VOTE, false))
        .contains("voting, 3m04s left")
        .contains("85.0 % right, energy 90 % (88 to 93), latency unknown")
        .contains("does not pass: it is slow.")
        .contains("2 of 3 sealed: n1 n2")
        .contains("why          large: it takes too much energy.")
        .contains("this node    It waits for your vote.")
        .contains("your ballot  small > KEEP")
        .doesNotContain("\u001b");
  }

  @Test
  void listsVotes_eachWithWhatThisNodeDoes() throws Exception {
    assertThat(shown("{\"votes\":[" + VOTE + "],\"serving\":\"It serves the network's.\"}", true))
        .contains("0123456789ab  voting           3m04s     2/3")
        .contains("    It waits for your vote.")
        .contains("This node: It serves the network's.");
    assertThat(shown("{\"votes\":[]}", true)).contains("There are no votes.");
  }

  @Test
  void refusesWrongUsage_beforeAnyNodeIsAsked() {
    assertThat(code("vote", "cast", "small", "no", "--veto", "small"))
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(code("vote", "prefer")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(code("vote", "prefer", "--off", "--memory", "8GB")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(code("vote", "prefer", "--memory", "much")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(code("vote", "stop", "small")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(code("model", "propose", "small", "--floor", "0")).isEqualTo(ExitCode.WRONG_USAGE);
  }

  private static int code(String... arguments) {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return Main.run(nowhere, nowhere, arguments);
  }
}
