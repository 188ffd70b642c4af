// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;

/// Which tensors a network is made of, under their names in GGUF files.
final class NetworkTensors {
  static final String EMBEDDING = "token_embd";
  static final String OUTPUT_NORM = "output_norm";
  static final String OUTPUT = "output";

  /// Wave lengths of rotary positions are multiplied with it (Llama 3.1 and later).
  static final String TURN_FACTORS = "rope_freqs.weight";

  /// The matrices of a block that can be adapted.
  static final List<String> MATRICES =
      List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down");

  private static final Pattern OF_BLOCK = Pattern.compile("blk\\.(\\d+)\\.(\\w+)\\.weight");

  private record Form(List<Long> dimensions, boolean needed) {}

  private final NetworkShape shape;
  private final Map<String, Form> forms = new LinkedHashMap<>();

  private NetworkTensors(NetworkShape shape) {
    this.shape = shape;
    long width = shape.width();
    weight(EMBEDDING, true, width, shape.vocabulary());
    weight(OUTPUT_NORM, true, width);
    if (shape.family() != Family.GEMMA2) {
      weight(OUTPUT, false, width, shape.vocabulary());
    }
    if (shape.family() == Family.QWEN2) {
      bias(OUTPUT, shape.vocabulary());
    }
    if (shape.family() == Family.LLAMA) {
      forms.put(TURN_FACTORS, new Form(List.of(shape.keyWidth() / 2L), false));
    }
    for (int block = 0; block < shape.blocks(); block++) {
      putBlock(name(block, ""));
    }
  }

  private void putBlock(String block) {
    long width = shape.width();
    long queries = (long) shape.heads() * shape.keyWidth();
    long keys = (long) shape.keyHeads() * shape.keyWidth();
    long values = (long) shape.keyHeads() * shape.valueWidth();
    boolean otherBiases = shape.family() == Family.LLAMA;
    matrix(block + "attn_q", width, queries, true);
    matrix(block + "attn_k", width, keys, true);
    matrix(block + "attn_v", width, values, true);
    matrix(block + "attn_output", (long) shape.heads() * shape.valueWidth(), width, otherBiases);
    matrix(block + "ffn_gate", width, shape.feedForward(), otherBiases);
    matrix(block + "ffn_up", width, shape.feedForward(), otherBiases);
    matrix(block + "ffn_down", shape.feedForward(), width, otherBiases);
    weight(block + "attn_norm", true, width);
    weight(block + "ffn_norm", true, width);
    if (shape.family().headNorms()) {
      weight(block + "attn_q_norm", true, shape.keyWidth());
      weight(block + "attn_k_norm", true, shape.keyWidth());
    }
    if (shape.family().gemma()) {
      weight(block + "post_attention_norm", true, width);
      weight(block + "post_ffw_norm", true, width);
    }
  }

  private void matrix(String name, long in, long out, boolean mayHaveBias) {
    weight(name, true, in, out);
    if (mayHaveBias) {
      bias(name, out);
    }
  }

  private void weight(String name, boolean needed, long... dimensions) {
    forms.put(name + ".weight", new Form(LongStream.of(dimensions).boxed().toList(), needed));
  }

  private void bias(String name, long length) {
    forms.put(name + ".bias", new Form(List.of(length), false));
  }

  /// The name of a part of a block.
  static String name(int block, String part) {
    return "blk." + block + "." + part;
  }

  /// Whether a tensor is a matrix that can be adapted.
  static boolean canBeAdapted(String tensor) {
    Matcher name = OF_BLOCK.matcher(tensor);
    return name.matches() && MATRICES.contains(name.group(2));
  }

  /// The block of a matrix that can be adapted.
  static int block(String matrix) {
    Matcher name = OF_BLOCK.matcher(matrix);
    if (!name.matches()) {
      throw new IllegalArgumentException("The tensor " + matrix + " is in no block");
    }
    return Integer.parseInt(name.group(1));
  }

  /// The tensors of `model`, each with the size that the shape asks for.
  ///
  /// @throws UnsupportedModelException when one is missing, has another size, or is not known, so
  ///   that it might take part in what the model computes
  static List<GgufTensor> of(GgufFile model, NetworkShape shape) throws UnsupportedModelException {
    Map<String, Form> forms = new NetworkTensors(shape).forms;
    List<GgufTensor> tensors = new ArrayList<>();
    Set<String> found = new HashSet<>();
    for (GgufTensor tensor : model.tensors()) {
      Form form = forms.get(tensor.name());
      if (form == null) {
        throw refusal("it does not know the tensor " + tensor.name() + " of its file");
      }
      if (!form.dimensions().equals(tensor.dimensions())) {
        throw refusal(
            "the tensor %s has the sizes %s where its keys say %s"
                .formatted(tensor.name(), tensor.dimensions(), form.dimensions()));
      }
      found.add(tensor.name());
      tensors.add(tensor);
    }
    for (Map.Entry<String, Form> form : forms.entrySet()) {
      if (form.getValue().needed() && !found.contains(form.getKey())) {
        throw refusal("the tensor " + form.getKey() + " is missing in its file");
      }
    }
    return List.copyOf(tensors);
  }

  private static UnsupportedModelException refusal(String what) {
    return new UnsupportedModelException("The trainer cannot compute this model: " + what + ".");
  }
}
