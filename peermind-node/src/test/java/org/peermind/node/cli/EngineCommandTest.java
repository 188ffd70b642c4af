// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.ModelInspection;

/// The engine's libraries and the memory planner as their owner types them.
class EngineCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private record Ran(int exit, String out, String err) {}

  private Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--home";
    all[arguments.length + 1] = directory.resolve("home").toString();
    int exit = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void showsTheBundledEngine_withoutMakingAHome() throws Exception {
    Ran status = run("engine", "status", "--json");

    assertThat(status.exit()).as(status.err()).isZero();
    JsonNode facts = JSON.readTree(status.out());
    assertThat(facts.path("build").asText()).isEqualTo("b4916 (c6af2161)");
    assertThat(facts.path("source").asText()).isEqualTo("bundled");
    assertThat(facts.path("variant").isNull()).isTrue();
    assertThat(facts.path("guards")).hasSize(5);
    assertThat(facts.path("devices").get(0).path("kind").asText()).isEqualTo("cpu");
    assertThat(facts.path("devices").get(0).path("free_bytes").asLong()).isPositive();
    assertThat(run("engine", "status").out())
        .contains("libraries  llama.cpp b4916, bundled", "profile    b4916", "device     CPU ");
    assertThat(directory.resolve("home")).doesNotExist();
  }

  @Test
  void saysWhatIsWrongWithAFolder() {
    Ran absent = run("engine", "status", "--native-dir", directory.resolve("none").toString());
    assertThat(absent.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(absent.err()).contains("correct engine.native-dir or --native-dir").hasLineCount(1);

    Ran install = run("engine", "install", "--from", directory.resolve("none.tgz").toString());
    assertThat(install.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(install.err()).contains("There is no file or folder");

    assertThat(run("engine", "install", "--variant", "abacus").exit())
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(run("engine", "remove").out()).contains("No libraries were installed");
  }

  @Test
  void plansTheDemoModel() throws Exception {
    String demo = demo().toString();

    assertThat(run("model", "plan", demo).out()).startsWith("It fits. It needs 0.");
    JsonNode facts = JSON.readTree(run("model", "plan", demo, "--json").out());
    assertThat(facts.path("fits").asBoolean()).isTrue();
    assertThat(facts.path("gpu_layers").asInt()).isZero();
    assertThat(facts.path("total_bytes").asLong())
        .isEqualTo(
            facts.path("weights_bytes").asLong()
                + facts.path("tokens_bytes").asLong()
                + facts.path("compute_bytes").asLong());
    assertThat(run("model", "plan", demo, "--slots", "99").exit()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(run("model", "plan", directory.resolve("none").toString()).exit())
        .isEqualTo(ExitCode.FAILED);
  }

  /// The whole way of an owner, through the npm of this machine.
  @Test
  @Tag("interop")
  void installsThroughNpm_showsAndRemoves() throws Exception {
    Ran installed = run("engine", "install");
    assertThat(installed.exit()).as(installed.err()).isZero();
    assertThat(installed.err()).contains("fetching @node-llama-cpp/linux-x64@3.22.1", "unpacking:");
    assertThat(installed.out()).contains("Installed v0.5.0 (0.5.0-dev) in ");

    JsonNode facts = JSON.readTree(run("engine", "status", "--json").out());
    assertThat(facts.path("source").asText()).isEqualTo("installed");
    assertThat(facts.path("variant").asText()).isEqualTo("cpu");
    assertThat(facts.path("profile").asText()).isEqualTo("v0.5.0");
    assertThat(run("doctor").out())
        .contains("this machine: llama.cpp 0.5.0 for CPU, installed", "ok     device CPU");

    assertThat(run("engine", "remove").out()).startsWith("Removed;");
    assertThat(JSON.readTree(run("engine", "status", "--json").out()).path("source").asText())
        .isEqualTo("bundled");
  }

  private Path demo() throws Exception {
    Path file = directory.resolve("demo.gguf");
    try (InputStream resource =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(resource, file);
    }
    return file;
  }
}
