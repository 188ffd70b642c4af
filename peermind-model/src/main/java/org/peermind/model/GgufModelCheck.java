// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Checks that a well-formed GGUF file is a language model: the keys and tensors without which an
/// engine would divide by zero or index past a table.
final class GgufModelCheck {
  private static final int VOCABULARY_MAX = 1 << 20;
  private static final long HYPERPARAMETER_MAX = 1L << 24;
  private static final List<String> TOKEN_IDS =
      List.of("bos_token_id", "eos_token_id", "unknown_token_id", "padding_token_id");

  private GgufModelCheck() {}

  static void check(GgufFile file) throws GgufException {
    GgufValue architecture = file.metadata().get("general.architecture");
    if (!(architecture instanceof GgufValue.Text(String name))
        || name.isEmpty()
        || name.length() > 64
        || !name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw refusal(file, "general.architecture does not name a model family");
    }
    for (String key : List.of("context_length", "embedding_length", "block_count")) {
      requirePositive(file, name + "." + key, true);
    }
    for (String key : List.of("feed_forward_length", "attention.head_count")) {
      requirePositive(file, name + "." + key, false);
    }
    if (file.tensors().stream().noneMatch(tensor -> tensor.name().equals("token_embd.weight"))) {
      throw refusal(file, "the tensor token_embd.weight is missing");
    }
    checkTokenizer(file);
  }

  private static void requirePositive(GgufFile file, String key, boolean needed)
      throws GgufException {
    GgufValue value = file.metadata().get(key);
    // Some families give one number for each layer; the engine checks those arrays itself.
    boolean acceptable =
        switch (value) {
          case null -> !needed;
          case GgufValue.Whole(_, long number) -> number >= 1 && number <= HYPERPARAMETER_MAX;
          case GgufValue.Array _ -> !needed;
          case GgufValue.Fraction _, GgufValue.Text _ -> false;
        };
    if (!acceptable) {
      throw refusal(file, "%s is not a number from 1 to %d".formatted(key, HYPERPARAMETER_MAX));
    }
  }

  private static void checkTokenizer(GgufFile file) throws GgufException {
    if (file.text("tokenizer.ggml.model").isEmpty()) {
      throw refusal(file, "tokenizer.ggml.model is missing");
    }
    if (!(file.metadata().get("tokenizer.ggml.tokens") instanceof GgufValue.Array tokens)
        || tokens.elementKind() != GgufValue.Kind.STRING
        || tokens.count() < 1
        || tokens.count() > VOCABULARY_MAX) {
      throw refusal(
          file, "tokenizer.ggml.tokens is not a list of 1 to " + VOCABULARY_MAX + " strings");
    }
    int vocabulary = tokens.count();
    refuseDuplicates(file, tokens);
    requireLength(file, "tokenizer.ggml.scores", GgufValue.Kind.FLOAT32, vocabulary);
    requireLength(file, "tokenizer.ggml.token_type", GgufValue.Kind.INT32, vocabulary);
    for (String id : TOKEN_IDS) {
      String key = "tokenizer.ggml." + id;
      GgufValue value = file.metadata().get(key);
      if (value != null
          && !(value instanceof GgufValue.Whole(_, long number)
              && number >= 0
              && number < vocabulary)) {
        throw refusal(file, key + " names no token of the vocabulary");
      }
    }
    for (GgufTensor tensor : file.tensors()) {
      if (tensor.name().equals("token_embd.weight")
          && (tensor.dimensions().size() != 2 || tensor.dimensions().get(1) != vocabulary)) {
        throw refusal(
            file,
            "token_embd.weight has not one row for each of the %d tokens".formatted(vocabulary));
      }
    }
  }

  /// llama.cpp ends its process when a token appears twice.
  private static void refuseDuplicates(GgufFile file, GgufValue.Array tokens) throws GgufException {
    Set<String> seen = new HashSet<>();
    int id = 0;
    for (String token : tokens.strings()) {
      if (!token.isEmpty() && !seen.add(token)) {
        throw refusal(file, "token %d of the vocabulary appears twice".formatted(id));
      }
      id++;
    }
  }

  private static void requireLength(GgufFile file, String key, GgufValue.Kind kind, int vocabulary)
      throws GgufException {
    @Nullable GgufValue value = file.metadata().get(key);
    if (value == null) {
      return;
    }
    // Some converters write the token types as unsigned numbers.
    boolean fits =
        value instanceof GgufValue.Array array
            && array.count() == vocabulary
            && (array.elementKind() == kind
                || (kind == GgufValue.Kind.INT32 && array.elementKind() == GgufValue.Kind.UINT32));
    if (!fits) {
      throw refusal(
          file, "%s has not one entry for each of the %d tokens".formatted(key, vocabulary));
    }
  }

  private static GgufException refusal(GgufFile file, String reason) {
    return new GgufException("The model file %s is refused: %s.".formatted(file.path(), reason));
  }
}
