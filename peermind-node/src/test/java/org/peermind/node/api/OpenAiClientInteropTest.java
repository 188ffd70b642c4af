// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// OpenAI's official npm client against a node with scripted answers. The script also runs against
/// any node: `node openai-client.mjs BASE_URL MODEL`.
@Tag("interop")
@Timeout(300)
final class OpenAiClientInteropTest {
  @Test
  void passesEveryCheckOfTheOfficialClient() throws Exception {
    ScriptedAnswers answers = InteropAnswers.create();
    try (ApiServer server = ApiFixture.start(answers)) {
      ExternalTool.Output checked =
          OpenAiClient.check(server.baseUri().toString(), "demo", "--scripted");

      assertThat(checked.exitCode()).as(checked.text()).isZero();
      assertThat(checked.text()).endsWith("all checks passed\n");
      // The answer that the client aborted was cancelled.
      assertThat(answers.wasClosed("slow")).isTrue();
    }
  }
}
