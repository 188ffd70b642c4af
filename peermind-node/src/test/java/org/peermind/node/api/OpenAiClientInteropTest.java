// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// OpenAI's official npm client against a node with scripted answers. The script also runs against
/// any node: `node openai-client.mjs BASE_URL MODEL`.
@Tag("interop")
@Timeout(300)
final class OpenAiClientInteropTest {
  private static final Path SOURCES = Path.of("src/interop/openai-client");
  private static final Path INSTALLED = Path.of("target/interop/openai-client");

  @Test
  void passesEveryCheckOfTheOfficialClient() throws Exception {
    Files.createDirectories(INSTALLED);
    for (String file : new String[] {"package.json", "package-lock.json", "openai-client.mjs"}) {
      Files.copy(
          SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    ExternalTool.Output installed =
        ExternalTool.run(INSTALLED, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    assertThat(installed.exitCode()).as(installed.text()).isZero();

    ScriptedAnswers answers = InteropAnswers.create();
    try (ApiServer server = ApiFixture.start(answers)) {
      ExternalTool.Output checked =
          ExternalTool.run(
              INSTALLED,
              "node",
              "openai-client.mjs",
              server.baseUri().toString(),
              "demo",
              "--scripted");

      assertThat(checked.exitCode()).as(checked.text()).isZero();
      assertThat(checked.text()).endsWith("all checks passed\n");
      // The answer that the client aborted was cancelled.
      assertThat(answers.wasClosed("slow")).isTrue();
    }
  }
}
