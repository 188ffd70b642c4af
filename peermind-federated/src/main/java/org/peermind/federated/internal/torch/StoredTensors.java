// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;
import org.peermind.model.TensorType;

/// Reads the numbers of a model file's tensors, a part at a time.
final class StoredTensors implements AutoCloseable {
  private final FileChannel file;

  StoredTensors(GgufFile model) throws IOException {
    this.file = FileChannel.open(model.path(), StandardOpenOption.READ);
  }

  /// The numbers of a tensor from one on.
  ///
  /// @throws UnsupportedModelException when they are stored in a type that is not read
  float[] read(GgufTensor tensor, long from, int count)
      throws IOException, UnsupportedModelException {
    boolean half = tensor.type() == TensorType.F16;
    if (!half && tensor.type() != TensorType.F32) {
      throw new UnsupportedModelException(
          "The trainer cannot read the tensor %s, which is stored as %s."
              .formatted(tensor.name(), tensor.type()));
    }
    int size = tensor.type().blockBytes();
    ByteBuffer bytes =
        file.map(FileChannel.MapMode.READ_ONLY, tensor.offset() + from * size, (long) count * size)
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = half ? Float.float16ToFloat(bytes.getShort()) : bytes.getFloat();
    }
    return values;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
