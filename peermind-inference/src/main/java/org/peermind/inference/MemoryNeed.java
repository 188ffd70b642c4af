// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.inference.child.EngineLoop;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;
import org.peermind.model.GgufValue;

/// How much memory a model takes, in bytes, computed from its file's head alone: the same for
/// everybody, so that nodes can hold a candidate's need against their graphics memory when they
/// vote (design section 9).
///
/// Every token keeps a key and a value in each layer, of `head_count_kv` heads with 2 bytes a
/// number (F16). A sliding window is counted in full, as the engine keeps it in full. What
/// computing takes is an upper bound, measured against llama.cpp: either the logits of a batch or,
/// without flash attention, the scores of every head for all tokens.
///
/// @param inputBytes the embeddings, which always lie in the machine's memory
/// @param layerBytes of each layer, the weights and the memory for tokens
/// @param outputBytes the weights after the last layer
/// @param weightsBytes all weights as the file has them
/// @param tokensBytes the memory for tokens of all layers
/// @param computeBytes what computing a batch takes
public record MemoryNeed(
    long inputBytes,
    List<Long> layerBytes,
    long outputBytes,
    long weightsBytes,
    long tokensBytes,
    long computeBytes) {
  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,4})\\..*");
  private static final int LAYERS_MAX = 4096;
  private static final long NUMBER_MAX = 1L << 24;

  /// The engine rounds the count of cells up to this.
  private static final int CELLS_STEP = 256;

  /// What is kept of idle conversations beside the context takes at most as much as the memory for
  /// tokens, and no more than this.
  private static final long IDLE_BYTES_MAX = 512L << 20;

  private static final int HALF_BYTES = 2;
  private static final int FLOAT_BYTES = 4;
  private static final int MASK_STEP = 64;

  public MemoryNeed {
    layerBytes = List.copyOf(layerBytes);
  }

  /// The need of a model with memory for `contextTokens`, which `slots` answers share.
  ///
  /// @throws EngineException when the file's numbers make no sense
  public static MemoryNeed of(GgufFile model, int contextTokens, int slots) throws EngineException {
    return of(model, contextTokens, slots, HALF_BYTES);
  }

  /// The need of a model as it is to be loaded, with its adapter's file, beside the weights.
  ///
  /// @throws EngineException when the file's numbers make no sense
  static MemoryNeed of(GgufFile model, ModelSpec spec, long adapterBytes) throws EngineException {
    int numberBytes = spec.fullPrecision() ? FLOAT_BYTES : HALF_BYTES;
    MemoryNeed need = of(model, spec.contextTokens(), spec.slots(), numberBytes);
    return new MemoryNeed(
        need.inputBytes + adapterBytes,
        need.layerBytes,
        need.outputBytes,
        need.weightsBytes + adapterBytes,
        need.tokensBytes,
        need.computeBytes);
  }

  private static MemoryNeed of(GgufFile model, int contextTokens, int slots, int numberBytes)
      throws EngineException {
    try {
      return new Sums(model, numberBytes).need(contextTokens, slots);
    } catch (ArithmeticException e) {
      throw new EngineException(
          "The sizes that the model file %s gives make no sense.".formatted(model.path()), e);
    }
  }

  /// All of the model, wherever it lies: the figure to hold against the memory of a machine or,
  /// when everything shall lie on a graphics card, against that card's.
  public long totalBytes() {
    return weightsBytes + tokensBytes + computeBytes;
  }

  /// What conversations that wait for their next question may take beside the context, always in
  /// the machine's memory and so not in [#totalBytes].
  public long idleBytes() {
    return idleBytes(tokensBytes);
  }

  /// The same for a context whose memory for tokens takes so much.
  public static long idleBytes(long tokensBytes) {
    return Math.min(tokensBytes, IDLE_BYTES_MAX);
  }

  /// What the tensors of one file add up to.
  private static final class Sums {
    private final GgufFile model;
    private final String family;
    private final int numberBytes;
    private final List<Long> layers = new ArrayList<>();
    private long input;
    private long output;
    private boolean tied = true;

    Sums(GgufFile model, int numberBytes) throws EngineException {
      this.model = model;
      this.numberBytes = numberBytes;
      this.family = model.architecture() + ".";
      for (GgufTensor tensor : model.tensors()) {
        add(tensor);
      }
    }

    private void add(GgufTensor tensor) throws EngineException {
      Matcher block = BLOCK.matcher(tensor.name());
      if (!block.matches()) {
        if (tensor.name().startsWith("token_embd")) {
          input += tensor.bytes();
        } else {
          tied &= !tensor.name().equals("output.weight");
          output += tensor.bytes();
        }
        return;
      }
      int layer = Integer.parseInt(block.group(1));
      if (layer >= LAYERS_MAX) {
        throw new EngineException(
            "The model file %s has a layer %d, beyond all sense.".formatted(model.path(), layer));
      }
      while (layers.size() <= layer) {
        layers.add(0L);
      }
      layers.set(layer, layers.get(layer) + tensor.bytes());
    }

    MemoryNeed need(int contextTokens, int slots) {
      long weights = input + output + layers.stream().mapToLong(Long::longValue).sum();
      long cells = (long) Math.ceilDiv(contextTokens, CELLS_STEP) * CELLS_STEP;
      LlamaModel.Shape shape = EngineLoop.shape(contextTokens, slots, 1);
      long tokens = 0;
      List<Long> whole = new ArrayList<>();
      for (int layer = 0; layer < layers.size(); layer++) {
        long memory = Math.addExact(tokensOfLayer(layer, cells), stateOfLayer(shape.sequences()));
        tokens = Math.addExact(tokens, memory);
        whole.add(Math.addExact(layers.get(layer), memory));
      }
      return new MemoryNeed(
          input,
          whole,
          tied ? output + input : output,
          weights,
          tokens,
          compute(cells, shape.batchTokens(), shape.sequences()));
    }

    private long tokensOfLayer(int layer, long cells) {
      long heads = heads("attention.head_count", layer).orElse(0L);
      if (heads == 0) {
        return 0;
      }
      long keyValueHeads = heads("attention.head_count_kv", layer).orElse(heads);
      long perHead = Math.ceilDiv(number("embedding_length").orElse(0L), heads);
      long width =
          number("attention.key_length").orElse(perHead)
              + number("attention.value_length").orElse(perHead);
      return Math.multiplyExact(
          Math.multiplyExact(Math.multiplyExact(keyValueHeads, width), cells), (long) numberBytes);
    }

    /// The state of a recurrent layer, one for each answer, in full precision.
    private long stateOfLayer(int slots) {
      long inner = number("ssm.inner_size").orElse(0L);
      long state = number("ssm.state_size").orElse(0L);
      long groups = number("ssm.group_count").orElse(0L);
      long convolution = Math.max(0, number("ssm.conv_kernel").orElse(0L) - 1);
      long numbers =
          Math.addExact(
              Math.multiplyExact(inner, state),
              Math.multiplyExact(
                  convolution, Math.addExact(inner, Math.multiplyExact(2 * groups, state))));
      return Math.multiplyExact(Math.multiplyExact(numbers, (long) slots), (long) FLOAT_BYTES);
    }

    private long compute(long cells, long batch, int slots) {
      long heads = 0;
      for (int layer = 0; layer < layers.size(); layer++) {
        heads = Math.max(heads, heads("attention.head_count", layer).orElse(0L));
      }
      long rows = Math.ceilDiv(batch, MASK_STEP) * MASK_STEP;
      long mask = Math.multiplyExact(cells * FLOAT_BYTES, rows);
      long scores = Math.multiplyExact(Math.multiplyExact(cells * FLOAT_BYTES, batch), heads);
      long logits = (long) FLOAT_BYTES * model.vocabularySize() * batch;
      long activations =
          Math.multiplyExact(
              batch * FLOAT_BYTES,
              Math.addExact(
                  6 * number("embedding_length").orElse(0L),
                  3 * longest("feed_forward_length").orElse(0L)));
      long outputs = (long) FLOAT_BYTES * model.vocabularySize() * slots;
      return Math.addExact(
          Math.addExact(mask, Math.max(scores, logits)), Math.addExact(activations, outputs));
    }

    /// A count of heads, which some families give for each layer.
    private Optional<Long> heads(String key, int layer) {
      GgufValue value = model.metadata().get(family + key);
      if (value instanceof GgufValue.Array array && array.elementKind() == GgufValue.Kind.INT32) {
        return layer < array.count() ? Optional.of(bounded(array.ints()[layer])) : Optional.empty();
      }
      return number(key);
    }

    private Optional<Long> longest(String key) {
      GgufValue value = model.metadata().get(family + key);
      if (value instanceof GgufValue.Array array && array.elementKind() == GgufValue.Kind.INT32) {
        long most = 0;
        for (int number : array.ints()) {
          most = Math.max(most, bounded(number));
        }
        return Optional.of(most);
      }
      return number(key);
    }

    private Optional<Long> number(String key) {
      return model.whole(family + key).map(Sums::bounded);
    }

    private static long bounded(long number) {
      if (number < 0 || number > NUMBER_MAX) {
        throw new ArithmeticException("A size is out of range");
      }
      return number;
    }
  }
}
