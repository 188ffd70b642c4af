// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// LangChain, the AI SDK and compatcanary, installed at the versions that their package.json names,
/// with our script of checks beside them.
public final class NpmClients {
  private static final Path SOURCES = Path.of("src/interop/clients");
  private static final Path INSTALLED = Path.of("target/interop/clients");

  private NpmClients() {}

  private static void install() throws IOException, InterruptedException {
    Files.createDirectories(INSTALLED);
    for (String file : List.of("package.json", "clients.mjs")) {
      Files.copy(
          SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    ExternalTool.Output installed =
        ExternalTool.run(
            INSTALLED,
            "npm",
            "install",
            "--no-package-lock",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund");
    assertThat(installed.exitCode()).as(installed.text()).isZero();
  }

  /// Runs the checks of LangChain and the AI SDK against the API at `baseUrl`.
  public static ExternalTool.Output check(String baseUrl, String model)
      throws IOException, InterruptedException {
    install();
    return ExternalTool.run(INSTALLED, "node", "clients.mjs", baseUrl, model);
  }

  /// Runs compatcanary's probes of a profile, `chat` or `modern`.
  public static ExternalTool.Output scan(String baseUrl, String model, String profile)
      throws IOException, InterruptedException {
    install();
    return ExternalTool.run(
        INSTALLED,
        "node",
        "node_modules/compatcanary/src/cli.js",
        "scan",
        "--base-url",
        baseUrl,
        "--model",
        model,
        "--profile",
        profile,
        "--format",
        "markdown",
        "--fail-on",
        "any");
  }
}
