// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// The trainable tensors of a Llama model under the names that a GGUF file gives them.
///
/// They are drawn from a seed by Java's own generator, so that libtorch's has no part in the
/// result.
final class Weights {
  private final ModelShape shape;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private Weights(ModelShape shape) {
    this.shape = shape;
  }

  /// Fresh weights: ones for norms, else normally distributed with the spread that keeps sums of
  /// `in` numbers at their size, smaller where a result is added to the stream.
  static Weights drawn(ModelShape shape, long seed) {
    Weights weights = new Weights(shape);
    Random random = new Random(seed);
    shapes(shape)
        .forEach(
            (name, size) -> {
              float[] values = new float[Math.toIntExact(elements(size))];
              double spread = spread(name, size, shape);
              for (int i = 0; i < values.length; i++) {
                values[i] = size.length == 1 ? 1 : (float) (random.nextGaussian() * spread);
              }
              weights.tensors.put(name, tensor(values, size).set_requires_grad(true));
            });
    return weights;
  }

  /// The weights that a model file holds, to be trained further.
  ///
  /// @throws IllegalArgumentException when one is missing or has another size
  static Weights stored(ModelShape shape, Map<String, float[]> values) {
    Weights weights = new Weights(shape);
    shapes(shape)
        .forEach(
            (name, size) -> {
              float[] numbers = values.getOrDefault(name, new float[0]);
              if (numbers.length != elements(size)) {
                throw new IllegalArgumentException(
                    "Tensor %s has %d numbers instead of %d; use a file of the same shape"
                        .formatted(name, numbers.length, elements(size)));
              }
              weights.tensors.put(name, tensor(numbers, size).set_requires_grad(true));
            });
    return weights;
  }

  private static double spread(String name, long[] size, ModelShape shape) {
    if (name.equals("token_embd.weight")) {
      return 0.05;
    }
    boolean added = name.endsWith("attn_output.weight") || name.endsWith("ffn_down.weight");
    double fanIn = 0.7 / Math.sqrt((double) size[size.length - 1]);
    return added ? fanIn / Math.sqrt(2.0 * shape.layers()) : fanIn;
  }

  /// The tensors' names and sizes, rows first as libtorch has them.
  static Map<String, long[]> shapes(ModelShape shape) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    long width = shape.width();
    long keys = (long) shape.keyHeads() * shape.headWidth();
    shapes.put("token_embd.weight", new long[] {shape.vocabulary(), width});
    for (int layer = 0; layer < shape.layers(); layer++) {
      String block = "blk." + layer + ".";
      shapes.put(block + "attn_norm.weight", new long[] {width});
      shapes.put(block + "attn_q.weight", new long[] {width, width});
      shapes.put(block + "attn_k.weight", new long[] {keys, width});
      shapes.put(block + "attn_v.weight", new long[] {keys, width});
      shapes.put(block + "attn_output.weight", new long[] {width, width});
      shapes.put(block + "ffn_norm.weight", new long[] {width});
      shapes.put(block + "ffn_gate.weight", new long[] {shape.feedForward(), width});
      shapes.put(block + "ffn_up.weight", new long[] {shape.feedForward(), width});
      shapes.put(block + "ffn_down.weight", new long[] {width, shape.feedForward()});
    }
    shapes.put("output_norm.weight", new long[] {width});
    shapes.put("output.weight", new long[] {shape.vocabulary(), width});
    return shapes;
  }

  ModelShape shape() {
    return shape;
  }

  Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("The model has no tensor called " + name);
    }
    return tensor;
  }

  List<Tensor> all() {
    return List.copyOf(tensors.values());
  }

  /// The numbers of every tensor, row by row.
  Map<String, float[]> values() {
    Map<String, float[]> values = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> values.put(name, read(tensor)));
    return values;
  }

  /// SHA-256 over all numbers, in hexadecimal.
  String digest() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (float[] numbers : values().values()) {
        ByteBuffer bytes =
            ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(numbers);
        digest.update(bytes.array());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java lacks SHA-256, which every Java must have", e);
    }
  }

  static long elements(long[] size) {
    long elements = 1;
    for (long dimension : size) {
      elements *= dimension;
    }
    return elements;
  }

  static Tensor tensor(float[] values, long... size) {
    return torch.tensor(values).reshape(size).contiguous();
  }

  static float[] read(Tensor tensor) {
    Tensor plain = tensor.detach().contiguous();
    float[] values = new float[Math.toIntExact(plain.numel())];
    new FloatPointer(plain.data_ptr()).get(values);
    return values;
  }
}
