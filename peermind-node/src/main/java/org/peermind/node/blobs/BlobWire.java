// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Sha256;

/// What is said on a connection for models, after TLS. A question is 37 bytes: what is wanted, the
/// model's hash, and the number of the chunk. Answers come in the order of the questions: a byte
/// that says whether it is here, the length, and the bytes or a sentence. Numbers are big-endian.
final class BlobWire {
  /// Negotiated by ALPN; another version has another name.
  static final String APPLICATION = "peermind-blob/1";

  static final int SENTENCE_BYTES_MAX = 512;

  private static final int MANIFEST = 1;
  private static final int CHUNK = 2;
  private static final int HERE = 0;
  private static final int NOT_HERE = 1;

  private BlobWire() {}

  /// What a node wants to have.
  sealed interface Question {
    ModelHash model();

    record Manifest(ModelHash model) implements Question {}

    record Chunk(ModelHash model, int chunk) implements Question {}
  }

  /// The beginning of an answer; `bytes` follow.
  record AnswerHead(boolean isHere, int bytes) {}

  static void ask(DataOutputStream out, Question question) throws IOException {
    switch (question) {
      case Question.Manifest(ModelHash model) -> write(out, MANIFEST, model, 0);
      case Question.Chunk(ModelHash model, int chunk) -> write(out, CHUNK, model, chunk);
    }
  }

  private static void write(DataOutputStream out, int kind, ModelHash model, int chunk)
      throws IOException {
    out.writeByte(kind);
    out.write(model.toBytes());
    out.writeInt(chunk);
  }

  static Question readQuestion(DataInputStream in) throws IOException, ProtocolException {
    int kind = in.readUnsignedByte();
    byte[] hash = new byte[Sha256.BYTES];
    in.readFully(hash);
    int chunk = in.readInt();
    ModelHash model = ModelHash.ofBytes(hash);
    return switch (kind) {
      case MANIFEST -> new Question.Manifest(model);
      case CHUNK -> new Question.Chunk(model, chunk);
      default -> throw new ProtocolException("nobody can be asked for " + kind);
    };
  }

  static void here(DataOutputStream out, int bytes) throws IOException {
    out.writeByte(HERE);
    out.writeInt(bytes);
  }

  static void notHere(DataOutputStream out, String sentence) throws IOException {
    byte[] text = sentence.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, SENTENCE_BYTES_MAX);
    out.writeByte(NOT_HERE);
    out.writeInt(length);
    out.write(text, 0, length);
    out.flush();
  }

  static AnswerHead readHead(DataInputStream in) throws IOException, ProtocolException {
    int kind = in.readUnsignedByte();
    int bytes = in.readInt();
    if (kind != HERE && kind != NOT_HERE) {
      throw new ProtocolException("an answer does not begin with " + kind);
    }
    if (bytes < 0 || (kind == NOT_HERE && bytes > SENTENCE_BYTES_MAX)) {
      throw new ProtocolException("an answer does not have " + bytes + " bytes");
    }
    return new AnswerHead(kind == HERE, bytes);
  }
}
