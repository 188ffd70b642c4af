// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/// OpenAI's official npm client, installed from its lock file, with our script of checks beside it.
public final class OpenAiClient {
  private static final Path SOURCES = Path.of("src/interop/openai-client");
  private static final Path INSTALLED = Path.of("target/interop/openai-client");

  private OpenAiClient() {}

  /// Installs the client and runs the checks against the API at `baseUrl`.
  public static ExternalTool.Output check(String baseUrl, String model, String... options)
      throws IOException, InterruptedException {
    Files.createDirectories(INSTALLED);
    for (String file : List.of("package.json", "package-lock.json", "openai-client.mjs")) {
      Files.copy(
          SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    ExternalTool.Output installed =
        ExternalTool.run(INSTALLED, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    assertThat(installed.exitCode()).as(installed.text()).isZero();
    List<String> command = new ArrayList<>(List.of("node", "openai-client.mjs", baseUrl, model));
    command.addAll(List.of(options));
    return ExternalTool.run(INSTALLED, command.toArray(String[]::new));
  }
}
