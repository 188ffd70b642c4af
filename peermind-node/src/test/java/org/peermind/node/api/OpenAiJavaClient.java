// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

/// OpenAI's official Java client, fetched by Maven at the version that its pom names, with our
/// program of checks beside it.
public final class OpenAiJavaClient {
  private static final Path SOURCES = Path.of("src/interop/openai-java").toAbsolutePath();
  private static final Path JARS = Path.of("target/interop/openai-java").toAbsolutePath();

  private OpenAiJavaClient() {}

  /// Fetches the client and runs the checks against the API at `baseUrl`.
  public static ExternalTool.Output check(String baseUrl, String model)
      throws InterruptedException {
    ExternalTool.Output fetched =
        ExternalTool.run(
            SOURCES,
            "mvn",
            "-B",
            "-q",
            "-f",
            SOURCES.resolve("pom.xml").toString(),
            "dependency:copy-dependencies",
            "-DoutputDirectory=" + JARS);
    assertThat(fetched.exitCode()).as(fetched.text()).isZero();
    return ExternalTool.run(
        SOURCES,
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        JARS.resolve("*").toString(),
        "OpenAiJavaCheck.java",
        baseUrl,
        model);
  }
}
