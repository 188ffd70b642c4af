// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.peermind.protocol.Sha256;

/// What a checked GGUF model file says about itself. Read by [GgufReader#read].
public record GgufFile(
    Path path,
    int version,
    long fileBytes,
    Map<String, GgufValue> metadata,
    List<GgufTensor> tensors) {
  public GgufFile {
    metadata = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(metadata));
    tensors = List.copyOf(tensors);
  }

  /// A digest of what its tokenizer is, but for the chat template: models with the same one split
  /// text alike. SHA-256 over every such key in order, with its kind and value.
  public byte[] tokenizerSha256() {
    LittleEndianOutput all = new LittleEndianOutput();
    metadata.keySet().stream()
        .filter(key -> key.startsWith("tokenizer.") && !key.equals("tokenizer.chat_template"))
        .sorted()
        .forEach(
            key -> {
              GgufValue value = Objects.requireNonNull(metadata.get(key));
              all.string(key);
              all.string(value.kind().name());
              switch (value) {
                case GgufValue.Text(String text) -> all.string(text);
                case GgufValue.Whole(var _, long number) -> all.string(Long.toString(number));
                case GgufValue.Fraction(var _, double number) ->
                    all.string(Double.toString(number));
                case GgufValue.Array array -> {
                  all.string(array.elementKind().name());
                  all.raw(array.content());
                }
              }
            });
    return Sha256.of(all.toByteArray());
  }

  /// The family of the model, such as `llama`.
  public String architecture() {
    return text("general.architecture").orElseThrow();
  }

  /// The name that its maker gave it, or the file's name.
  public String name() {
    return text("general.name").orElseGet(() -> String.valueOf(path.getFileName()));
  }

  /// How many parameters all tensors hold together.
  public BigInteger parameterCount() {
    return tensors.stream()
        .map(tensor -> BigInteger.valueOf(tensor.elements()))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  /// The type that stores most of the parameters.
  public TensorType quantization() {
    Map<TensorType, Double> elements = new EnumMap<>(TensorType.class);
    for (GgufTensor tensor : tensors) {
      elements.merge(tensor.type(), (double) tensor.elements(), Double::sum);
    }
    return elements.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(TensorType.F32);
  }

  /// How many tokens the model was trained to look back on.
  public long contextTokens() {
    return whole(architecture() + ".context_length").orElseThrow();
  }

  /// How many tokens the vocabulary has.
  public int vocabularySize() {
    return array("tokenizer.ggml.tokens").map(GgufValue.Array::count).orElse(0);
  }

  /// The chat template (Jinja text), when the file has one.
  public Optional<String> chatTemplate() {
    return text("tokenizer.chat_template");
  }

  /// The string under `key`, or empty when there is none.
  public Optional<String> text(String key) {
    return metadata.get(key) instanceof GgufValue.Text(String value)
        ? Optional.of(value)
        : Optional.empty();
  }

  /// The whole number under `key`, or empty when there is none.
  public Optional<Long> whole(String key) {
    return metadata.get(key) instanceof GgufValue.Whole(_, long value)
        ? Optional.of(value)
        : Optional.empty();
  }

  /// The array under `key`, or empty when there is none.
  public Optional<GgufValue.Array> array(String key) {
    return metadata.get(key) instanceof GgufValue.Array array
        ? Optional.of(array)
        : Optional.empty();
  }
}
