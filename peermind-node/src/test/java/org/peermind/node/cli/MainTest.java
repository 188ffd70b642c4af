// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands as a person types them, in this process (design section 14: exit codes).
class MainTest {
  @TempDir private Path directory;

  private record Ran(int exit, String out, String err) {
    /// A failure is one sentence on standard error and nothing on standard output.
    void failsWith(int expected, String sentence) {
      assertThat(err.strip()).contains(sentence).doesNotContain("\tat ");
      assertThat(err.strip().lines()).hasSize(1);
      assertThat(out).isEmpty();
      assertThat(exit).isEqualTo(expected);
    }
  }

  private static Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  private String home(String name) {
    return directory.resolve(name).toString();
  }

  private Ran init(String name, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("init", "--home", home(name), "--place", "37.2,-3.6"));
    arguments.addAll(List.of(options));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void printsVersionAndHelp() {
    assertThat(run("--version").out()).startsWith("peermind ");
    assertThat(run("--help").out()).contains("init", "up", "invite", "join", "status", "ask");
    assertThat(run().exit()).isZero();
    for (String command :
        new String[] {
          "demo", "init", "up", "invite", "join", "status", "ask", "chat", "model", "engine",
          "doctor"
        }) {
      Ran help = run(command, "--help");
      assertThat(help.exit()).as(command).isZero();
      assertThat(help.out()).as(command).contains("Usage: peermind " + command);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "up --nonsense",
        "ask",
        "join",
        "ask --max-tokens many Hi",
        "ask --temperature warm Hi",
        "model inspect",
        "init --place"
      })
  void exitsWithTwo_whenUsedWrongly(String line) {
    Ran ran = run(line.split(" "));
    assertThat(ran.exit()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).isNotBlank().doesNotContain("\tat ");
    assertThat(ran.out()).isEmpty();
  }

  @Test
  void initWritesANode_once() {
    Ran first = init("referee", "--role", "referee");
    assertThat(first.exit()).as(first.err()).isZero();
    assertThat(first.out()).contains("Node ", "peermind invite");
    init("referee", "--role", "referee").failsWith(1, "exists already; edit it");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--network=My Net",
        "--role=wizard",
        "--place=north",
        "--api=4478",
        "--listen=here",
        "--public-address=there"
      })
  void initRefusesWrongValues_andWritesNothing(String option) {
    Ran ran = run("init", "--home", home("wrong"), "--role", "referee", option);
    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err().strip().lines()).hasSize(1);
    assertThat(directory.resolve("wrong")).doesNotExist();
  }

  @Test
  void initRefusesAModelThatCannotBeServed_andWritesNothing() throws Exception {
    Path text = Files.writeString(directory.resolve("text.gguf"), "This is no model.");
    for (String file : new String[] {home("absent.gguf"), text.toString()}) {
      init("inferer", "--role", "inferer", "--model", file)
          .failsWith(1, Path.of(file).getFileName().toString());
      assertThat(directory.resolve("inferer")).doesNotExist();
    }
  }

  private String invitation() {
    assertThat(init("referee", "--role", "referee", "--network", "friends").exit()).isZero();
    Ran invited = run("invite", "--home", home("referee"), "--address", "192.0.2.1:4477");
    assertThat(invited.exit()).as(invited.err()).isZero();
    return invited.out().strip();
  }

  @Test
  void joinRemembersTheRefereeOfAnInvitation() throws Exception {
    Ran joined = run("join", "--home", home("user"), "--place", "1,2", invitation());
    assertThat(joined.exit()).as(joined.err()).isZero();
    assertThat(Files.readString(directory.resolve("user/peermind.yaml")))
        .contains("network: friends", "192.0.2.1:4477");
    assertThat(run("join", "--home", home("user"), invitationAgain()).exit()).isZero();
  }

  @Test
  void joinAddsASecondReferee() throws Exception {
    assertThat(run("join", "--home", home("user"), invitation()).exit()).isZero();
    assertThat(init("second", "--role", "referee", "--network", "friends").exit()).isZero();
    String line =
        run("invite", "--home", home("second"), "--address", "192.0.2.2:4477").out().strip();
    Ran joined = run("join", "--home", home("user"), line);
    assertThat(joined.exit()).as(joined.err()).isZero();
    assertThat(Files.readString(directory.resolve("user/peermind.yaml")))
        .contains("192.0.2.1:4477", "192.0.2.2:4477");
    assertThat(Files.readAllLines(directory.resolve("user/invitation"))).hasSize(2).contains(line);
  }

  @Test
  void oneInvitationNamesEveryRefereeThatTheInvitingOneTrusts() throws Exception {
    String first = invitation();
    assertThat(init("second", "--role", "referee", "--network", "friends").exit()).isZero();
    assertThat(run("join", "--home", home("second"), first).exit()).isZero();
    String line =
        run("invite", "--home", home("second"), "--address", "192.0.2.2:4477").out().strip();
    Ran joined = run("join", "--home", home("user"), line);
    assertThat(joined.exit()).as(joined.err()).isZero();
    assertThat(Files.readString(directory.resolve("user/peermind.yaml")))
        .contains("192.0.2.1:4477", "192.0.2.2:4477");
  }

  private String invitationAgain() {
    return run("invite", "--home", home("referee"), "--address", "192.0.2.1:4477").out().strip();
  }

  @Test
  void joinRefusesWhatIsNoInvitation() {
    String line = invitation();
    run("join", "--home", home("user"), "hello").failsWith(1, "peermind://join/");
    String cut = line.substring(0, line.length() - 9);
    assertThat(run("join", "--home", home("user"), cut).exit()).isEqualTo(1);
    char last = line.charAt(line.length() / 2);
    String changed = line.replace(last, last == 'a' ? 'b' : 'a');
    assertThat(run("join", "--home", home("user"), changed).exit()).isEqualTo(1);
    assertThat(directory.resolve("user")).doesNotExist();
  }

  @Test
  void inviteSaysWhatIsMissing() {
    assertThat(init("referee", "--role", "referee").exit()).isZero();
    run("invite", "--home", home("referee")).failsWith(1, "Say how others reach this referee");
    run("invite", "--home", home("referee"), "--address", "nowhere")
        .failsWith(1, "--address is to be host:port");
    for (String span : new String[] {"0s", "366d", "999999999d"}) {
      run("invite", "--home", home("referee"), "--address", "a:1", "--valid", span)
          .failsWith(2, "--valid is to be more than nothing and at most 365d.");
    }
    run("invite", "--home", home("referee"), "--address", "a:1", "--valid", "soon")
        .failsWith(1, "--valid is to be a time such as");
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "up", "invite", "ask Hi", "chat"})
  void saysWhatToDo_whenThereIsNoConfiguration(String command) {
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    arguments.addAll(1, List.of("--home", home("none")));
    run(arguments.toArray(String[]::new)).failsWith(1, "`peermind init` writes a first");
  }

  @Test
  void doctorCountsItsFindingsOnStandardError() throws Exception {
    Ran none = run("doctor", "--home", home("none"));
    assertThat(none.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(none.out()).contains("WRONG  no configuration at ");
    assertThat(none.err()).matches("1 thing is wrong\\.\\R|\\d+ things are wrong\\.\\R");

    assertThat(run("join", "--home", home("user"), invitation()).exit()).isZero();
    Files.writeString(directory.resolve("user/identity.key"), "damaged");
    Ran damaged = run("doctor", "--home", home("user"));
    assertThat(damaged.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(damaged.out().lines().filter(each -> each.contains("identity.key"))).hasSize(1);
  }

  /// A node's API that answers everything with one status and body.
  private Ran against(int status, String body, String... command) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    try {
      String api = "127.0.0.1:" + server.getAddress().getPort();
      String name = "node" + server.getAddress().getPort();
      assertThat(init(name, "--role", "referee", "--api", api).exit()).isZero();
      List<String> arguments = new ArrayList<>(List.of(command));
      arguments.addAll(1, List.of("--home", home(name)));
      return run(arguments.toArray(String[]::new));
    } finally {
      server.stop(0);
    }
  }

  @Test
  void statusPrintsFacts_alsoAsJson() throws Exception {
    String facts = "{\"short\":\"abc\",\"roles\":[\"referee\"],\"queries\":{\"asked\":3}}";
    Ran json = against(200, facts, "status", "--json");
    JsonNode parsed = new ObjectMapper().readTree(json.out());
    assertThat(parsed.path("queries").path("asked").asInt()).isEqualTo(3);
    assertThat(against(200, facts, "status").out()).contains("Node abc", "3 asked");
  }

  @Test
  void commandsTellTheNodesRefusal_withTheRightExitCode() throws Exception {
    String error = "{\"error\":{\"message\":\"The sun has set.\"}}";
    against(401, error, "status", "--json").failsWith(ExitCode.FAILED, "The sun has set.");
    against(503, error, "ask", "Hi").failsWith(ExitCode.NO_POWER_OR_CAPACITY, "The sun has set.");
    against(400, error, "ask", "--model", "demo", "Hi")
        .failsWith(ExitCode.FAILED, "The sun has set.");
    against(200, "<html>", "status").failsWith(ExitCode.FAILED, "is no Peermind node");
    against(200, "{\"data\":[]}", "ask", "Hi")
        .failsWith(ExitCode.NO_POWER_OR_CAPACITY, "No inferer of the network serves a model now.");
  }

  @Test
  void askPrintsNothingThatSteersTheTerminal() throws Exception {
    String stream =
        """
        data: {"choices":[{"delta":{"content":"a\\u001b[2Jb\\r\\u009b\\tc\\n"}}]}

        data: {"choices":[{"delta":{"content":"d"}}]}

        data: [DONE]
        """;
    Ran ran = against(200, stream, "ask", "--model", "demo", "Hi");
    assertThat(ran.out()).isEqualTo("a[2Jb\tc\nd" + System.lineSeparator());
    assertThat(ran.exit()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "no_power, 3",
    "no_capacity, 3",
    "no_user_slot, 3",
    "no_referee, 3",
    "inferer_failed, 1",
    "context_too_long, 1"
  })
  void askTellsByItsExit_whetherABrokenOffAnswerIsWorthAskingAgain(String code, int exit)
      throws Exception {
    String stream = "data: {\"error\":{\"message\":\"Broken off.\",\"code\":\"" + code + "\"}}\n\n";
    Ran ran = against(200, stream, "ask", "--model", "demo", "Hi");
    assertThat(ran.err()).contains("Broken off.");
    assertThat(ran.exit()).isEqualTo(exit);
  }

  @Test
  void saysThatNoNodeRuns() throws Exception {
    int free;
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    assertThat(init("idle", "--role", "referee", "--api", "127.0.0.1:" + free).exit()).isZero();
    run("status", "--home", home("idle")).failsWith(1, "start it with `peermind up`");
  }

  @Test
  void modelInspectRefusesWhatIsNoModel_inOneSentence() throws Exception {
    Path file = Files.writeString(directory.resolve("x.gguf"), "no model");
    assertThat(run("model", "inspect", file.toString()))
        .satisfies(ran -> ran.failsWith(1, "x.gguf"));
    run("model", "inspect", home("absent.gguf")).failsWith(1, "absent.gguf");
  }
}
