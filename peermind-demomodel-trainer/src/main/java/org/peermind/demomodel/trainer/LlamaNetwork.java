// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// A Llama network as llama.cpp computes it: root mean square norms, rotary positions over adjacent
/// pairs (so that no weight needs to be permuted for GGUF), causal attention and a SwiGLU.
final class LlamaNetwork {
  private final Weights weights;
  private final ModelShape shape;
  private final Tensor turns;

  LlamaNetwork(Weights weights) {
    this.weights = weights;
    this.shape = weights.shape();
    this.turns = turns(shape);
  }

  /// The scores of all tokens after each token of `tokens` (rows x columns); `mask` (rows x 1 x
  /// columns x columns) is 0 where a token may look and very negative elsewhere.
  Tensor logits(Tensor tokens, Tensor mask) {
    long rows = tokens.size(0);
    long columns = tokens.size(1);
    Tensor rotation = torch.view_as_complex(turns.narrow(0, 0, columns)).unsqueeze(0).unsqueeze(2);
    Tensor stream = torch.embedding(weights.get("token_embd.weight"), tokens);
    for (int layer = 0; layer < shape.layers(); layer++) {
      String block = "blk." + layer + ".";
      Tensor normed = norm(stream, block + "attn_norm.weight");
      stream = stream.add(attention(normed, block, rotation, mask, rows, columns));
      Tensor inner = norm(stream, block + "ffn_norm.weight");
      Tensor gate = torch.silu(linear(inner, block + "ffn_gate.weight"));
      Tensor gated = gate.mul(linear(inner, block + "ffn_up.weight"));
      stream = stream.add(linear(gated, block + "ffn_down.weight"));
    }
    return linear(norm(stream, "output_norm.weight"), "output.weight");
  }

  private Tensor attention(
      Tensor normed, String block, Tensor rotation, Tensor mask, long rows, long columns) {
    Tensor query =
        rotated(
            heads(linear(normed, block + "attn_q.weight"), shape.heads(), rows, columns), rotation);
    Tensor key =
        rotated(
            heads(linear(normed, block + "attn_k.weight"), shape.keyHeads(), rows, columns),
            rotation);
    Tensor value = heads(linear(normed, block + "attn_v.weight"), shape.keyHeads(), rows, columns);
    boolean grouped = shape.heads() != shape.keyHeads();
    Tensor mixed =
        torch.scaled_dot_product_attention(
            query.transpose(1, 2),
            key.transpose(1, 2),
            value.transpose(1, 2),
            new TensorOptional(mask),
            0.0,
            false,
            new DoubleOptional(),
            grouped);
    Tensor joined = mixed.transpose(1, 2).reshape(rows, columns, shape.width());
    return linear(joined, block + "attn_output.weight");
  }

  private Tensor heads(Tensor projected, int heads, long rows, long columns) {
    return projected.reshape(rows, columns, heads, shape.headWidth());
  }

  private Tensor rotated(Tensor heads, Tensor rotation) {
    long[] pairs = {heads.size(0), heads.size(1), heads.size(2), shape.headWidth() / 2, 2};
    Tensor turned = torch.view_as_complex(heads.reshape(pairs)).mul(rotation);
    return torch.view_as_real(turned).flatten(3, 4);
  }

  private Tensor linear(Tensor input, String name) {
    return torch.linear(input, weights.get(name));
  }

  private Tensor norm(Tensor stream, String name) {
    Tensor square = stream.mul(stream);
    Tensor mean = square.mean(new long[] {-1}, true, new ScalarTypeOptional());
    Tensor scale = mean.add(new Scalar(ModelShape.NORM_EPSILON)).rsqrt();
    return stream.mul(scale).mul(weights.get(name));
  }

  /// Cosine and sine of each pair's angle at each position.
  private static Tensor turns(ModelShape shape) {
    int pairs = shape.headWidth() / 2;
    float[] values = new float[shape.context() * pairs * 2];
    for (int position = 0; position < shape.context(); position++) {
      for (int pair = 0; pair < pairs; pair++) {
        double angle = position * Math.pow(ModelShape.ROPE_BASE, -(double) pair / pairs);
        values[(position * pairs + pair) * 2] = (float) Math.cos(angle);
        values[(position * pairs + pair) * 2 + 1] = (float) Math.sin(angle);
      }
    }
    return Weights.tensor(values, shape.context(), pairs, 2);
  }
}
