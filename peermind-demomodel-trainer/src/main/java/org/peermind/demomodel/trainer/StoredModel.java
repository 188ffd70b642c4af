// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;
import org.peermind.model.TensorType;

/// Reads back the numbers of a model file that [ModelFile] wrote.
final class StoredModel {
  private StoredModel() {}

  /// The sizes that the file states.
  static ModelShape shape(GgufFile file) {
    return new ModelShape(
        file.vocabularySize(),
        whole(file, "llama.embedding_length"),
        whole(file, "llama.block_count"),
        whole(file, "llama.attention.head_count"),
        whole(file, "llama.attention.head_count_kv"),
        whole(file, "llama.feed_forward_length"),
        whole(file, "llama.context_length"));
  }

  /// The numbers of every tensor, row by row.
  ///
  /// @throws IOException when the file cannot be read
  static Map<String, float[]> weights(GgufFile file) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(file.path())).order(ByteOrder.LITTLE_ENDIAN);
    Map<String, float[]> weights = new LinkedHashMap<>();
    for (GgufTensor tensor : file.tensors()) {
      float[] values = new float[Math.toIntExact(tensor.elements())];
      boolean half = tensor.type() == TensorType.F16;
      if (!half && tensor.type() != TensorType.F32) {
        throw new IllegalArgumentException(
            "Tensor %s is of type %s; only F16 and F32 are read here"
                .formatted(tensor.name(), tensor.type()));
      }
      int start = Math.toIntExact(tensor.offset());
      for (int i = 0; i < values.length; i++) {
        values[i] =
            half
                ? Float.float16ToFloat(bytes.getShort(start + i * Short.BYTES))
                : bytes.getFloat(start + i * Float.BYTES);
      }
      weights.put(tensor.name(), values);
    }
    return weights;
  }

  private static int whole(GgufFile file, String key) {
    return Math.toIntExact(
        file.whole(key)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s does not state %s; use a Llama model".formatted(file.path(), key))));
  }
}
