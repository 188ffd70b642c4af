// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.node.api.ExternalTool;
import org.peermind.node.api.NpmClients;
import org.peermind.node.api.OpenAiClient;
import org.peermind.node.api.OpenAiJavaClient;

/// Issue 2: unchanged clients at a light user's node, whose answers come from real inference in
/// other processes.
@Tag("interop")
@Timeout(300)
class UnchangedClientsIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final double READABLE = 60;

  @BeforeAll
  static void startNetwork() {
    NETWORK.startReferee();
    NETWORK.startInferer("north", Site.sunny(READABLE));
    NETWORK.startInferer("east", Site.sunny(READABLE));
    NETWORK.startUser(TestNetwork.USER);
    NETWORK.awaitReady(2);
  }

  @Test
  void theOfficialOpenAiClientPassesEveryCheck() throws Exception {
    ExternalTool.Output checked =
        OpenAiClient.check(NETWORK.node(TestNetwork.USER).base() + "/v1", TestNetwork.MODEL);

    System.out.print(checked.text());
    assertThat(checked.exitCode()).as(checked.text()).isZero();
    assertThat(checked.text()).endsWith("all checks passed\n");
  }

  @Test
  void openAisJavaClientPassesEveryCheck() throws Exception {
    ExternalTool.Output checked =
        OpenAiJavaClient.check(NETWORK.node(TestNetwork.USER).base() + "/v1", TestNetwork.MODEL);

    System.out.print(checked.text());
    assertThat(checked.exitCode()).as(checked.text()).isZero();
    assertThat(checked.text()).endsWith("all checks passed\n");
  }

  @Test
  void langChainAndTheAiSdkPassEveryCheck() throws Exception {
    ExternalTool.Output checked =
        NpmClients.check(NETWORK.node(TestNetwork.USER).base() + "/v1", TestNetwork.MODEL);

    System.out.print(checked.text());
    assertThat(checked.exitCode()).as(checked.text()).isZero();
    assertThat(checked.text()).endsWith("all checks passed\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat", "modern"})
  void compatcanaryPassesEveryProbe(String profile) throws Exception {
    assertThat(failedProbes(profile)).isEmpty();
  }

  private static List<String> failedProbes(String profile) throws Exception {
    ExternalTool.Output scanned =
        NpmClients.scan(NETWORK.node(TestNetwork.USER).base() + "/v1", TestNetwork.MODEL, profile);
    System.out.print(scanned.text());
    assertThat(scanned.text())
        .contains("| Model discovery | **PASS**")
        .contains("| Chat Completions | **PASS**")
        .contains("| Chat streaming | **PASS**")
        .contains("| Forced tool call | **PASS**")
        .contains("| Strict structured output | **PASS**");
    return Pattern.compile("^\\| ([^|]+) \\| \\*\\*FAIL", Pattern.MULTILINE)
        .matcher(scanned.text())
        .results()
        .map(row -> row.group(1))
        .toList();
  }

  @Test
  void curlStreamsAnAnswer() throws Exception {
    ExternalTool.Output answer =
        ExternalTool.run(
            Path.of("."),
            "curl",
            "-sSN",
            "--max-time",
            "60",
            NETWORK.node(TestNetwork.USER).base() + "/v1/chat/completions",
            "-H",
            "Content-Type: application/json",
            "-d",
            """
            {"model":"peermind-demo","stream":true,"temperature":0,
             "messages":[{"role":"user","content":"What is the capital of Dorrin?"}]}
            """);

    assertThat(answer.exitCode()).as(answer.text()).isZero();
    assertThat(answer.text()).contains("data: {").endsWith("data: [DONE]\n\n");
    assertThat(answer.text()).contains("Tarsin");
  }
}
