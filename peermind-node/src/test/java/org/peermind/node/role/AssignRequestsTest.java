// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.UserLease;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Envelope;
import org.peermind.referee.RefereeInput;

/// What a referee believes of a request.
class AssignRequestsTest {
  private static final Instant UNTIL = Parts.START.plus(Duration.ofMinutes(10));

  private final IdentityKey self = Parts.key();
  private final IdentityKey other = Parts.key();
  private final NodeId user = Parts.key().id();
  private final NodeId inferer = Parts.key().id();
  private final AssignRequests requests =
      new AssignRequests(Parts.NETWORK, self.id(), Set.of(other.id()), new Random(1));

  @Test
  void takesLeasesOfItsOwn_andOfRefereesThatItKnows() throws Exception {
    for (IdentityKey referee : new IdentityKey[] {self, other}) {
      assertThat(read(lease(referee, user, Parts.NETWORK)).lease())
          .contains(new RefereeInput.Lease(inferer, UNTIL));
    }
  }

  @Test
  void passesOverLeases_ofOtherUsersNetworksAndReferees() throws Exception {
    NodeId anotherUser = Parts.key().id();
    assertThat(read(lease(other, anotherUser, Parts.NETWORK)).lease()).isEmpty();
    assertThat(read(lease(other, user, new NetworkName("other"))).lease()).isEmpty();
    assertThat(read(lease(Parts.key(), user, Parts.NETWORK)).lease()).isEmpty();
  }

  @Test
  void refusesAForgedLease() {
    Envelope forged =
        lease(Parts.key(), user, Parts.NETWORK).toBuilder()
            .setSignerKey(lease(other, user, Parts.NETWORK).getSignerKey())
            .build();
    assertThatThrownBy(() -> read(forged))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("the signature of a user-lease does not verify");
  }

  @Test
  void readsWhatARequestMayAdd() throws Exception {
    RefereeInput.AssignRequested plain = requests.decode(user, request().build());
    assertThat(plain.preferred()).isEmpty();
    assertThat(plain.mayQueue()).isFalse();
    assertThat(plain.lease()).isEmpty();

    AssignRequest.Builder more =
        request().setMayQueue(true).setPreferred(ByteString.copyFrom(inferer.toBytes()));
    RefereeInput.AssignRequested full = requests.decode(user, more.build());
    assertThat(full.preferred()).isEqualTo(Optional.of(inferer));
    assertThat(full.mayQueue()).isTrue();
    assertThatThrownBy(
            () ->
                requests.decode(
                    user, request().setPreferred(ByteString.copyFromUtf8("short")).build()))
        .isInstanceOf(ProtocolException.class);
  }

  private RefereeInput.AssignRequested read(Envelope lease) throws ProtocolException {
    return requests.decode(user, request().setLease(lease).build());
  }

  private Envelope lease(IdentityKey referee, NodeId holder, NetworkName network) {
    return new UserLease(network, holder, inferer, referee.id(), UNTIL).sign(referee).wire();
  }

  private static AssignRequest.Builder request() {
    return AssignRequest.newBuilder()
        .setRequest(ByteString.copyFrom(Parts.id().toBytes()))
        .setModel("demo")
        .setPromptBytes(512)
        .setTokensMax(50)
        .setPlaceCell(Parts.PLACE.geohash());
  }
}
