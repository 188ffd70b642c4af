// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraMatrix;
import org.peermind.model.tensor.TensorReader;

/// The weights of a model file as 32-bit floats, which nobody trains.
final class FrozenWeights implements AutoCloseable {
  /// So many numbers are read at a time (64 MiB).
  private static final int PART = 1 << 24;

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private FrozenWeights() {}

  /// Reads the tensors that a network of `shape` is made of, one after the other.
  ///
  /// @throws UnsupportedModelException when one is missing or unknown, or cannot be decoded or read
  static FrozenWeights read(GgufFile model, NetworkShape shape, TorchDevice device)
      throws UnsupportedModelException {
    List<GgufTensor> needed = NetworkTensors.of(model, shape);
    FrozenWeights weights = new FrozenWeights();
    boolean complete = false;
    try (TensorReader stored = TensorReader.open(model)) {
      for (GgufTensor tensor : needed) {
        Tensor read = read(stored, tensor);
        weights.tensors.put(tensor.name(), read);
        if (device.cuda()) {
          weights.tensors.put(tensor.name(), Scopes.outliving(() -> device.placed(read)));
          read.close();
        }
      }
      complete = true;
      return weights;
    } catch (GgufException e) {
      throw new UnsupportedModelException(String.valueOf(e.getMessage()));
    } finally {
      if (!complete) {
        weights.close();
      }
    }
  }

  private static Tensor read(TensorReader stored, GgufTensor tensor) throws GgufException {
    long[] sizes = new long[tensor.dimensions().size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = tensor.dimensions().get(sizes.length - 1 - i);
    }
    long row = tensor.dimensions().getFirst();
    long rows = tensor.elements() / row;
    long most = Math.max(1, PART / row);
    Tensor read = Scopes.outliving(() -> torch.empty(sizes));
    for (long from = 0; from < rows; from += most) {
      float[] part = stored.rows(tensor, from, Math.min(most, rows - from));
      TorchDevice.put(read, from * row, part);
    }
    return read;
  }

  /// Adds a parent adapter to the weights, which then change with it: `W + B A`.
  ///
  /// @throws UnsupportedModelException when it adapts a matrix that the network does not
  void add(LoraAdapter parent, TorchDevice device) throws UnsupportedModelException {
    for (LoraMatrix matrix : parent.matrices()) {
      Tensor weight = adaptable(matrix.tensor(), matrix.in(), matrix.out());
      try (PointerScope _ = new PointerScope();
          NoGradGuard _ = new NoGradGuard()) {
        Tensor b = device.tensor(matrix.b(), matrix.out(), matrix.rank());
        Tensor a = device.tensor(matrix.a(), matrix.rank(), matrix.in());
        weight.addmm_(b, a);
      }
    }
  }

  /// The weights of a matrix that can be adapted.
  ///
  /// @throws UnsupportedModelException when the network has none of this name and size
  Tensor adaptable(String matrix, int in, int out) throws UnsupportedModelException {
    Tensor weight = tensors.get(matrix);
    if (weight == null
        || !NetworkTensors.canBeAdapted(matrix)
        || weight.size(0) != out
        || weight.size(1) != in) {
      throw new UnsupportedModelException(
          "The trainer cannot adapt the matrix %s of %d x %d numbers in this model."
              .formatted(matrix, out, in));
    }
    return weight;
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
