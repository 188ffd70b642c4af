// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.TokenLogprob.Candidate;

/// Probabilities of an answer's tokens, vectors and features as bytes.
final class AnswerCodec {
  private AnswerCodec() {}

  static void putLogprobs(DataOutputStream out, List<TokenLogprob> logprobs) throws IOException {
    out.writeInt(logprobs.size());
    for (TokenLogprob logprob : logprobs) {
      putCandidate(out, logprob.token());
      out.writeInt(logprob.top().size());
      for (Candidate candidate : logprob.top()) {
        putCandidate(out, candidate);
      }
    }
  }

  static List<TokenLogprob> logprobs(DataInputStream in) throws IOException {
    int count = LinkFields.count(in, 20);
    List<TokenLogprob> logprobs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Candidate token = candidate(in);
      int others = LinkFields.count(in, 16);
      List<Candidate> top = new ArrayList<>(others);
      for (int k = 0; k < others; k++) {
        top.add(candidate(in));
      }
      logprobs.add(new TokenLogprob(token, top));
    }
    return logprobs;
  }

  static void putEmbeddings(DataOutputStream out, Embeddings embeddings) throws IOException {
    out.writeInt(embeddings.tokens());
    out.writeInt(embeddings.vectors().size());
    for (List<Float> vector : embeddings.vectors()) {
      out.writeInt(vector.size());
      for (float value : vector) {
        out.writeFloat(value);
      }
    }
  }

  static Embeddings embeddings(DataInputStream in) throws IOException {
    int tokens = in.readInt();
    int count = LinkFields.count(in, 4);
    List<List<Float>> vectors = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int width = LinkFields.count(in, 4);
      List<Float> vector = new ArrayList<>(width);
      for (int k = 0; k < width; k++) {
        vector.add(in.readFloat());
      }
      vectors.add(vector);
    }
    return new Embeddings(vectors, tokens);
  }

  static void putFeatures(DataOutputStream out, EngineFeatures features) throws IOException {
    out.writeBoolean(features.continuation());
    out.writeBoolean(features.nearTies());
    out.writeBoolean(features.logprobs());
    out.writeBoolean(features.constraints());
    out.writeBoolean(features.tools());
    out.writeBoolean(features.embeddings());
    out.writeBoolean(features.scoring());
    out.writeBoolean(features.adapters());
  }

  static EngineFeatures features(DataInputStream in) throws IOException {
    return new EngineFeatures(
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean());
  }

  private static void putCandidate(DataOutputStream out, Candidate candidate) throws IOException {
    LinkFields.putText(out, candidate.text());
    LinkFields.putNumbers(out, candidate.bytes());
    out.writeDouble(candidate.logprob());
  }

  private static Candidate candidate(DataInputStream in) throws IOException {
    return new Candidate(LinkFields.text(in), LinkFields.numbers(in), in.readDouble());
  }
}
