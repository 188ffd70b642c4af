// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.Map;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// The network over one batch, block by block, as llama.cpp computes it.
///
/// A stream is rows x columns x width. Norms' weights are used as the file has them: llama.cpp's
/// converter has already added Gemma's 1.
final class ForwardPass {
  private final NetworkShape shape;
  private final FrozenWeights weights;
  private final LowRank lowRank;
  private final Map<String, Tensor> b;
  private final long rows;
  private final long columns;
  private final Rotation everywhere;
  private final Rotation inWindow;
  private final Tensor causal;
  private final Tensor windowed;

  ForwardPass(
      NetworkShape shape,
      FrozenWeights weights,
      LowRank lowRank,
      Map<String, Tensor> b,
      SequenceBatch batch,
      TorchDevice device) {
    this.shape = shape;
    this.weights = weights;
    this.lowRank = lowRank;
    this.b = b;
    this.rows = batch.rows();
    this.columns = batch.columns();
    Tensor factors = weights.find(NetworkTensors.TURN_FACTORS);
    float[] longer = factors == null ? new float[0] : TorchDevice.read(factors);
    this.everywhere = new Rotation(shape, shape.positions(), longer, batch.columns(), device);
    this.causal = hidden(batch.columns(), batch.columns(), device);
    if (shape.window() > 0) {
      this.inWindow = new Rotation(shape, shape.windowPositions(), longer, batch.columns(), device);
      this.windowed = hidden(batch.columns(), shape.window(), device);
    } else {
      this.inWindow = everywhere;
      this.windowed = causal;
    }
  }

  /// 0 where a token (row) sees another one (column), which is itself or at most `window - 1`
  /// before it; else minus infinity.
  private static Tensor hidden(int columns, int window, TorchDevice device) {
    float[] values = new float[Math.multiplyExact(columns, columns)];
    for (int from = 0; from < columns; from++) {
      for (int to = 0; to < columns; to++) {
        boolean seen = to <= from && from - to < window;
        values[from * columns + to] = seen ? 0 : Float.NEGATIVE_INFINITY;
      }
    }
    return device.tensor(values, 1, 1, columns, columns);
  }

  /// The stream before the first block.
  Tensor embedded(Tensor tokens) {
    Tensor stream = torch.embedding(weights.get(NetworkTensors.EMBEDDING + ".weight"), tokens);
    return shape.family().gemma() ? stream.mul(new Scalar(Math.sqrt(shape.width()))) : stream;
  }

  /// The stream after a block.
  Tensor block(int block, Tensor stream) {
    return Scopes.only(
        () -> {
          Tensor attended = attention(block, norm(stream, name(block, "attn_norm")));
          Tensor between = stream.add(added(attended, name(block, "post_attention_norm")));
          Tensor inner = norm(between, name(block, "ffn_norm"));
          Tensor gate = linear(inner, name(block, "ffn_gate"));
          Tensor open = shape.family().gemma() ? torch.gelu(gate, "tanh") : torch.silu(gate);
          Tensor gated = open.mul(linear(inner, name(block, "ffn_up")));
          Tensor fed = linear(gated, name(block, "ffn_down"));
          return between.add(added(fed, name(block, "post_ffw_norm")));
        });
  }

  private Tensor added(Tensor result, String norm) {
    return shape.family().gemma() ? norm(result, norm) : result;
  }

  /// The logits of all tokens for streams after the last block (places x width).
  Tensor logits(Tensor streams) {
    Tensor normed = norm(streams, NetworkTensors.OUTPUT_NORM);
    Tensor output = weights.find(NetworkTensors.OUTPUT + ".weight");
    Tensor tied = output == null ? weights.get(NetworkTensors.EMBEDDING + ".weight") : output;
    Tensor bias = weights.find(NetworkTensors.OUTPUT + ".bias");
    Tensor logits =
        bias == null
            ? torch.linear(normed, tied)
            : torch.linear(normed, tied, new TensorOptional(bias));
    return capped(logits, shape.outputCap());
  }

  private Tensor attention(int block, Tensor normed) {
    Tensor query = heads(linear(normed, name(block, "attn_q")), shape.heads(), shape.keyWidth());
    Tensor key = heads(linear(normed, name(block, "attn_k")), shape.keyHeads(), shape.keyWidth());
    Tensor value =
        heads(linear(normed, name(block, "attn_v")), shape.keyHeads(), shape.valueWidth());
    if (shape.family().headNorms()) {
      query = norm(query, name(block, "attn_q_norm"));
      key = norm(key, name(block, "attn_k_norm"));
    }
    Rotation rotation = shape.windowed(block) ? inWindow : everywhere;
    Tensor mask = shape.windowed(block) ? windowed : causal;
    Tensor turnedQuery = rotation.turn(query).transpose(1, 2);
    Tensor turnedKey = rotation.turn(key).transpose(1, 2);
    Tensor mixed =
        shape.attentionCap() > 0
            ? cappedMix(turnedQuery, turnedKey, value.transpose(1, 2), mask)
            : torch.scaled_dot_product_attention(
                turnedQuery,
                turnedKey,
                value.transpose(1, 2),
                new TensorOptional(mask),
                0.0,
                false,
                new DoubleOptional(shape.attentionScale()),
                shape.heads() != shape.keyHeads());
    long width = (long) shape.heads() * shape.valueWidth();
    Tensor joined = mixed.transpose(1, 2).reshape(rows, columns, width);
    return linear(joined, name(block, "attn_output"));
  }

  /// Attention whose scores are capped before the mask; heads that share a key stand side by side.
  private Tensor cappedMix(Tensor query, Tensor key, Tensor value, Tensor mask) {
    long shared = shape.heads() / shape.keyHeads();
    Tensor grouped =
        query
            .mul(new Scalar(shape.attentionScale()))
            .reshape(rows, shape.keyHeads(), shared, columns, shape.keyWidth());
    Tensor scores = torch.matmul(grouped, key.unsqueeze(2).transpose(3, 4));
    Tensor shares = capped(scores, shape.attentionCap()).add(mask).softmax(-1);
    return torch
        .matmul(shares, value.unsqueeze(2))
        .reshape(rows, shape.heads(), columns, shape.valueWidth());
  }

  private static Tensor capped(Tensor scores, double cap) {
    return cap > 0 ? scores.mul(new Scalar(1 / cap)).tanh().mul(new Scalar(cap)) : scores;
  }

  private Tensor heads(Tensor projected, int heads, int width) {
    return projected.reshape(rows, columns, heads, width);
  }

  private Tensor linear(Tensor input, String name) {
    String matrix = name + ".weight";
    Tensor bias = weights.find(name + ".bias");
    Tensor result =
        bias == null
            ? torch.linear(input, weights.get(matrix))
            : torch.linear(input, weights.get(matrix), new TensorOptional(bias));
    @Nullable Tensor up = b.get(matrix);
    @Nullable Tensor down = lowRank.a(matrix);
    return up == null || down == null
        ? result
        : result.add(torch.linear(torch.linear(input, down), up));
  }

  private Tensor norm(Tensor stream, String name) {
    Tensor weight = weights.get(name + ".weight");
    return torch.rms_norm(
        stream,
        new long[] {weight.size(0)},
        new TensorOptional(weight),
        new DoubleOptional(shape.normEpsilon()));
  }

  private static String name(int block, String part) {
    return NetworkTensors.name(block, part);
  }
}
