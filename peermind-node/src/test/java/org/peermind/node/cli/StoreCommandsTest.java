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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;

/// The model store as its owner types it.
class StoreCommandsTest {
  @TempDir private Path directory;
  private Path demo;

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void takeTheDemoModel() throws Exception {
    demo = directory.resolve("demo.gguf");
    try (InputStream resource =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(resource, demo);
    }
  }

  private Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all = new String[arguments.length + 3];
    all[0] = "model";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 2] = "--home";
    all[all.length - 1] = directory.resolve("home").toString();
    int exit = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void importsListsVerifiesAndPrunesAModel() throws Exception {
    String hash = ModelDigest.sha256(demo).hex();

    assertThat(run("list").out()).contains("The store is empty");
    Ran imported = run("import", demo.toString(), "--sha256", hash);
    assertThat(imported.exit()).isZero();
    assertThat(imported.out()).contains("file: sha256:" + hash);
    assertThat(imported.err()).contains("copying: 100 %", "checking: 100 %");

    JsonNode listed = new ObjectMapper().readTree(run("list", "--json").out());
    assertThat(listed.get(0).get("sha256").asText()).isEqualTo(hash);
    assertThat(listed.get(0).get("served").asBoolean()).isFalse();
    assertThat(run("verify").out().strip()).isEqualTo(hash + " ok");

    assertThat(run("prune", "--dry-run").out()).contains("would delete");
    assertThat(run("list").out()).contains(hash.substring(0, 12));
    assertThat(run("prune").out()).contains("deleted", "freed 2.");
    assertThat(run("list").out()).contains("The store is empty");
  }

  @Test
  void keepsTheModelThatTheNodeServes() throws Exception {
    run("import", demo.toString());
    Path config = directory.resolve("home/peermind.yaml");
    Files.writeString(
        config,
        """
        network: home
        roles: [referee]
        place: {latitude: 1, longitude: 2}
        model: {file: "sha256:%s"}
        """
            .formatted(ModelDigest.sha256(demo).hex()));

    assertThat(run("prune").out()).contains("Nothing to delete.");
    assertThat(run("list").out()).contains("(served)");

    Files.writeString(config, "network: [");
    Ran unknown = run("prune");
    assertThat(unknown.exit()).isEqualTo(1);
    assertThat(unknown.err().strip().lines()).hasSize(1);
  }

  @Test
  void saysWhatIsWrongInOneSentence() throws Exception {
    Path text = Files.writeString(directory.resolve("text.gguf"), "no model");

    assertThat(run("import", text.toString()).err()).contains("no model that can be used");
    assertThat(run("import", directory.resolve("absent").toString()).err())
        .contains("There is no file");
    assertThat(run("import", demo.toString(), "--sha256", "00").exit()).isEqualTo(2);
    assertThat(run("import", demo.toString(), "--sha256", "0".repeat(64)).err())
        .contains("was not kept");
    assertThat(run("import", "ftp://a/b").err()).contains("https://");
    assertThat(run("verify", "unknown").exit()).isEqualTo(1);
    run("import", demo.toString());
    Path stored = directory.resolve("home/models/" + ModelDigest.sha256(demo).hex() + ".gguf");
    byte[] bytes = Files.readAllBytes(stored);
    bytes[bytes.length - 1] ^= 1;
    Files.write(stored, bytes);
    Ran changed = run("verify");
    assertThat(changed.exit()).isEqualTo(1);
    assertThat(changed.err()).contains("is not what its name says any more");
    assertThat(run("prune", "--damaged").out()).contains("deleted");
  }
}
