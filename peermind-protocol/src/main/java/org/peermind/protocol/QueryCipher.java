// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.AEAD;
import org.bouncycastle.crypto.hpke.HPKE;
import org.bouncycastle.crypto.hpke.HPKEContext;
import org.bouncycastle.crypto.hpke.HPKEContextWithEncapsulation;

/// Seals one question and its answer between the user's machine and the chosen inferer (design
/// section 6, promise 2). The referee that relays the frames learns their sizes and times only.
///
/// The question goes by HPKE in base mode with a fresh ephemeral key, so that the inferer learns
/// nothing of who asks. The answer is sealed with keys exported from the same context, as Oblivious
/// HTTP does (RFC 9458 section 4.4). Each direction counts its frames; a frame that is lost,
/// repeated, reordered or cut off does not open, and the last frame is marked inside the seal.
///
/// An instance belongs to one session and one side; it is not thread-safe.
public final class QueryCipher {
  /// Longest content of one frame, in bytes.
  public static final int CONTENT_BYTES_MAX = 48 * 1024;

  private static final byte[] ANSWER_KEY = ascii("peermind/v1/answer-key");
  private static final byte[] ANSWER_NONCE = ascii("peermind/v1/answer-nonce");
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int LENGTH_BYTES = 4;
  private static final int[] PADDED_BYTES = {128, 512, 2_048, 8_192, 16_384, 32_768, 49_408};

  private final Id16 session;
  private final HPKEContext question;
  private final byte[] answerKey;
  private final byte[] answerNonce;
  private final byte[] encapsulation;
  private int questionFrames;
  private int answerFrames;

  private QueryCipher(Id16 session, HPKEContext question, byte[] encapsulation) {
    this.session = session;
    this.question = question;
    this.answerKey = question.export(ANSWER_KEY, KEY_BYTES);
    this.answerNonce = question.export(ANSWER_NONCE, NONCE_BYTES);
    this.encapsulation = encapsulation;
  }

  /// The user's side: everything is bound to the ticket, so that a sealed question is worth nothing
  /// with another one.
  public static QueryCipher ofUser(Id16 session, SignedEnvelope ticket, HpkePublicKey inferer) {
    HPKE suite = HpkeKey.suite();
    HPKEContextWithEncapsulation context =
        suite.setupBaseS(suite.deserializePublicKey(inferer.toBytes()), info(ticket));
    return new QueryCipher(session, context, context.getEncapsulation());
  }

  /// The inferer's side, from the first frame of a session.
  ///
  /// @throws ProtocolException when the frame is too short or its key is not usable
  public static QueryCipher ofInferer(
      Id16 session, SignedEnvelope ticket, HpkeKey key, byte[] firstFrame)
      throws ProtocolException {
    if (firstFrame.length < HpkePublicKey.BYTES) {
      throw new ProtocolException("the first frame of a session is too short");
    }
    byte[] encapsulation = Arrays.copyOf(firstFrame, HpkePublicKey.BYTES);
    try {
      HPKEContext context = HpkeKey.suite().setupBaseR(encapsulation, key.pair(), info(ticket));
      return new QueryCipher(session, context, encapsulation);
    } catch (RuntimeException unusableKey) {
      throw new ProtocolException("a sealed question holds an unusable key", unusableKey);
    }
  }

  /// The next frame of the question.
  public byte[] sealQuestion(byte[] content, boolean last) {
    int sequence = questionFrames++;
    try {
      byte[] sealed = question.seal(associated(sequence, last), pad(content));
      return sequence == 0 ? concatenate(encapsulation, sealed) : sealed;
    } catch (InvalidCipherTextException impossible) {
      throw new IllegalStateException("Sealing does not fail", impossible);
    }
  }

  /// Opens the next frame of the question.
  public byte[] openQuestion(byte[] frame, boolean last) throws ProtocolException {
    int sequence = questionFrames++;
    if (sequence == 0 && frame.length < HpkePublicKey.BYTES) {
      throw new ProtocolException("the first frame of a session is too short");
    }
    byte[] sealed =
        sequence == 0 ? Arrays.copyOfRange(frame, HpkePublicKey.BYTES, frame.length) : frame;
    try {
      return unpad(question.open(associated(sequence, last), sealed));
    } catch (InvalidCipherTextException | RuntimeException forged) {
      throw new ProtocolException("a frame of a sealed question does not open", forged);
    }
  }

  /// The next frame of the answer.
  public byte[] sealAnswer(byte[] content, boolean last) {
    int sequence = answerFrames++;
    try {
      return answerAead(sequence).seal(associated(sequence, last), pad(content));
    } catch (InvalidCipherTextException impossible) {
      throw new IllegalStateException("Sealing does not fail", impossible);
    }
  }

  /// Opens the next frame of the answer.
  public byte[] openAnswer(byte[] frame, boolean last) throws ProtocolException {
    int sequence = answerFrames++;
    try {
      return unpad(answerAead(sequence).open(associated(sequence, last), frame));
    } catch (InvalidCipherTextException | RuntimeException forged) {
      throw new ProtocolException("a frame of a sealed answer does not open", forged);
    }
  }

  private AEAD answerAead(int sequence) {
    byte[] nonce = answerNonce.clone();
    ByteBuffer counter = ByteBuffer.allocate(NONCE_BYTES);
    counter.putInt(NONCE_BYTES - Integer.BYTES, sequence);
    for (int i = 0; i < NONCE_BYTES; i++) {
      nonce[i] ^= counter.get(i);
    }
    return new AEAD(HPKE.aead_CHACHA20_POLY1305, answerKey, nonce);
  }

  private byte[] associated(int sequence, boolean last) {
    return ByteBuffer.allocate(Id16.BYTES + Integer.BYTES + 1)
        .put(session.toBytes())
        .putInt(sequence)
        .put((byte) (last ? 1 : 0))
        .array();
  }

  /// Token lengths leak text, so frames come in a few sizes only (design section 6, step 5).
  private static byte[] pad(byte[] content) {
    if (content.length > CONTENT_BYTES_MAX) {
      throw new IllegalArgumentException("The content of a frame is at most 48 KiB");
    }
    int size = LENGTH_BYTES + content.length;
    for (int padded : PADDED_BYTES) {
      if (size <= padded) {
        return ByteBuffer.allocate(padded).putInt(content.length).put(content).array();
      }
    }
    throw new IllegalStateException("The largest padded size holds every content");
  }

  private static byte[] unpad(byte[] padded) throws ProtocolException {
    ByteBuffer buffer = ByteBuffer.wrap(padded);
    if (padded.length < LENGTH_BYTES) {
      throw new ProtocolException("a sealed frame is too short");
    }
    int length = buffer.getInt();
    if (length < 0 || length > buffer.remaining() || length > CONTENT_BYTES_MAX) {
      throw new ProtocolException("a sealed frame has a wrong length");
    }
    byte[] content = new byte[length];
    buffer.get(content);
    return content;
  }

  private static byte[] info(SignedEnvelope ticket) {
    return concatenate(
        ascii("peermind/v1/question\0"), Sha256.of(ticket.wire().getPayload().toByteArray()));
  }

  private static byte[] concatenate(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
