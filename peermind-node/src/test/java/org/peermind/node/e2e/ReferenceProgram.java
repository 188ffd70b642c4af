// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.peermind.inference.Natives;

/// The C program that the engine is measured against, compiled by gcc and running: the same shared
/// library, the same model file, greedy, one context of one sequence and one of several.
final class ReferenceProgram implements AutoCloseable {
  private static final Path SOURCE = Path.of("src", "test", "c", "llama_reference.c");

  private static final Pattern SPACE = Pattern.compile(" ");

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter questions;

  private ReferenceProgram(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.questions = process.outputWriter(StandardCharsets.UTF_8);
  }

  /// One run as the program saw it.
  ///
  /// @param toFirst until every sequence had its first token
  /// @param cpu of the whole process
  /// @param firstAnswerHash FNV-1a of the first answer's text
  record Run(
      Duration wall,
      Duration toFirst,
      Duration cpu,
      int promptTokens,
      int answerTokens,
      long firstAnswerHash) {}

  static ReferenceProgram start(
      Path scratch, Natives natives, Path model, int threads, int contextTokens, int sequences)
      throws IOException, InterruptedException {
    Path program = scratch.resolve("llama_reference");
    Process compiler =
        new ProcessBuilder("gcc", "-O2", "-o", program.toString(), SOURCE.toString(), "-ldl")
            .inheritIO()
            .start();
    assertThat(compiler.waitFor()).as("gcc's exit code").isZero();
    boolean bundled = natives.source() == Natives.Source.BUNDLED;
    Process process =
        new ProcessBuilder(
                program.toString(),
                natives.library().toString(),
                bundled ? "b4916" : "v0.5.0",
                natives.backends().map(Path::toString).orElse("-"),
                model.toString(),
                Integer.toString(threads),
                Integer.toString(contextTokens),
                Integer.toString(sequences))
            .redirectError(Files.createTempFile(scratch, "reference-", ".err").toFile())
            .start();
    ReferenceProgram started = new ReferenceProgram(process);
    assertThat(started.answers.readLine()).isEqualTo("ready");
    return started;
  }

  Run answer(int tokens, List<String> prompts) throws IOException {
    questions.write(tokens + "\t" + String.join("\t", prompts) + "\n");
    questions.flush();
    String line = answers.readLine();
    assertThat(line).as("the C program's figures").isNotNull();
    List<Long> fields = SPACE.splitAsStream(line).map(Long::parseUnsignedLong).toList();
    return new Run(
        Duration.ofNanos(fields.get(0)),
        Duration.ofNanos(fields.get(1)),
        Duration.ofNanos(fields.get(2)),
        fields.get(3).intValue(),
        fields.get(4).intValue(),
        fields.get(6));
  }

  /// FNV-1a as the program computes it.
  static long hash(String text) {
    long hash = Long.parseUnsignedLong("14695981039346656037");
    for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ Byte.toUnsignedInt(unit)) * 1_099_511_628_211L;
    }
    return hash;
  }

  @Override
  public void close() throws IOException {
    questions.close();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException hurry) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
