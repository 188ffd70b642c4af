// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Embeddings;
import org.peermind.node.query.AttemptEvent;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.wire.AnswerFrame;

class VectorsMessageTest {
  @Test
  void cutsVectorsIntoFrames_thatACipherTakes() {
    List<List<Float>> vectors = new ArrayList<>();
    for (int text = 0; text < 5; text++) {
      List<Float> vector = new ArrayList<>();
      for (int i = 0; i < VectorsMessage.VALUES_PER_FRAME_MAX - 1; i++) {
        vector.add(text + i / 7f);
      }
      vectors.add(vector);
    }
    List<AnswerFrame> frames = VectorsMessage.frames(new Embeddings(vectors, 9));
    List<List<Float>> read = new ArrayList<>();
    for (AnswerFrame frame : frames) {
      assertThat(frame.getSerializedSize()).isLessThan(QueryCipher.CONTENT_BYTES_MAX);
      for (AttemptEvent.VectorPart part : VectorsMessage.event(frame.getVectors()).parts()) {
        if (part.offset() == 0) {
          read.add(new ArrayList<>());
        }
        assertThat(read.get(part.text())).hasSize(part.offset());
        read.get(part.text()).addAll(part.values());
      }
    }
    assertThat(frames).hasSize(5);
    assertThat(read).isEqualTo(vectors);
  }
}
