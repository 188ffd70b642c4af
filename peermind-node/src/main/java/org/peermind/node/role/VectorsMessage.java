// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.Embeddings;
import org.peermind.node.query.AttemptEvent;
import org.peermind.protocol.wire.AnswerFrame;
import org.peermind.protocol.wire.Vector;
import org.peermind.protocol.wire.Vectors;

/// The vectors of texts as they travel sealed, cut into frames.
final class VectorsMessage {
  /// 32 KiB of single-precision numbers, within what one frame may hold.
  static final int VALUES_PER_FRAME_MAX = 8_192;

  private VectorsMessage() {}

  static List<AnswerFrame> frames(Embeddings embeddings) {
    List<AnswerFrame> frames = new ArrayList<>();
    Vectors.Builder frame = Vectors.newBuilder();
    int room = VALUES_PER_FRAME_MAX;
    for (int text = 0; text < embeddings.vectors().size(); text++) {
      List<Float> values = embeddings.vectors().get(text);
      int from = 0;
      while (from < values.size()) {
        int to = Math.min(values.size(), from + room);
        frame.addVectors(
            Vector.newBuilder()
                .setText(text)
                .setOffset(from)
                .addAllValues(values.subList(from, to)));
        room -= to - from;
        from = to;
        if (room == 0) {
          frames.add(AnswerFrame.newBuilder().setVectors(frame).build());
          frame = Vectors.newBuilder();
          room = VALUES_PER_FRAME_MAX;
        }
      }
    }
    if (frame.getVectorsCount() > 0) {
      frames.add(AnswerFrame.newBuilder().setVectors(frame).build());
    }
    return frames;
  }

  static AttemptEvent.Vectors event(Vectors vectors) {
    return new AttemptEvent.Vectors(
        vectors.getVectorsList().stream()
            .map(
                part ->
                    new AttemptEvent.VectorPart(
                        part.getText(), part.getOffset(), part.getValuesList()))
            .toList());
  }
}
