// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.node.transport.Admission;
import org.peermind.node.transport.PeerLink;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Hello;
import org.peermind.referee.RefereeSettings;
import org.peermind.testkit.VirtualClock;

/// What a referee takes from another one that its owner trusts, and what it takes from strangers.
class TrustedRefereesTest {
  @TempDir Path directory;

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final IdentityKey refereeKey = Parts.key();
  private final IdentityKey trustedKey = Parts.key();
  private final IdentityKey strangerKey = Parts.key();
  private final IdentityKey userKey = Parts.key();
  private RefereeRole referee;

  @BeforeEach
  void startReferee() throws Exception {
    referee =
        RefereeRole.of(
            refereeKey,
            Parts.NETWORK,
            true,
            directory.resolve("members"),
            RefereeSettings.defaults(),
            clock,
            new Random(1),
            (delay, task) -> () -> {},
            _ -> {},
            record(refereeKey, Role.REFEREE),
            Set.of(trustedKey.id()));
  }

  @AfterEach
  void close() {
    referee.close();
  }

  private SignedEnvelope record(IdentityKey key, Role role) {
    return Parts.record(key, HpkeKey.generate().publicKey(), clock.instant(), role);
  }

  private Hello hello(IdentityKey key, Role role) {
    return Hello.newBuilder()
        .setProtocol(Gatekeeper.PROTOCOL)
        .setRecord(record(key, role).wire())
        .setClockMs(clock.millis())
        .build();
  }

  private Hello invitedBy(IdentityKey inviter) {
    Invitation invitation =
        new Invitation(
            Parts.NETWORK,
            inviter.id(),
            List.of("192.0.2.1:4477"),
            clock.instant().plus(Duration.ofDays(1)));
    return hello(userKey, Role.LIGHT_USER).toBuilder()
        .setInvitation(invitation.sign(inviter).wire())
        .build();
  }

  private Attached admitted(IdentityKey key, Hello hello) {
    if (referee.onHello(key.id(), hello) instanceof Admission.Admitted(Attached answer)) {
      return answer;
    }
    throw new AssertionError(key.id() + " was refused");
  }

  /// A link over which the test hears nothing.
  private record Deaf(NodeId id) implements PeerLink {
    @Override
    public boolean send(Down message) {
      return true;
    }

    @Override
    public void close(String reason) {}
  }

  @Test
  void admitsWhomATrustedRefereeInvites_andNobodyWhomAStrangerInvites() {
    assertThat(referee.onHello(userKey.id(), invitedBy(strangerKey)))
        .isInstanceOf(Admission.Refused.class);
    assertThat(referee.onHello(userKey.id(), invitedBy(trustedKey)))
        .isInstanceOf(Admission.Admitted.class);
    assertThat(referee.onHello(userKey.id(), hello(userKey, Role.LIGHT_USER)))
        .as("a member from now on")
        .isInstanceOf(Admission.Admitted.class);
  }

  @Test
  void admitsATrustedRefereeWithoutAnInvitation_andNoStranger() {
    assertThat(referee.onHello(trustedKey.id(), hello(trustedKey, Role.REFEREE)))
        .isInstanceOf(Admission.Admitted.class);
    assertThat(referee.onHello(strangerKey.id(), hello(strangerKey, Role.REFEREE)))
        .isInstanceOf(Admission.Refused.class);
  }

  @Test
  void namesTheTrustedRefereesThatAreAttached_toOthersButNotToThemselves() throws Exception {
    assertThat(admitted(userKey, invitedBy(refereeKey)).getRefereesList()).isEmpty();
    Hello greeting = hello(trustedKey, Role.REFEREE);
    assertThat(admitted(trustedKey, greeting).getRefereesList()).isEmpty();
    referee.onAttached(new Deaf(trustedKey.id()));
    assertThat(admitted(userKey, invitedBy(refereeKey)).getRefereesList())
        .containsExactly(greeting.getRecord());
    assertThat(admitted(trustedKey, greeting).getRefereesList()).isEmpty();
  }
}
