// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;

/// The weights of a model file as 32-bit floats, which nobody trains.
final class FrozenWeights implements AutoCloseable {
  /// So many numbers are read at a time (64 MiB).
  private static final int PART = 1 << 24;

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private FrozenWeights() {}

  /// Reads the tensors that a network of `shape` is made of, one after the other.
  ///
  /// @throws UnsupportedModelException when one is missing, unknown or in a type that is not read
  /// @throws IOException when the file cannot be read
  static FrozenWeights read(GgufFile model, NetworkShape shape, TorchDevice device)
      throws UnsupportedModelException, IOException {
    FrozenWeights weights = new FrozenWeights();
    boolean complete = false;
    try (StoredTensors stored = new StoredTensors(model)) {
      for (GgufTensor tensor : NetworkTensors.of(model, shape)) {
        Tensor read = read(stored, tensor);
        weights.tensors.put(tensor.name(), Scopes.outliving(() -> device.placed(read)));
        if (device.cuda()) {
          read.close();
        }
      }
      complete = true;
      return weights;
    } finally {
      if (!complete) {
        weights.close();
      }
    }
  }

  private static Tensor read(StoredTensors stored, GgufTensor tensor)
      throws UnsupportedModelException, IOException {
    long[] sizes = new long[tensor.dimensions().size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = tensor.dimensions().get(sizes.length - 1 - i);
    }
    Tensor read = Scopes.outliving(() -> torch.empty(sizes));
    for (long from = 0; from < tensor.elements(); from += PART) {
      int count = (int) Math.min(PART, tensor.elements() - from);
      TorchDevice.put(read, from, stored.read(tensor, from, count));
    }
    return read;
  }

  /// The tensor of a name.
  Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("The network has no tensor " + name);
    }
    return tensor;
  }

  /// The tensor of a name, or null when the model has none.
  @Nullable Tensor find(String name) {
    return tensors.get(name);
  }

  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
    tensors.clear();
  }
}
