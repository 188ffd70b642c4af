// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every form of answers against answers that no device should give: a small part in every build,
/// ten million for each with `mvn verify -Pfuzz`, in a program that has 256 MiB.
final class FormatFuzzTest {
  private static final int BOUNDED_CASES = 10_000;

  static List<String> formats() {
    return FormatFuzz.formats();
  }

  @ParameterizedTest
  @MethodSource("formats")
  void refusesOrReads_whateverComes(String format) throws Exception {
    FormatFuzz.Tally tally = FormatFuzz.run(format, BOUNDED_CASES, 1);

    assertThat(tally.cases()).isEqualTo(BOUNDED_CASES);
    assertThat(tally.read()).isBetween(1L, BOUNDED_CASES - 1L);
  }

  @Test
  @Tag("fuzz")
  void refusesOrReads_tenMillionAnswersOfEachForm_inLittleMemory() throws Exception {
    int cases = Integer.getInteger("peermind.fuzz.cases", 10_000_000);
    int seed = Integer.getInteger("peermind.fuzz.seed", 1_000);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                FormatFuzz.class.getName(),
                Integer.toString(cases),
                Integer.toString(seed))
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    List<String> said = new ArrayList<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(line);
        said.add(line);
      }
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).as(String.join("\n", said)).isZero();
    assertThat(said).filteredOn(line -> line.contains(" cases, ")).hasSize(formats().size());
  }
}
