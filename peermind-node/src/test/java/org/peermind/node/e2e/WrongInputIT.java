// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.Invitation;
import org.peermind.testkit.Await;

/// Issue 2: whatever is wrong with a node's files, ports or clock, its owner reads one clear
/// sentence, and nobody else notices.
class WrongInputIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Site SUNNY = Site.sunny(200);
  private static final String DEMO_MODEL = "/org/peermind/model/demo/peermind-demo.gguf";

  @BeforeAll
  static void startNetwork() {
    NETWORK.startReferee();
    NETWORK.startInferer("east", SUNNY);
    NETWORK.startUser(TestNetwork.USER);
    NETWORK.awaitReady(1);
  }

  @AfterEach
  void nothingElseIsDisturbed() {
    assertThat(NETWORK.client(TestNetwork.USER).ask("Tell me a story.", 4).status()).isEqualTo(200);
  }

  @Test
  void yamlThatCannotBeReadIsRefusedWithItsLine() {
    NodeHome home = spoilt("yaml", "light-user", yaml -> yaml + "place: [unclosed\n");
    assertRefused(home, "peermind.yaml, line \\d+: the YAML cannot be read \\(.*\\)\\.");
  }

  @Test
  void anUnknownAdapterIsNamed() {
    NodeHome home =
        spoilt("adapter", "inferer", yaml -> yaml.replace("adapter: replay", "adapter: moonlight"));
    assertRefused(home, ".*moonlight.*simulated.*");
  }

  @Test
  void anUnknownKeyIsNamed() {
    assertRefused(spoilt("key", "light-user", yaml -> "colour: green\n" + yaml), ".*colour.*");
  }

  @Test
  void anApiPortThatIsInUseIsNamed() {
    String taken = NETWORK.client(TestNetwork.USER).base().replace("http://", "");
    NodeHome home =
        spoilt(
            "api-port",
            "light-user",
            yaml -> yaml.replaceFirst("listen: 127.0.0.1:\\d+", "listen: " + taken));
    assertRefused(
        home, ".*" + taken.substring(taken.indexOf(':') + 1) + ".*another program.*api\\.listen.*");
  }

  @Test
  void aPeerPortThatIsInUseIsNamed() {
    String taken = "127.0.0.1:" + NETWORK.peerPort();
    NodeHome home = spoilt("peer-port", "referee", yaml -> yaml.replace("127.0.0.1:0", taken));
    assertRefused(home, "peer\\.listen: .*program.*" + NETWORK.peerPort() + ".*");
  }

  @Test
  void modelFilesThatAreTruncatedOrNoGgufOrMissingAreRefused() throws IOException {
    Path truncated = NETWORK.directory().resolve("truncated.gguf");
    try (var model = Invitation.class.getResourceAsStream(DEMO_MODEL)) {
      byte[] bytes = model == null ? new byte[0] : model.readAllBytes();
      assertThat(bytes).as("the demo model").hasSizeGreaterThan(100_000);
      Files.write(truncated, Arrays.copyOf(bytes, bytes.length / 2));
    }
    Path text = NETWORK.directory().resolve("text.gguf");
    Files.writeString(text, "This is no model.\n".repeat(100));
    Path missing = NETWORK.directory().resolve("missing.gguf");
    for (Path file : new Path[] {truncated, text, missing}) {
      NodeHome home =
          spoilt(
              "model-" + file.getFileName(),
              "inferer",
              yaml -> yaml.replace("file: demo", "file: " + file));
      assertRefused(home, ".*" + file.getFileName() + ".*");
      assertOneSentence(NETWORK.run("model", "inspect", file.toString()), ".*");
    }
  }

  @Test
  void aCorruptedIdentityKeyIsRefused() throws ConfigException, IOException {
    NodeHome home = spoilt("identity", "light-user", yaml -> yaml);
    String key = Files.readString(home.keyFile());
    char last = key.charAt(key.length() - 3);
    home.write(
        home.keyFile(), key.substring(0, key.length() - 3) + (last == 'a' ? 'b' : 'a') + "\n");
    assertRefused(home, ".*identity.key is damaged; .*");
  }

  @Test
  void anInvitationThatIsDamagedOrForgedIsRefused() throws ConfigException {
    String home = NETWORK.home("newcomer").directory().toString();
    String line =
        Invitation.toLine(NETWORK.invitation().sign(NETWORK.home(TestNetwork.REFEREE).identity()));
    int middle = line.length() / 2;
    String changed =
        line.substring(0, middle)
            + (line.charAt(middle) == 'a' ? 'b' : 'a')
            + line.substring(middle + 1);
    for (String bad : new String[] {"hello", line.substring(0, line.length() - 9), changed}) {
      assertOneSentence(NETWORK.run("join", "--home", home, bad), ".*invitation.*");
    }
    assertThat(NETWORK.home("newcomer").configFile()).doesNotExist();
  }

  @Test
  void aNodeOfAnotherNetworkIsToldSo() {
    spoilt("foreigner", "light-user", yaml -> yaml.replace("network: test", "network: other"));
    NETWORK.up("foreigner");
    assertRefusedByTheReferee("foreigner", ".*network.*");
  }

  @Test
  void aNodeWithoutAnInvitationIsToldSo() throws IOException {
    NodeHome home = spoilt("stranger", "light-user", yaml -> yaml);
    Files.delete(home.invitationFile());
    NETWORK.up("stranger");
    assertRefusedByTheReferee("stranger", ".*invitation.*");
  }

  @Test
  void aClockThatIsAnHourOffIsToldAndDoesNoHarm() {
    spoilt("late", "light-user", yaml -> yaml);
    NodeProcess late = NETWORK.up("late", "-Dpeermind.clock.offset=PT1H");
    Await.until("the word about the clock", PATIENCE, () -> !late.events("clock-skewed").isEmpty());
    System.out.println("clock: " + late.events("clock-skewed").getFirst().path("message"));
    ChatClient.Reply reply = NETWORK.client("late").ask("Tell me a story.", 4);
    System.out.println("clock: " + reply.status() + " " + reply.body());
    assertThat(reply.status()).isEqualTo(200);
    NodeProcess doctor =
        NETWORK.run("doctor", "--home", NETWORK.home("late").directory().toString());
    System.out.println(String.join("\n", doctor.out()));
    assertThat(doctor.out()).anyMatch(line -> line.startsWith("WRONG") && line.contains("clock"));
    assertThat(doctor.exitCode(PATIENCE)).isEqualTo(1);
  }

  /// A home like the others of the network, but for one thing.
  private static NodeHome spoilt(String name, String role, UnaryOperator<String> spoil) {
    NETWORK.configure(name, role, role.equals("inferer") ? Optional.of(SUNNY) : Optional.empty());
    NodeHome home = NETWORK.home(name);
    try {
      home.write(home.configFile(), spoil.apply(Files.readString(home.configFile())));
    } catch (ConfigException | IOException unwritable) {
      throw new AssertionError(unwritable);
    }
    return home;
  }

  private static void assertRefused(NodeHome home, String sentence) {
    assertOneSentence(NETWORK.run("up", "--home", home.directory().toString()), sentence);
  }

  private static void assertOneSentence(NodeProcess command, String sentence) {
    System.out.println(command.exitCode(PATIENCE) + ": " + String.join(" | ", command.err()));
    assertThat(command.exitCode(PATIENCE)).isEqualTo(1);
    assertThat(command.out()).isEmpty();
    assertThat(command.err()).hasSize(1);
    assertThat(command.err().getFirst()).containsPattern(sentence).endsWith(".");
  }

  private static void assertRefusedByTheReferee(String name, String sentence) {
    ChatClient client = NETWORK.client(name);
    Await.until(
        "the referee's reason",
        PATIENCE,
        () -> client.status().path("referees").path(0).has("reason"));
    JsonNode referee = client.status().path("referees").path(0);
    ChatClient.Reply reply = client.ask("Tell me a story.", 4);
    System.out.println(name + ": " + referee.path("reason") + " " + reply.body());
    assertThat(referee.path("reason").asText()).matches(sentence);
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.json().path("error").path("message").asText()).matches(sentence);
    NETWORK.node(name).close();
  }
}
