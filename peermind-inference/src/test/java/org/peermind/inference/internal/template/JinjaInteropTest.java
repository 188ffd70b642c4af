// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Hugging Face's own renderer for JavaScript expects of our templates what our tests expect.
@Tag("interop")
@Timeout(300)
class JinjaInteropTest {
  private static final Path SOURCES = Path.of("src/interop/jinja");
  private static final Path INSTALLED = Path.of("target/interop/jinja");
  private static final Path SHAPES =
      Path.of("src/test/resources/org/peermind/inference/internal/template");

  @Test
  void agreesWithHuggingFacesRenderer() throws Exception {
    Files.createDirectories(INSTALLED);
    for (String file : List.of("package.json", "package-lock.json", "jinja.mjs")) {
      Files.copy(
          SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");

    assertThat(run("node", "jinja.mjs", SHAPES.toAbsolutePath().toString()))
        .endsWith("49 renderings checked, 0 different\n");
  }

  private static String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(INSTALLED.toFile()).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text;
  }
}
