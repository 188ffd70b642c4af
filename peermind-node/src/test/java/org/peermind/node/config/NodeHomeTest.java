// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.Invitation.OtherReferee;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;

class NodeHomeTest {
  private static final SecureRandom SECRETS = new SecureRandom();
  private static final NodeId SELF = IdentityKey.generate(SECRETS).id();

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
  void addsRefereesOnce_andLeavesTheOwnersTextAsItIs() throws Exception {
    home.write(home.configFile(), template("home", "light-user", "demo").render(List.of()));
    String before = Files.readString(home.configFile());
    Invitation invitation = invitation("friends");
    ConfigTemplate.addReferees(home, SELF, invitation);
    ConfigTemplate.addReferees(home, SELF, invitation);
    assertThat(config().network()).hasToString("friends");
    assertThat(config().referees()).hasSize(1);
    assertThat(Files.readString(home.configFile()))
        .startsWith(before.replace("network: home", "network: friends"));
    assertThatThrownBy(() -> ConfigTemplate.addReferees(home, SELF, invitation("strangers")))
        .hasMessageContaining("join with another --home");
    ConfigTemplate.addReferees(home, SELF, invitation("friends"));
    assertThat(config().referees()).hasSize(2);
  }

  @Test
  void addsEveryRefereeThatAnInvitationNames_butNotTheNodeItself() throws Exception {
    home.write(home.configFile(), template("friends", "referee", "demo").render(List.of()));
    Invitation one = invitation("friends");
    NodeId other = IdentityKey.generate(SECRETS).id();
    ConfigTemplate.addReferees(
        home,
        SELF,
        new Invitation(
            one.network(),
            one.referee(),
            one.addresses(),
            one.notAfter(),
            List.of(
                new OtherReferee(SELF, "192.0.2.8:4477"),
                new OtherReferee(other, "192.0.2.9:4477"))));
    assertThat(config().referees())
        .extracting(referee -> referee.node() + " " + referee.address())
        .containsExactly(one.referee() + " 192.0.2.7:4477", other + " 192.0.2.9:4477");
  }

  @Test
  void remembersLearnedReferees_ofItsOwnNetworkOnly() throws Exception {
    NetworkName network = new NetworkName("friends");
    List<KnownReferee> learned =
        List.of(new KnownReferee(SELF, HostPort.parse("address", "[2001:db8::1]:4477")));
    assertThat(LearnedReferees.read(home, network)).isEmpty();
    LearnedReferees.write(home, network, learned);
    assertThat(LearnedReferees.read(home, network)).isEqualTo(learned);
    assertThat(LearnedReferees.read(home, new NetworkName("strangers"))).isEmpty();
    Files.writeString(home.refereesFile(), "what is this\n", StandardOpenOption.APPEND);
    assertThat(LearnedReferees.read(home, network)).isEmpty();
  }

  @Test
  void showsEachRefereeTheInvitationThatItKnows() throws Exception {
    IdentityKey first = IdentityKey.generate(SECRETS);
    IdentityKey second = IdentityKey.generate(SECRETS);
    NodeId named = IdentityKey.generate(SECRETS).id();
    NodeId stranger = IdentityKey.generate(SECRETS).id();
    add(invited(first, List.of(new OtherReferee(named, "192.0.2.9:4477"))));
    add(invited(second, List.of()));
    SignedEnvelope newer = invited(first, List.of(new OtherReferee(named, "192.0.2.10:4477")));
    add(newer);
    Invitations kept = Invitations.read(home);
    assertThat(kept.forReferee(first.id()).map(SignedEnvelope::wire)).contains(newer.wire());
    assertThat(kept.forReferee(second.id()).map(SignedEnvelope::signer)).contains(second.id());
    assertThat(kept.forReferee(named).map(SignedEnvelope::signer)).contains(first.id());
    assertThat(kept.forReferee(stranger)).isPresent();
    assertThat(Files.readAllLines(home.invitationFile())).hasSize(2);
  }

  private void add(SignedEnvelope invitation) throws ConfigException {
    Invitations.read(home).add(home, Invitation.toLine(invitation), invitation);
  }

  private static SignedEnvelope invited(IdentityKey referee, List<OtherReferee> others) {
    return new Invitation(
            new NetworkName("friends"),
            referee.id(),
            List.of("192.0.2.7:4477"),
            Instant.parse("2026-06-28T10:00:00Z"),
            others)
        .sign(referee);
  }
}
