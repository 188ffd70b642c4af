// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TransportIdentityTest {
  private final IdentityKey key = IdentityKey.generate(Samples.SECRETS);
  private final TransportIdentity transport =
      TransportIdentity.generate(key, Samples.NOW, Samples.SECRETS);

  @Test
  void aCertificateNamesTheNodeThatVouchesForIt() throws ProtocolException {
    assertThat(TransportIdentity.nodeOf(transport.certificate(), Samples.NOW)).isEqualTo(key.id());
    assertThat(transport.certificate().getPublicKey().getAlgorithm()).isEqualTo("EC");
  }

  @Test
  void aCertificateIsAccepted_byClocksThatAreTwoDaysWrong() throws ProtocolException {
    Duration off = Duration.ofDays(2);
    assertThat(TransportIdentity.nodeOf(transport.certificate(), Samples.NOW.minus(off)))
        .isEqualTo(key.id());
    assertThat(
            TransportIdentity.nodeOf(
                transport.certificate(), Samples.NOW.plus(Duration.ofDays(90)).plus(off)))
        .isEqualTo(key.id());
  }

  @Test
  void aCertificateIsRefused_onceItsTimeIsOver() {
    assertThatThrownBy(
            () ->
                TransportIdentity.nodeOf(
                    transport.certificate(), Samples.NOW.plus(Duration.ofDays(93))))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("the TLS certificate's node no longer vouches for its key");
  }
}
