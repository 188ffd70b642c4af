// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Envelope;
import org.peermind.testkit.Property;

/// What is signed in a round comes back as it went, and nothing else does.
final class RoundMessageTest {
  private static final IdentityKey KEY = IdentityKey.generate(new SecureRandom());

  private static SignedEnvelope sent(SignedEnvelope envelope) throws ProtocolException {
    return SignedEnvelope.ofBytes(envelope.wire().toByteArray());
  }

  private static List<SignedEnvelope> envelopes(Messages messages) {
    List<SignedEnvelope> all = new ArrayList<>();
    messages.all().forEach(message -> all.add(message.sign(KEY)));
    all.add(messages.descriptor().sign(KEY));
    return all;
  }

  /// Opens an envelope as whatever its type says.
  private static Object open(SignedEnvelope envelope) throws ProtocolException {
    return envelope.wire().getType().equals(RoundDescriptor.TYPE)
        ? RoundDescriptor.open(envelope)
        : RoundMessage.open(envelope);
  }

  @Test
  void everyMessageComesBackAsItWasSigned() {
    Property.forAll(
        1,
        20,
        random -> {
          Messages messages = new Messages(random);
          for (RoundMessage message : messages.all()) {
            SignedEnvelope received = sent(message.sign(KEY));
            assertThat(RoundMessage.open(received)).isEqualTo(message);
            assertThat(received.signer()).isEqualTo(KEY.id());
          }
          RoundDescriptor descriptor = messages.descriptor();
          assertThat(RoundDescriptor.open(sent(descriptor.sign(KEY)))).isEqualTo(descriptor);
        });
  }

  @Test
  void longestMessagesFitIntoAnEnvelope() {
    Property.forAll(
        1,
        30,
        random -> {
          Messages messages = new Messages(random);
          List.of(messages.aggregate().sign(KEY), messages.evaluation().sign(KEY))
              .forEach(
                  envelope ->
                      assertThat(envelope.wire().getPayload().size())
                          .isLessThan(SignedEnvelope.PAYLOAD_BYTES_MAX));
        });
  }

  @Test
  void refusesEverySingleChangedBit_anywhereInAnEnvelope() {
    Messages messages = new Messages(new Random(7));
    List<SignedEnvelope> some =
        List.of(
            messages.enrolment().sign(KEY),
            new Update(messages.digest(), messages.digest(), messages.digest()).sign(KEY));
    for (SignedEnvelope envelope : some) {
      byte[] bytes = envelope.wire().toByteArray();
      for (int bit = 0; bit < 8 * bytes.length; bit++) {
        refusesChangedBit(bytes, bit);
      }
    }
  }

  @Test
  void refusesChangedBits_inMessagesOfEveryKind() {
    Property.forAll(
        1,
        8,
        random -> {
          for (SignedEnvelope envelope : envelopes(new Messages(random))) {
            byte[] bytes = envelope.wire().toByteArray();
            for (int change = 0; change < 10; change++) {
              refusesChangedBit(bytes, random.nextInt(8 * bytes.length));
            }
          }
        });
  }

  private static void refusesChangedBit(byte[] bytes, int bit) {
    byte[] changed = bytes.clone();
    changed[bit / 8] ^= (byte) (1 << bit % 8);
    assertThatThrownBy(() -> open(SignedEnvelope.ofBytes(changed)))
        .as("bit %d", bit)
        .isInstanceOf(ProtocolException.class)
        .message()
        .isNotBlank();
  }

  @Test
  void refusesASignatureThatWasMadeForAnotherKind() {
    Messages messages = new Messages(new Random(1));
    List<SignedEnvelope> all = envelopes(messages);
    for (SignedEnvelope one : all) {
      for (SignedEnvelope other : all) {
        Envelope renamed = one.wire().toBuilder().setType(other.wire().getType()).build();
        if (!renamed.equals(one.wire())) {
          assertThatThrownBy(() -> open(SignedEnvelope.of(renamed)))
              .isInstanceOf(ProtocolException.class)
              .hasMessageContaining("does not verify");
        }
      }
    }
  }

  @Test
  void refusesKindsThatBelongToNoRound() {
    SignedEnvelope descriptor = new Messages(new Random(1)).descriptor().sign(KEY);
    assertThatThrownBy(() -> RoundMessage.open(descriptor))
        .hasMessage("an envelope holds no message of a round");
  }

  @Test
  void refusesHostilePayloads_andNothingElseHappens() {
    int[] refused = {0};
    Property.forAll(
        1,
        50,
        random -> {
          for (SignedEnvelope one : envelopes(new Messages(random))) {
            byte[] payload = one.wire().getPayload().toByteArray();
            for (int change = random.nextInt(1, 4); change > 0; change--) {
              payload[random.nextInt(payload.length)] = (byte) random.nextInt();
            }
            try {
              open(SignedEnvelope.seal(KEY, one.wire().getType(), payload));
            } catch (ProtocolException expected) {
              assertThat(expected.getMessage()).isNotBlank();
              refused[0]++;
            }
          }
        });
    assertThat(refused[0]).isPositive();
  }

  @Test
  void bindsACommitmentToItsAuthorAndItsRound() {
    Messages messages = new Messages(new Random(3));
    NodeId other = IdentityKey.generate(new SecureRandom()).id();
    UpdateCommit commit = messages.commit();
    var vector = messages.digest();
    var bound = UpdateCommit.commitment(commit.round(), KEY.id(), vector);
    assertThat(UpdateCommit.commitment(commit.round(), KEY.id(), vector)).isEqualTo(bound);
    assertThat(UpdateCommit.commitment(commit.round(), other, vector)).isNotEqualTo(bound);
    assertThat(UpdateCommit.commitment(messages.digest(), KEY.id(), vector)).isNotEqualTo(bound);
    assertThat(UpdateCommit.commitment(commit.round(), KEY.id(), messages.digest()))
        .isNotEqualTo(bound);
  }
}
