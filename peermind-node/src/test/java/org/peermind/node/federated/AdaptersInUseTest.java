// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.Governance;
import org.peermind.voting.Witnessed;

/// How the files of updates come to a node, whoever gives them and whatever the disk does.
class AdaptersInUseTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final ModelHash BASE = new ModelHash("ab".repeat(32));
  private static final byte[] FIRST = "first adapter".getBytes(StandardCharsets.UTF_8);
  private static final byte[] SECOND = "second adapter".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path directory;
  private final IdentityKey writer = IdentityKey.generate(new SecureRandom());
  private final Map<Digest, byte[]> peers = new HashMap<>();
  private Governance governance;
  private BlobShelf shelf;
  private AdaptersInUse adapters;
  private int asked;

  @BeforeEach
  void begin() {
    Genesis genesis =
        new Genesis(
            new NetworkName("home"),
            List.of(writer.id()),
            Rules.bootstrap(List.of("Apache-2.0")),
            Optional.of(BASE));
    governance = after(Governance.begin(new Witnessed(0, START, genesis.sign(writer))));
    shelf = new BlobShelf(directory);
    adapters = restarted();
  }

  private static Governance after(Governance.Outcome outcome) {
    assertThat(outcome).isInstanceOf(Governance.Outcome.Accepted.class);
    return ((Governance.Outcome.Accepted) outcome).governance();
  }

  private AdaptersInUse restarted() {
    return new AdaptersInUse(
        shelf,
        name -> {
          Optional<byte[]> here = shelf.find(name);
          if (here.isPresent()) {
            return here;
          }
          asked++;
          Optional<byte[]> given = Optional.ofNullable(peers.get(name));
          if (given.isPresent()) {
            shelf.put(given.get());
          }
          return given;
        });
  }

  private void appends(GovernanceRecord record) {
    governance =
        after(governance.after(new Witnessed(governance.index() + 1, START, record.sign(writer))));
  }

  private Digest accepts(long number, byte[] adapter) {
    Digest name = Digest.over(adapter);
    appends(
        new UpdateCheckpoint(
            governance.genesis(),
            number,
            BASE,
            governance.checkpoint().flatMap(UpdateCheckpoint::adapter),
            Optional.of(name),
            adapter.length,
            Digest.over(new byte[] {(byte) number}),
            "for a test"));
    return name;
  }

  private void look(Duration after) throws IOException, InterruptedException {
    adapters.look(governance, START.plus(after));
  }

  @Test
  void asksForNothing_beforeAnUpdateWasAccepted() throws Exception {
    look(Duration.ZERO);
    assertThat(asked).isZero();
    assertThat(adapters.find(Digest.over(FIRST))).isEmpty();
  }

  @Test
  void asksMoreAndMoreSeldom_andHasTheFileOnceSomebodyGivesIt() throws Exception {
    Digest first = accepts(1, FIRST);
    for (int second = 0; second < 600; second++) {
      look(Duration.ofSeconds(second));
    }
    assertThat(asked).isBetween(10, 17);
    assertThat(adapters.find(first)).isEmpty();
    peers.put(first, FIRST);
    look(Duration.ofSeconds(664));
    assertThat(adapters.find(first)).hasValue(shelf.file(first));
    int before = asked;
    look(Duration.ofSeconds(665));
    assertThat(asked).isEqualTo(before);
  }

  @Test
  void fetchesAgainWhatTheDiskChanged_atTheNextStart() throws Exception {
    Digest first = accepts(1, FIRST);
    peers.put(first, FIRST);
    look(Duration.ZERO);
    Files.writeString(shelf.file(first), "first adaptex");
    adapters = restarted();
    assertThat(adapters.find(first)).isEmpty();
    look(Duration.ZERO);
    assertThat(adapters.find(first)).isPresent();
    assertThat(Files.readAllBytes(shelf.file(first))).isEqualTo(FIRST);
  }

  @Test
  void hasTheUpdateBeforeAsWell_toGoBackTo() throws Exception {
    Digest first = accepts(1, FIRST);
    Digest second = accepts(2, SECOND);
    peers.put(first, FIRST);
    peers.put(second, SECOND);
    look(Duration.ZERO);
    assertThat(adapters.find(first)).isPresent();
    assertThat(adapters.find(second)).isPresent();
    appends(governance.undoing("for a test").orElseThrow());
    look(Duration.ofSeconds(1));
    assertThat(adapters.find(first)).isPresent();
  }
}
