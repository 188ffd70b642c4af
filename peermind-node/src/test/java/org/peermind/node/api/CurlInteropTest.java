// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the README tells people to type.
@Tag("interop")
@Timeout(60)
final class CurlInteropTest {
  private static final int CURL_TIMED_OUT = 28;
  private static final String ASK =
      "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

  @TempDir private Path directory;
  private final ScriptedAnswers answers = InteropAnswers.create();
  private ApiServer server;

  @BeforeEach
  void start() throws Exception {
    server = ApiFixture.start(answers);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ExternalTool.Output chat(String data, String... options) throws Exception {
    String[] command = new String[options.length + 10];
    System.arraycopy(
        new String[] {
          "curl",
          "--silent",
          "--show-error",
          "--write-out",
          "\n%{http_code}",
          server.baseUri() + "/chat/completions",
          "--header",
          "Content-Type: application/json",
          "--data-binary",
          data
        },
        0,
        command,
        0,
        10);
    System.arraycopy(options, 0, command, 10, options.length);
    return ExternalTool.run(directory, command);
  }

  @Test
  void getsAWholeAnswer() throws Exception {
    ExternalTool.Output output = chat(ASK.formatted("demo", false));

    assertThat(output.exitCode()).isZero();
    assertThat(output.text())
        .contains("\"content\":\"The sun rose 🌞 over the hill.\"")
        .endsWith("\n200");
  }

  @Test
  void getsAStream() throws Exception {
    ExternalTool.Output output = chat(ASK.formatted("demo", true), "--no-buffer");

    assertThat(output.text())
        .contains("data: {\"id\":\"chatcmpl-", "data: [DONE]\n\n")
        .endsWith("\n200");
  }

  @Test
  void readsWhyTenMegabytesAreRefused_announcedOrChunked() throws Exception {
    Files.writeString(directory.resolve("huge.json"), "x".repeat(10 * 1024 * 1024));

    for (String header :
        new String[] {"Expect: 100-continue", "Expect:", "Transfer-Encoding: chunked"}) {
      ExternalTool.Output output = chat("@huge.json", "--header", header);

      assertThat(output.text()).as(header).contains("request_too_large").endsWith("\n413");
    }
  }

  @Test
  void isToldToSendJson_whenItSendsAForm() throws Exception {
    ExternalTool.Output output =
        ExternalTool.run(
            directory,
            "curl",
            "--silent",
            server.baseUri() + "/chat/completions",
            "--data",
            ASK.formatted("demo", false));

    assertThat(output.text()).contains("Content-Type: application/json");
  }

  @Test
  void cancelsTheAnswer_whenItGivesUp() throws Exception {
    ExternalTool.Output output = chat(ASK.formatted("slow", true), "--max-time", "1");

    assertThat(output.exitCode()).isEqualTo(CURL_TIMED_OUT);
    assertThat(answers.wasClosed("slow")).isTrue();
  }
}
