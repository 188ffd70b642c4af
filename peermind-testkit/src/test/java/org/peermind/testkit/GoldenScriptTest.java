// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GoldenScriptTest {
  private static final String SCRIPT = "# Shouting.\n\nhello\n----\nHELLO\n\na\nb\n----\nA\nB\n";

  @TempDir private Path directory = Path.of("");

  @Test
  void runsEachCommandInOrder() throws Exception {
    List<String> commands = new ArrayList<>();

    GoldenScript.replay(
        write(SCRIPT),
        command -> {
          commands.add(command);
          return shout(command);
        },
        false);

    assertThat(commands).containsExactly("hello", "a\nb");
  }

  @Test
  void namesLineAndBothTexts_whenACommandPrintsSomethingElse() throws IOException {
    Path script = write(SCRIPT.replace("A\nB", "A\nC"));

    assertThatThrownBy(() -> GoldenScript.replay(script, GoldenScriptTest::shout, false))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("line 7")
        .hasMessageContaining("A\n  C")
        .hasMessageContaining("A\n  B");
  }

  @Test
  void rewritesOnlyWhatCommandsPrint_whenUpdating() throws Exception {
    Path script = write(SCRIPT.replace("HELLO", "goodbye").replace("A\nB\n", ""));

    GoldenScript.replay(script, GoldenScriptTest::shout, true);

    assertThat(script).hasContent(SCRIPT);
  }

  @Test
  void refusesAScript_thatHoldsNoCommandOrAnUnfinishedOne() throws IOException {
    Path empty = write("# nothing\n");
    assertThatThrownBy(() -> GoldenScript.replay(empty, GoldenScriptTest::shout, false))
        .hasMessageContaining("holds no command");

    Path unfinished = write("hello\n");
    assertThatThrownBy(() -> GoldenScript.replay(unfinished, GoldenScriptTest::shout, false))
        .hasMessageContaining("line 1 has no ----");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("test.script"), text);
  }

  private static String shout(String text) {
    return text.toUpperCase(Locale.ROOT);
  }
}
