// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.wire.Envelope;

class SeenEnvelopesTest {
  private static final String TYPE = "green-receipt";
  private static final IdentityKey KEY = IdentityKey.generate(Samples.SECRETS);

  private final SeenEnvelopes seen = new SeenEnvelopes(2);

  private static Envelope signed(int number) {
    return SignedEnvelope.seal(KEY, TYPE, new byte[] {(byte) number}).wire();
  }

  /// As it would come from another node, and be read.
  private SignedEnvelope read(Envelope wire) throws ProtocolException {
    SignedEnvelope envelope = seen.of(wire);
    assertThat(envelope.payload(TYPE)).isEqualTo(wire.getPayload().toByteArray());
    seen.keep(envelope);
    return envelope;
  }

  @Test
  void givesTheVerifiedEnvelopeAgain_whenTheSameBytesCome() throws Exception {
    SignedEnvelope first = read(signed(1));
    assertThat(seen.of(Envelope.parseFrom(signed(1).toByteArray()))).isSameAs(first);
  }

  @Test
  void verifiesAnew_whenOneBitOfARememberedEnvelopeIsChanged() throws Exception {
    Envelope wire = signed(1);
    read(wire);
    byte[] signature = wire.getSignature().toByteArray();
    signature[7] ^= 1;
    SignedEnvelope forged =
        seen.of(wire.toBuilder().setSignature(ByteString.copyFrom(signature)).build());
    assertThatThrownBy(() -> forged.payload(TYPE)).hasMessageContaining("does not verify");
    seen.keep(forged);
    assertThat(seen.of(forged.wire())).isNotSameAs(forged);
    assertThatThrownBy(() -> forged.payload(TYPE)).hasMessageContaining("does not verify");
  }

  @Test
  void refusesAnotherType_ofAVerifiedEnvelope() throws Exception {
    SignedEnvelope envelope = read(signed(1));
    assertThatThrownBy(() -> envelope.payload("ticket")).hasMessageContaining("not of the type");
  }

  @Test
  void keepsNothingThatWasNotVerified() throws Exception {
    SignedEnvelope unread = SignedEnvelope.of(signed(1));
    seen.keep(unread);
    assertThat(seen.of(unread.wire())).isNotSameAs(unread);
  }

  @Test
  void forgetsTheOneThatWasMetLongestAgo() throws Exception {
    SignedEnvelope first = read(signed(1));
    SignedEnvelope second = read(signed(2));
    read(signed(1));
    read(signed(3));
    assertThat(seen.of(first.wire())).isSameAs(first);
    assertThat(seen.of(second.wire())).isNotSameAs(second);
  }
}
