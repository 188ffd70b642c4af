// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;

/// Sequences, their scores and adapters as bytes.
final class ScoreCodec {
  private ScoreCodec() {}

  static void putSequences(DataOutputStream out, List<ScoredSequence> sequences)
      throws IOException {
    out.writeInt(sequences.size());
    for (ScoredSequence sequence : sequences) {
      out.writeInt(sequence.from());
      LinkFields.putNumbers(out, sequence.tokens());
    }
  }

  static List<ScoredSequence> sequences(DataInputStream in) throws IOException {
    int count = LinkFields.count(in, 8);
    List<ScoredSequence> sequences = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int from = in.readInt();
      sequences.add(new ScoredSequence(LinkFields.numbers(in), from));
    }
    return sequences;
  }

  static void putScores(DataOutputStream out, List<SequenceScore> scores) throws IOException {
    out.writeInt(scores.size());
    for (SequenceScore score : scores) {
      out.writeInt(score.logprobs().size());
      for (double logprob : score.logprobs()) {
        out.writeDouble(logprob);
      }
    }
  }

  static List<SequenceScore> scores(DataInputStream in) throws IOException {
    int count = LinkFields.count(in, 4);
    List<SequenceScore> scores = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int tokens = LinkFields.count(in, 8);
      List<Double> logprobs = new ArrayList<>(tokens);
      for (int k = 0; k < tokens; k++) {
        logprobs.add(in.readDouble());
      }
      scores.add(new SequenceScore(logprobs));
    }
    return scores;
  }

  static void putAdapter(DataOutputStream out, LinkMessage.Adapter adapter) throws IOException {
    LinkFields.putText(out, adapter.file());
    out.writeFloat(adapter.scale());
  }

  static LinkMessage.Adapter adapter(DataInputStream in) throws IOException {
    return new LinkMessage.Adapter(LinkFields.text(in), in.readFloat());
  }
}
