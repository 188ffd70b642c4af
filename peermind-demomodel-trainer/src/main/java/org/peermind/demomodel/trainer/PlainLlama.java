// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.peermind.demomodel.Vocabulary;

/// The same network in plain Java, one token at a time with remembered keys and values: slow for
/// large models, but independent of libtorch and quick enough for the demo model.
final class PlainLlama {
  private final ModelShape shape;
  private final Map<String, float[]> weights;

  PlainLlama(ModelShape shape, Map<String, float[]> weights) {
    this.shape = shape;
    this.weights = Map.copyOf(weights);
  }

  /// The tokens that follow `prompt`, until the end mark, the context's end or `max` tokens. At
  /// temperature 0 the likeliest token is taken each time, else one is drawn.
  List<Integer> answer(int[] prompt, int max, double temperature, RandomGenerator random) {
    Memory memory = new Memory();
    float[] logits = new float[0];
    for (int token : prompt) {
      logits = memory.next(token);
    }
    List<Integer> answer = new ArrayList<>();
    while (answer.size() < max && prompt.length + answer.size() < shape.context()) {
      int token = temperature == 0 ? likeliest(logits) : drawn(logits, temperature, random);
      if (token == Vocabulary.IM_END_ID) {
        break;
      }
      answer.add(token);
      logits = memory.next(token);
    }
    return answer;
  }

  /// The scores of all tokens after the last of `tokens`.
  float[] logits(int[] tokens) {
    Memory memory = new Memory();
    float[] logits = new float[0];
    for (int token : tokens) {
      logits = memory.next(token);
    }
    return logits;
  }

  private static int likeliest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private static int drawn(float[] logits, double temperature, RandomGenerator random) {
    double top = logits[likeliest(logits)];
    double sum = 0;
    double[] parts = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      parts[i] = Math.exp((logits[i] - top) / temperature);
      sum += parts[i];
    }
    double draw = random.nextDouble() * sum;
    for (int i = 0; i < logits.length; i++) {
      draw -= parts[i];
      if (draw < 0) {
        return i;
      }
    }
    return logits.length - 1;
  }

  private float[] weight(String name) {
    float[] values = weights.get(name);
    if (values == null) {
      throw new IllegalArgumentException("The model has no tensor called " + name);
    }
    return values;
  }

  /// What the network remembers of the tokens so far.
  private final class Memory {
    private final List<List<float[]>> keys = new ArrayList<>();
    private final List<List<float[]>> values = new ArrayList<>();
    private int position;

    Memory() {
      for (int layer = 0; layer < shape.layers(); layer++) {
        keys.add(new ArrayList<>());
        values.add(new ArrayList<>());
      }
    }

    float[] next(int token) {
      float[] stream = new float[shape.width()];
      System.arraycopy(
          weight("token_embd.weight"), token * stream.length, stream, 0, stream.length);
      for (int layer = 0; layer < shape.layers(); layer++) {
        String block = "blk." + layer + ".";
        add(stream, attention(norm(stream, block + "attn_norm.weight"), layer, block));
        float[] inner = norm(stream, block + "ffn_norm.weight");
        float[] gate = times(block + "ffn_gate.weight", inner);
        float[] up = times(block + "ffn_up.weight", inner);
        for (int i = 0; i < gate.length; i++) {
          gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
        }
        add(stream, times(block + "ffn_down.weight", gate));
      }
      position++;
      return times("output.weight", norm(stream, "output_norm.weight"));
    }

    private float[] attention(float[] normed, int layer, String block) {
      float[] query = rotated(times(block + "attn_q.weight", normed));
      keys.get(layer).add(rotated(times(block + "attn_k.weight", normed)));
      values.get(layer).add(times(block + "attn_v.weight", normed));
      float[] mixed = new float[shape.width()];
      for (int head = 0; head < shape.heads(); head++) {
        mix(query, head, keys.get(layer), values.get(layer), mixed);
      }
      return times(block + "attn_output.weight", mixed);
    }

    private void mix(
        float[] query, int head, List<float[]> keys, List<float[]> values, float[] mixed) {
      int size = shape.headWidth();
      int from = head * size;
      int keyFrom = head / (shape.heads() / shape.keyHeads()) * size;
      double[] scores = new double[keys.size()];
      double top = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < scores.length; i++) {
        double dot = 0;
        for (int j = 0; j < size; j++) {
          dot += query[from + j] * keys.get(i)[keyFrom + j];
        }
        scores[i] = dot / Math.sqrt(size);
        top = Math.max(top, scores[i]);
      }
      double sum = 0;
      for (int i = 0; i < scores.length; i++) {
        scores[i] = Math.exp(scores[i] - top);
        sum += scores[i];
      }
      for (int i = 0; i < scores.length; i++) {
        float share = (float) (scores[i] / sum);
        for (int j = 0; j < size; j++) {
          mixed[from + j] += share * values.get(i)[keyFrom + j];
        }
      }
    }

    private float[] rotated(float[] heads) {
      int size = shape.headWidth();
      for (int i = 0; i < heads.length; i += 2) {
        double angle = position * Math.pow(ModelShape.ROPE_BASE, -(double) (i % size) / size);
        float x = heads[i];
        float y = heads[i + 1];
        heads[i] = (float) (x * Math.cos(angle) - y * Math.sin(angle));
        heads[i + 1] = (float) (x * Math.sin(angle) + y * Math.cos(angle));
      }
      return heads;
    }

    private float[] norm(float[] stream, String name) {
      double squares = 0;
      for (float value : stream) {
        squares += (double) value * value;
      }
      float scale = (float) (1 / Math.sqrt(squares / stream.length + ModelShape.NORM_EPSILON));
      float[] weight = weight(name);
      float[] normed = new float[stream.length];
      for (int i = 0; i < normed.length; i++) {
        normed[i] = stream[i] * scale * weight[i];
      }
      return normed;
    }

    private float[] times(String name, float[] input) {
      float[] matrix = weight(name);
      float[] output = new float[matrix.length / input.length];
      for (int row = 0; row < output.length; row++) {
        float sum = 0;
        for (int i = 0; i < input.length; i++) {
          sum += matrix[row * input.length + i] * input[i];
        }
        output[row] = sum;
      }
      return output;
    }

    private static void add(float[] stream, float[] more) {
      for (int i = 0; i < stream.length; i++) {
        stream[i] += more[i];
      }
    }
  }
}
