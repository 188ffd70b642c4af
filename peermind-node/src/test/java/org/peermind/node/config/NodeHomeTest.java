// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.NetworkName;

class NodeHomeTest {
  private static final SecureRandom SECRETS = new SecureRandom();

  @TempDir private Path directory;
  private NodeHome home;

  @BeforeEach
  void create() throws ConfigException {
    home = new NodeHome(directory.resolve("node"));
    home.create();
  }

  @Test
  void isForItsOwnerOnly() throws Exception {
    home.createIdentity(SECRETS);
    home.write(home.configFile(), "network: home\n");
    assertThat(permissions(home.directory())).isEqualTo("rwx------");
    assertThat(permissions(home.runDirectory())).isEqualTo("rwx------");
    assertThat(permissions(home.keyFile())).isEqualTo("rw-------");
    assertThat(permissions(home.configFile())).isEqualTo("rw-------");
  }

  private static String permissions(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void readsTheKeyItWrote_andDrawsNoSecondOne() throws Exception {
    IdentityKey key = home.createIdentity(SECRETS);
    assertThat(home.identity().id()).isEqualTo(key.id());
    assertThat(home.createIdentity(SECRETS).id()).isEqualTo(key.id());
  }

  @Test
  void refusesAKeyFile_thatIsChangedAnywhere() throws Exception {
    IdentityKey key = home.createIdentity(SECRETS);
    byte[] right = Files.readAllBytes(home.keyFile());
    for (int at = 0; at < right.length; at++) {
      for (int change : new int[] {0x01, 0x20, 0x80}) {
        byte[] wrong = right.clone();
        wrong[at] ^= (byte) change;
        Files.write(home.keyFile(), wrong);
        try {
          assertThat(home.identity().id()).as("byte %s ^ %s", at, change).isEqualTo(key.id());
        } catch (ConfigException refused) {
          assertThat(refused.getMessage()).as("byte %s", at).contains("is damaged; put its backup");
          assertThat(refused.getMessage()).doesNotContain(key.toSecretText());
        }
      }
    }
  }

  @Test
  void refusesAKeyFile_thatIsCutAnywhere() throws Exception {
    home.createIdentity(SECRETS);
    byte[] right = Files.readAllBytes(home.keyFile());
    for (int length = 0; length < right.length - 1; length++) {
      Files.write(home.keyFile(), java.util.Arrays.copyOf(right, length));
      assertThatThrownBy(() -> home.identity())
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("is damaged");
    }
  }

  @Test
  void saysWhatToDo_whenThereIsNoKey() {
    assertThatThrownBy(() -> home.identity())
        .hasMessage(home.keyFile() + " cannot be read; `peermind init` makes a new identity.");
  }

  @Test
  void saysWhyADirectoryCannotBeMade() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "x");
    assertThatThrownBy(() -> new NodeHome(file.resolve("node")).create())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot be made");
  }

  private static Invitation invitation(String network) {
    return new Invitation(
        new NetworkName(network),
        IdentityKey.generate(SECRETS).id(),
        List.of("192.0.2.7:4477"),
        Instant.parse("2026-06-21T10:00:00Z").plus(Duration.ofDays(7)));
  }

  private static ConfigTemplate template(String network, String role, String model)
      throws ConfigException {
    return new ConfigTemplate(
        network,
        NodeConfig.roles(List.of(role)),
        Optional.of("37.2,-3.6"),
        "0.0.0.0:4477",
        Optional.empty(),
        "127.0.0.1:4478",
        model);
  }

  private NodeConfig config() throws ConfigException {
    return NodeConfig.of(Configuration.read(home.configFile(), Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"home", "0123", "true", "null", "1e3", "no"})
  void rendersANetworkThatIsReadBackAsItIs(String network) throws Exception {
    home.write(home.configFile(), template(network, "referee", "demo").render(List.of()));
    assertThat(config().network().text()).isEqualTo(network);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/models/a.gguf", "my model: it's #1.gguf", "{x}", "*x", "- y"})
  void rendersAModelPathThatIsReadBackAsItIs(String model) throws Exception {
    String yaml = template("home", "inferer", model).render(List.of(invitation("home")));
    home.write(home.configFile(), yaml);
    assertThat(config().engine().file()).contains(Path.of(model));
  }

  @Test
  void rendersNothingThatTheNodeWouldRefuse() {
    assertThatThrownBy(() -> template("My Net", "referee", "demo").render(List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("network:");
    for (String place : new String[] {"north", "1", "1,2,3", "91,0", "0,181", "NaN,0"}) {
      ConfigTemplate wrong =
          new ConfigTemplate(
              "home",
              java.util.Set.of(org.peermind.protocol.Role.REFEREE),
              Optional.of(place),
              "0.0.0.0:4477",
              Optional.empty(),
              "127.0.0.1:4478",
              "demo");
      assertThatThrownBy(() -> wrong.render(List.of())).isInstanceOf(ConfigException.class);
    }
  }

  @Test
  void addsARefereeOnce_andLeavesTheOwnersTextAsItIs() throws Exception {
    home.write(home.configFile(), template("home", "light-user", "demo").render(List.of()));
    String before = Files.readString(home.configFile());
    Invitation invitation = invitation("friends");
    ConfigTemplate.addReferee(home, invitation);
    ConfigTemplate.addReferee(home, invitation);
    assertThat(config().network()).hasToString("friends");
    assertThat(config().referees()).hasSize(1);
    assertThat(Files.readString(home.configFile()))
        .startsWith(before.replace("network: home", "network: friends"));
    assertThatThrownBy(() -> ConfigTemplate.addReferee(home, invitation("strangers")))
        .hasMessageContaining("join with another --home");
  }
}
