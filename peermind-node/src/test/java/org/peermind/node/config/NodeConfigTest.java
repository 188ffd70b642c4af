// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.inference.ApiKey;
import org.peermind.inference.ExternalServer;
import org.peermind.inference.ServerKind;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.Role;
import org.peermind.protocol.federated.OuterChoice;
import org.peermind.protocol.federated.RuleChoice;

class NodeConfigTest {
  private static final String RIGHT =
      """
      network: home
      roles: [referee, inferer]
      place: {latitude: 37.2, longitude: -3.6}
      """;

  @TempDir private Path directory;

  private NodeConfig read(String yaml, Map<String, String> environment) throws Exception {
    Path file = directory.resolve("peermind.yaml");
    Files.writeString(file, yaml);
    return NodeConfig.of(Configuration.read(file, environment));
  }

  private NodeConfig read(String yaml) throws Exception {
    return read(yaml, Map.of());
  }

  private void refuses(String yaml, String sentence) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(ConfigException.class)
        .message()
        .isEqualTo(sentence.replace("FILE", directory.resolve("peermind.yaml").toString()));
  }

  @Test
  void readsTheRuleAndTheRatesOfRounds() throws Exception {
    Federation.Rounds usual = rounds("");
    Federation.Rounds said =
        rounds(", rule: mixed-trimmed-mean, trim: 0.3, rate-falls-over: 20, outer: nesterov");

    assertThat(usual.rateFallsOver()).isEqualTo(8);
    assertThat(usual.outer().kind()).isEqualTo(OuterChoice.Kind.PLAIN);
    assertThat(said.rateFallsOver()).isEqualTo(20);
    assertThat(said.rule().kind()).isEqualTo(RuleChoice.Kind.MIXED_TRIMMED_MEAN);
    assertThat(said.rule().trim()).isEqualTo(0.3);
    assertThat(said.outer().kind()).isEqualTo(OuterChoice.Kind.NESTEROV);
    assertThatThrownBy(() -> rounds(", rate-falls-over: 0"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("rate-falls-over");
  }

  private Federation.Rounds rounds(String options) throws Exception {
    return read(RIGHT + "federated: {rounds: {every: 24h, gate: items.jsonl" + options + "}}\n")
        .federation()
        .rounds()
        .orElseThrow();
  }

  @Test
  void saysThatABinaryFileIsNotText() throws IOException {
    Path file = directory.resolve("peermind.yaml");
    Files.write(file, new byte[] {(byte) 0xFF, (byte) 0xFE, 0});
    assertThatThrownBy(() -> Configuration.read(file, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            file + " is not UTF-8 text; save it as UTF-8, or put it away and run `peermind init`.");
  }

  @Test
  void hasSafeDefaults() throws Exception {
    NodeConfig config = read(RIGHT);
    assertThat(config.network()).isEqualTo(new NetworkName("home"));
    assertThat(config.roles()).containsExactlyInAnyOrder(Role.REFEREE, Role.INFERER);
    assertThat(config.api().listen()).hasToString("127.0.0.1:4478");
    assertThat(config.peer().orElseThrow().listen()).hasToString("0.0.0.0:4477");
    assertThat(config.refereeRules())
        .isEqualTo(
            new NodeConfig.RefereeRules(
                8, Duration.ofSeconds(10), false, true, 200_000, 1_000, false, 0));
    assertThat(config.energyClock().scale()).isEqualTo(1);
    assertThat(config.engine().file()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "network: 'My Net'|network: a network name has 1 to 32 characters of a-z, 0-9 and \"-\".",
        "network: [a]|network is to be a text, not something else.",
        "roles: [wizard]|roles: \"wizard\" is unknown; there are inferer, light-user and referee.",
        "roles: []|roles names none of inferer, light-user and referee.",
        "place: {latitude: 91, longitude: 0}|place.latitude is to be between -90 and 90, not 91.",
        "place: {latitude: .nan, longitude: 0}|place.latitude is to be between -90 and 90, not"
            + " NaN.",
        "place: {latitude: 1}|place needs latitude and longitude in degrees.",
        "place: north|place is to be a section, not north.",
        "api: {listen: 4478}|api.listen is to be host:port, not \"4478\".",
        "api: {listen: 'localhost:65536'}|api.listen is to be host:port, not \"localhost:65536\".",
        "api: {listen: 'http://a:80'}|api.listen is to be host:port, not \"http://a:80\".",
        "api: {listen: '::1:80'}|api.listen is to be host:port, not \"::1:80\".",
        "api: {lisen: 'a:1'}|The configuration has an unknown key \"api.lisen\".",
        "apis: {}|The configuration has an unknown key \"apis\".",
        "peer: {listen: ''}|peer.listen is to be host:port, not \"\".",
        "peer: {public-address: nowhere}|peer.public-address is to be host:port, not \"nowhere\".",
        "model: {slots: 0}|model.slots is to be between 1 and 16, not 0.",
        "model: {slots: 1.5}|model.slots is to be a whole number, not 1.5.",
        "model: {slots: two}|model.slots is to be a number, not two.",
        "model: {name: ' '}|model.name is to have 1 to 100 characters.",
        "model: {tokens-per-second-max: 0}"
            + "|model.tokens-per-second-max is to be between 0.1 and 1000000, not 0.",
        "model: {engine: llamafile}|model.engine is to be native, auto, openai, ollama,"
            + " llama-server, vllm, lm-studio, not \"llamafile\".",
        "model: {engine: ollama}|model.engine: ollama needs model.url and model.model, the model's"
            + " name at the server.",
        "model: {url: 'http://127.0.0.1:1'}|model.url, model.model and model.api-key are for a"
            + " server of your own; set model.engine to auto or to the kind of the server.",
        "model: {engine: auto, url: 'ftp://x', model: m}"
            + "|model: The server's address is to be like http://127.0.0.1:11434.",
        "model: {engine: auto, url: 'http://me:SECRET@x', model: m}|model: The server's address is"
            + " to have no user, query or fragment; a key has its own setting.",
        "model: {engine: auto, url: 'http://x y', model: m}"
            + "|model.url is to be an address like http://127.0.0.1:11434.",
        "energy-clock: {scale: 0.5}|energy-clock.scale is to be between 1 and 10000, not 0.5.",
        "energy-clock: {start: noon}"
            + "|energy-clock.start is to be a time such as 2026-03-20T12:00:00Z, not noon.",
        "referee: {users-per-inferer: 11}"
            + "|referee.users-per-inferer is to be between 5 and 10, not 11.",
        "referee: {report-every: 999ms}|referee.report-every is to be between 1s and 60s.",
        "referee: {report-every: 60001ms}|referee.report-every is to be between 1s and 60s.",
        "referee: {report-every: 10}"
            + "|referee.report-every is to be a time such as 30s, 10m or 7d, not 10.",
        "referee: {require-invitation: maybe}"
            + "|referee.require-invitation is to be true or false, not maybe.",
        "log: {format: xml}|log.format is to be human or json, not xml.",
        "referees: [{node: x, address: 'a:1', port: 2}]"
            + "|The configuration has an unknown key \"referees[0].port\".",
        "referees: [{address: a}]|referees.address is to be host:port, not \"a\".",
        "referees: [5]|referees is to be a list of sections, not 5.",
      })
  void refusesAWrongValue_inOneSentenceThatNamesItsKey(String wrong, String sentence) {
    String key = wrong.substring(0, wrong.indexOf(':'));
    String others =
        RIGHT
            .lines()
            .filter(line -> !line.startsWith(key + ":"))
            .reduce("", (a, b) -> a + b + "\n");
    refuses(others + wrong + "\n", sentence);
  }

  @Test
  void readsAServerOfTheOwnersOwn_andItsKeyFromTheEnvironment() throws Exception {
    NodeConfig config =
        read(
            RIGHT
                + "model: {engine: ollama, url: 'http://127.0.0.1:11434', model: 'llama3.2:1b',"
                + " stop-command: [ollama, stop, 'llama3.2:1b']}\n",
            Map.of("PEERMIND_MODEL_API_KEY", "SECRET-7"));
    ExternalServer server = config.engine().external().orElseThrow();
    assertThat(server.kind()).contains(ServerKind.OLLAMA);
    assertThat(server.model()).isEqualTo("llama3.2:1b");
    assertThat(server.allowRemote()).isFalse();
    assertThat(server.key()).contains(new ApiKey("SECRET-7"));
    assertThat(server.stopCommand()).containsExactly("ollama", "stop", "llama3.2:1b");
    assertThat(config).asString().doesNotContain("SECRET");
  }

  @Test
  void refusesAModelPathThatNoFileCanHave() {
    refuses(RIGHT + "model: {file: \"a\\0b\"}\n", "model.file is to be the path of a GGUF file.");
  }

  @Test
  void refusesWhatIsNoYaml_withItsLine() {
    refuses(
        RIGHT + "api: {listen\n",
        "FILE, line 5: the YAML cannot be read (expected ',' or '}', but" + " got <stream end>).");
    refuses(
        RIGHT + "network: again\n",
        "FILE, line 4: the YAML cannot be read (found duplicate key network).");
    refuses("just a sentence\n", "FILE is to hold keys and values, one to a line.");
    refuses("1: 2\n", "FILE has a key that is not a text: 1.");
  }

  @Test
  void refusesYamlBombs_inOneSentence() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 30; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThatThrownBy(() -> read(bomb.toString())).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> read("a: " + "[".repeat(5_000) + "\n"))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> read("a: &a {b: *a}\n")).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> read("a: !!java.io.File [/]\n")).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> read("a: " + "x".repeat(300_000)))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith("is larger than 256 KiB; it is no configuration.");
  }

  @Test
  void saysWhatToDo_whenThereIsNoFile() {
    assertThatThrownBy(() -> Configuration.read(directory.resolve("none.yaml"), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith("cannot be read; `peermind init` writes a first configuration.");
  }

  @Test
  void refusesALightUserWithoutAReferee() {
    refuses(
        RIGHT.replace("[referee, inferer]", "light-user"),
        "The node knows no referee; run `peermind join` with an invitation first.");
  }

  @Test
  void letsTheEnvironmentReplaceAndAddKeys() throws Exception {
    NodeConfig config =
        read(
            RIGHT.replace("network: home\n", ""),
            Map.of(
                "PEERMIND_NETWORK", "other",
                "PEERMIND_ROLES", "referee,light-user",
                "PEERMIND_API_LISTEN", "[::1]:1",
                "PEERMIND_PLACE_LATITUDE", "-10.5",
                "PEERMIND_ENERGY_CLOCK_SCALE", "60",
                "PEERMIND_REFEREE_REQUIRE_INVITATION", "false",
                "PEERMIND_HOME", "/somewhere",
                "PATH", "/bin"));
    assertThat(config.network()).hasToString("other");
    assertThat(config.roles()).containsExactlyInAnyOrder(Role.REFEREE, Role.LIGHT_USER);
    assertThat(config.api().listen()).isEqualTo(new NodeConfig.HostPort("[::1]", 1));
    assertThat(config.place().latitudeDegrees()).isEqualTo(-10.5);
    assertThat(config.energyClock().scale()).isEqualTo(60);
    assertThat(config.refereeRules().requireInvitation()).isFalse();
  }

  @Test
  void refusesAMistypedVariableOfASection() {
    assertThatThrownBy(() -> read(RIGHT, Map.of("PEERMIND_API_LISTEM", "a:1")))
        .hasMessage("The configuration has an unknown key \"api.listem\".");
  }

  @Test
  void readsTimesWithAndWithoutQuotes() throws Exception {
    for (String time : new String[] {"2026-03-20T12:00:00Z", "\"2026-03-20T12:00:00Z\""}) {
      assertThat(read(RIGHT + "energy-clock: {start: " + time + "}\n").energyClock().start())
          .contains(Instant.parse("2026-03-20T12:00:00Z"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0ms", "12h", "7d", "90 m"})
  void readsSpans(String span) throws Exception {
    assertThat(Settings.parseDuration("--valid", span).isNegative()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7", "-1s", "1.5h", "1w", "9999999999d"})
  void refusesOtherSpans(String span) {
    assertThatThrownBy(() -> Settings.parseDuration("--valid", span))
        .hasMessage("--valid is to be a time such as 30s, 10m or 7d, not " + span + ".");
  }

  @Test
  void neverThrowsAnythingElse_whateverTheFileHolds() {
    org.peermind.testkit.Property.forAll(
        1,
        300,
        random -> {
          byte[] bytes =
              RIGHT
                  .concat("api: {listen: 'a:1', key: k}\n")
                  .getBytes(java.nio.charset.StandardCharsets.UTF_8);
          for (int i = random.nextInt(1, 6); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
          }
          Path file = directory.resolve("broken.yaml");
          try {
            Files.write(file, bytes);
            NodeConfig.of(Configuration.read(file, Map.of()));
          } catch (ConfigException refused) {
            assertThat(refused.getMessage()).isNotBlank();
          } catch (IOException unwritable) {
            throw new AssertionError(unwritable);
          }
        });
  }
}
