// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.hpke.HPKEContext;
import org.bouncycastle.crypto.hpke.HPKEContextWithEncapsulation;
import org.bouncycastle.util.encoders.Hex;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

class QueryCipherTest {
  private static final IdentityKey REFEREE = IdentityKey.generate(Samples.SECRETS);

  private final HpkeKey key = HpkeKey.generate();
  private final SignedEnvelope ticket = Samples.ticket(new Random(1)).sign(REFEREE);
  private final Id16 session = Samples.id(new Random(2));

  private QueryCipher user() {
    return QueryCipher.ofUser(session, ticket, key.publicKey());
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// RFC 9180 appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, base
  /// mode.
  @Test
  void theSuiteComputesTheVectorsOfRfc9180() throws Exception {
    byte[] info = Hex.decode("4f6465206f6e2061204772656369616e2055726e");
    byte[] plaintext = Hex.decode("4265617574792069732074727574682c20747275746820626561757479");
    HpkeKey recipient =
        HpkeKey.ofPrivateBytes(
            Hex.decode("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"));
    HpkeKey ephemeral =
        HpkeKey.ofPrivateBytes(
            Hex.decode("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600"));
    assertThat(Hex.toHexString(recipient.publicKey().toBytes()))
        .isEqualTo("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");

    AsymmetricCipherKeyPair ephemeralPair = ephemeral.pair();
    HPKEContextWithEncapsulation sender =
        HpkeKey.suite().setupBaseS(recipient.pair().getPublic(), info, ephemeralPair);
    assertThat(Hex.toHexString(sender.getEncapsulation()))
        .isEqualTo("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    String[] sealed = {
      "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
      "6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c",
    };
    HPKEContext receiver =
        HpkeKey.suite().setupBaseR(sender.getEncapsulation(), recipient.pair(), info);
    for (int sequence = 0; sequence < sealed.length; sequence++) {
      byte[] associated = text("Count-" + sequence);
      byte[] ciphertext = sender.seal(associated, plaintext);
      assertThat(Hex.toHexString(ciphertext)).isEqualTo(sealed[sequence]);
      assertThat(receiver.open(associated, ciphertext)).isEqualTo(plaintext);
    }
    assertThat(Hex.toHexString(receiver.export(new byte[0], 32)))
        .isEqualTo("4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e");
    assertThat(Hex.toHexString(receiver.export(new byte[1], 32)))
        .isEqualTo("8c1df14732580e5501b00f82b10a1647b40713191b7c1240ac80e2b68808ba69");
    assertThat(Hex.toHexString(receiver.export(text("TestContext"), 32)))
        .isEqualTo("5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53");
  }

  @Test
  void questionsAndAnswersOfManyFramesComeThrough() {
    Property.forAll(
        1,
        50,
        random -> {
          QueryCipher user = user();
          QueryCipher inferer = null;
          int frames = random.nextInt(1, 6);
          for (int i = 0; i < frames; i++) {
            byte[] content =
                Samples.bytes(random, random.nextInt(QueryCipher.CONTENT_BYTES_MAX + 1));
            boolean last = i == frames - 1;
            byte[] sealed = user.sealQuestion(content, last);
            if (inferer == null) {
              inferer = QueryCipher.ofInferer(session, ticket, key, sealed);
            }
            assertThat(inferer.openQuestion(sealed, last)).isEqualTo(content);
          }
          for (int i = 0; i < frames; i++) {
            byte[] content = Samples.bytes(random, random.nextInt(2_000));
            boolean last = i == frames - 1;
            assertThat(
                    inferer == null
                        ? content
                        : user.openAnswer(inferer.sealAnswer(content, last), last))
                .isEqualTo(content);
          }
        });
  }

  @Test
  void aFrameDoesNotOpen_whenItIsChangedRepeatedReorderedOrMarkedOtherwise()
      throws ProtocolException {
    QueryCipher user = user();
    byte[] first = user.sealQuestion(text("first"), false);
    byte[] second = user.sealQuestion(text("second"), true);

    assertRefused(first, first, false);
    assertRefused(first, second, false);
    byte[] changed = second.clone();
    changed[changed.length - 1] ^= 1;
    assertRefused(first, changed, true);
    QueryCipher reordered = QueryCipher.ofInferer(session, ticket, key, first);
    assertThatThrownBy(() -> reordered.openQuestion(second, true))
        .isInstanceOf(ProtocolException.class);
    QueryCipher inOrder = QueryCipher.ofInferer(session, ticket, key, first);
    assertThat(inOrder.openQuestion(first, false)).isEqualTo(text("first"));
    assertThat(inOrder.openQuestion(second, true)).isEqualTo(text("second"));
  }

  /// Opens `first` rightly, then expects that `next` does not open.
  private void assertRefused(byte[] first, byte[] next, boolean last) throws ProtocolException {
    QueryCipher inferer = QueryCipher.ofInferer(session, ticket, key, first);
    inferer.openQuestion(first, false);
    assertThatThrownBy(() -> inferer.openQuestion(next, last))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("a frame of a sealed question does not open");
  }

  @Test
  void anAnswerDoesNotOpen_whenItsEndWasCutOff() throws ProtocolException {
    QueryCipher user = user();
    QueryCipher inferer = inferer(user);
    byte[] notLast = inferer.sealAnswer(text("half"), false);
    assertThatThrownBy(() -> user.openAnswer(notLast, true))
        .hasMessage("a frame of a sealed answer does not open");
  }

  @Test
  void aQuestionDoesNotOpen_underAnotherTicketSessionOrKey() {
    SignedEnvelope otherTicket = Samples.ticket(new Random(9)).sign(REFEREE);
    Id16 otherSession = Samples.id(new Random(9));
    HpkeKey otherKey = HpkeKey.generate();
    byte[] sealed = user().sealQuestion(text("who?"), true);
    List<Opening> openings =
        List.of(
            () -> QueryCipher.ofInferer(session, otherTicket, key, sealed),
            () -> QueryCipher.ofInferer(otherSession, ticket, key, sealed),
            () -> QueryCipher.ofInferer(session, ticket, otherKey, sealed));
    for (Opening opening : openings) {
      assertThatThrownBy(() -> opening.open().openQuestion(sealed, true))
          .isInstanceOf(ProtocolException.class);
    }
  }

  private interface Opening {
    QueryCipher open() throws ProtocolException;
  }

  @Test
  void aFirstFrameIsRefused_whenItIsTooShortOrItsKeyIsOfSmallOrder() {
    assertThatThrownBy(() -> QueryCipher.ofInferer(session, ticket, key, new byte[31]))
        .hasMessage("the first frame of a session is too short");
    assertThatThrownBy(() -> QueryCipher.ofInferer(session, ticket, key, new byte[200]))
        .hasMessage("a sealed question holds an unusable key");
  }

  @Test
  void framesComeInFewSizes_whateverTheLengthOfTheirContent() throws ProtocolException {
    QueryCipher user = user();
    QueryCipher inferer = inferer(user);
    Set<Integer> sizes = new TreeSet<>();
    for (int length = 0; length <= QueryCipher.CONTENT_BYTES_MAX; length += 97) {
      sizes.add(inferer.sealAnswer(new byte[length], false).length);
    }
    sizes.add(inferer.sealAnswer(new byte[QueryCipher.CONTENT_BYTES_MAX], false).length);
    assertThat(new ArrayList<>(sizes))
        .containsExactly(144, 528, 2_064, 8_208, 16_400, 32_784, 49_424);
  }

  @Test
  void equalContentsLookDifferent() throws ProtocolException {
    QueryCipher user = user();
    QueryCipher inferer = inferer(user);
    assertThat(inferer.sealAnswer(text("a"), false))
        .isNotEqualTo(inferer.sealAnswer(text("a"), false));
    assertThat(user().sealQuestion(text("a"), true))
        .isNotEqualTo(user().sealQuestion(text("a"), true));
  }

  private QueryCipher inferer(QueryCipher user) throws ProtocolException {
    byte[] sealed = user.sealQuestion(text("who?"), true);
    QueryCipher inferer = QueryCipher.ofInferer(session, ticket, key, sealed);
    inferer.openQuestion(sealed, true);
    return inferer;
  }
}
