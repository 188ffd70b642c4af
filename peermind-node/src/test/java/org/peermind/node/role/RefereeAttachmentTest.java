// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.role.RefereeAttachment.AttachmentWatch;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.HpkePublicKey;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;
import org.peermind.testkit.VirtualClock;

class RefereeAttachmentTest {
  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final IdentityKey key = Parts.key();
  private final HpkePublicKey hpke = HpkeKey.generate().publicKey();
  private final List<String> told = new ArrayList<>();
  private final PlayedReferee network = new PlayedReferee(Parts.START.toEpochMilli());
  private final RefereeAttachment attachment =
      new RefereeAttachment(
          new KnownReferee(key.id(), new HostPort("127.0.0.1", 4477)),
          now -> Parts.record(key, hpke, now, Role.LIGHT_USER),
          Optional.empty(),
          clock,
          (delay, task) -> () -> {},
          new Told(told));

  private record Told(List<String> lines) implements AttachmentWatch {
    @Override
    public void attached(NodeId referee, Duration took) {
      lines.add("attached in " + took);
    }

    @Override
    public void detached(NodeId referee, String reason) {
      lines.add("detached: " + reason);
    }

    @Override
    public void failedTry(NodeId referee, String reason) {
      lines.add("failed: " + reason);
    }

    @Override
    public void clockSkewed(NodeId referee, Duration ahead) {}
  }

  @Test
  void measuresFromTheStart_andFromTheLoss() {
    clock.advance(Duration.ofMinutes(5));
    attachment.start(network);
    clock.advance(Duration.ofSeconds(2));
    network.attach();
    clock.advance(Duration.ofMinutes(5));
    network.detach();
    clock.advance(Duration.ofSeconds(1));
    attachment.onFailedTry("Nobody is there.");
    clock.advance(Duration.ofSeconds(2));
    network.attach();
    assertThat(told)
        .containsExactly(
            "attached in PT2S",
            "detached: The referee went away.",
            "failed: Nobody is there.",
            "attached in PT3S");
  }

  @Test
  void tellsNoLoss_whenThisNodeClosedTheAttachment() {
    attachment.start(network);
    network.attach();
    attachment.close();
    network.detach();
    attachment.onFailedTry("This node detached.");
    assertThat(told).containsExactly("attached in PT0S");
  }
}
