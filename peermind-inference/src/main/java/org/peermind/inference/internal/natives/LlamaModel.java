// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.DoubleConsumer;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.EngineException;
import org.peermind.inference.ModelInfo;

/// A model and its context in native memory. Every argument is checked here first, because the
/// library ends the process on a token out of range, a batch too large or a row without logits.
///
/// Not safe for several threads: one engine thread owns it, always the same, since OpenMP keeps a
/// team of threads for each thread that calls.
public final class LlamaModel implements AutoCloseable {
  private static final int PATH_BYTES_MAX = 4096;
  private static final int TEXT_BYTES_MAX = 4 << 20;
  private static final int PIECE_BYTES_MAX = 1 << 16;
  private static final int TOKENIZER_SENTENCE_PIECE = 1;
  private static final int TEMPLATE_BYTES_MAX = 1 << 20;

  private final LlamaLibrary library;
  private final Arena arena;
  private final MemorySegment model;
  private final MemorySegment context;
  private final MemorySegment vocabulary;
  private final int vocabularySize;
  private final int cells;
  private final int contextTokens;
  private final int sequences;
  private final TokenBatch batch;
  private final MemorySegment pieceBuffer;
  private final ModelInfo info;
  private final boolean sentencePiece;
  private final OptionalInt beginToken;
  private final Optional<String> template;

  private LlamaModel(
      LlamaLibrary library,
      Arena arena,
      MemorySegment model,
      MemorySegment context,
      int sequences,
      int batchTokens)
      throws EngineException {
    this.library = library;
    this.arena = arena;
    this.model = model;
    this.context = context;
    this.sequences = sequences;
    vocabulary = library.pointer("llama_model_get_vocab", model);
    vocabularySize = library.smallNumber("llama_vocab_n_tokens", vocabulary);
    cells = library.smallNumber("llama_n_ctx", context);
    contextTokens = Math.min(cells, library.smallNumber("llama_model_n_ctx_train", model));
    batch = new TokenBatch(arena, batchTokens);
    pieceBuffer = arena.allocate(PIECE_BYTES_MAX);
    sentencePiece = library.smallNumber("llama_vocab_type", vocabulary) == TOKENIZER_SENTENCE_PIECE;
    int begin = library.smallNumber("llama_vocab_bos", vocabulary);
    beginToken =
        library.truth("llama_vocab_get_add_bos", vocabulary) && begin >= 0
            ? OptionalInt.of(begin)
            : OptionalInt.empty();
    template = readTemplate();
    MemorySegment description = arena.allocate(256);
    library.describe(model, description);
    info =
        new ModelInfo(
            description.getString(0),
            library.number("llama_model_n_params", model),
            library.number("llama_model_size", model),
            contextTokens,
            vocabularySize);
  }

  /// How the context of a model is laid out: `cells` tokens of memory shared by `sequences`, at
  /// most `batchTokens` in one decode, computed by `threads`.
  public record Shape(int cells, int sequences, int batchTokens, int threads) {}

  /// Loads a model; `progress` hears fractions from 0 to 1.
  ///
  /// @throws EngineException when the library refuses the file or has no memory for it
  @SuppressWarnings("MustBeClosedChecker") // the model owns the arena and closes it
  static LlamaModel load(LlamaLibrary library, Path file, Shape shape, DoubleConsumer progress)
      throws EngineException {
    Arena arena = Arena.ofConfined();
    MemorySegment model = MemorySegment.NULL;
    boolean done = false;
    try {
      AbiProfile abi = library.profile();
      MemorySegment params =
          library.defaults("llama_model_default_params", abi.modelParamsBytes(), arena);
      params.set(ADDRESS, abi.modelProgressCallback(), library.progressCallback(progress, arena));
      model = library.loadModel(arena.allocateFrom(checked(file)), params);
      if (model.address() == 0) {
        throw new EngineException(
            "The engine cannot load the model file %s: its architecture or its tensors are none that"
                    .formatted(file)
                + " this llama.cpp build (b4916) knows, or memory ran out.");
      }
      MemorySegment context = newContext(library, model, shape, arena);
      if (context.address() == 0) {
        throw new EngineException(
            "There is no memory for a context of %d tokens; ask for fewer."
                .formatted(shape.cells()));
      }
      LlamaModel loaded =
          new LlamaModel(library, arena, model, context, shape.sequences(), shape.batchTokens());
      done = true;
      return loaded;
    } finally {
      if (!done) {
        if (model.address() != 0) {
          library.freeModel(model);
        }
        arena.close();
      }
    }
  }

  private static MemorySegment newContext(
      LlamaLibrary library, MemorySegment model, Shape shape, Arena arena) throws EngineException {
    AbiProfile abi = library.profile();
    MemorySegment params =
        library.defaults("llama_context_default_params", abi.contextParamsBytes(), arena);
    params.set(JAVA_INT, abi.contextTokens(), shape.cells());
    params.set(JAVA_INT, abi.contextBatch(), shape.batchTokens());
    params.set(JAVA_INT, abi.contextMicroBatch(), shape.batchTokens());
    params.set(JAVA_INT, abi.contextSequences(), shape.sequences());
    params.set(JAVA_INT, abi.contextThreads(), shape.threads());
    params.set(JAVA_INT, abi.contextThreadsBatch(), shape.threads());
    return library.newContext(model, params);
  }

  /// What was loaded.
  public ModelInfo info() {
    return info;
  }

  /// How many tokens of all sequences together fit into memory.
  public int cells() {
    return cells;
  }

  /// The longest prompt and answer of one sequence.
  public int contextTokens() {
    return contextTokens;
  }

  public int vocabularySize() {
    return vocabularySize;
  }

  /// The one batch of this model, to be filled and decoded.
  public TokenBatch batch() {
    return batch;
  }

  /// Whether words begin with a space, SentencePiece's way.
  public boolean sentencePiece() {
    return sentencePiece;
  }

  /// The token that begins every prompt, if the model wants one.
  public OptionalInt beginToken() {
    return beginToken;
  }

  /// The model's own chat template (Jinja text).
  public Optional<String> template() {
    return template;
  }

  /// Whether `token` ends an answer.
  public boolean isEndOfGeneration(int token) {
    return library.isEndOfGeneration(vocabulary, checkedToken(token));
  }

  /// The attribute bits of a token (`enum llama_token_attr`).
  int attributes(int token) {
    return library.tokenAttributes(vocabulary, checkedToken(token));
  }

  /// The token as the vocabulary spells it.
  String spelling(int token) {
    MemorySegment text = library.tokenText(vocabulary, checkedToken(token));
    return text.address() == 0 ? "" : text.reinterpret(PIECE_BYTES_MAX).getString(0);
  }

  /// The bytes that `token` stands for; none for a control token.
  public byte[] piece(int token) {
    int length = library.piece(vocabulary, checkedToken(token), pieceBuffer, PIECE_BYTES_MAX);
    return length <= 0 ? new byte[0] : pieceBuffer.asSlice(0, length).toArray(JAVA_BYTE);
  }

  /// The tokens of `text`, without a begin token. Control tokens are recognised only with
  /// `parseSpecial`, which is never set for what a user wrote.
  int[] tokenize(String text, boolean parseSpecial) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > TEXT_BYTES_MAX) {
      throw new IllegalArgumentException("A text to tokenize has at most 4 MiB");
    }
    try (Arena scratch = Arena.ofConfined()) {
      int tokensMax = bytes.length + 2;
      MemorySegment tokens = scratch.allocate(JAVA_INT, tokensMax);
      MemorySegment in = scratch.allocateFrom(JAVA_BYTE, bytes);
      int count = library.tokenize(vocabulary, in, bytes.length, tokens, tokensMax, parseSpecial);
      if (count < 0) {
        throw new IllegalStateException("A text has more tokens than bytes");
      }
      return tokens.asSlice(0, 4L * count).toArray(JAVA_INT);
    }
  }

  /// The conversation in the model's template, up to where the answer begins; empty when llama.cpp
  /// does not know the template.
  Optional<String> applyTemplate(List<ChatMessage> messages) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment chat = scratch.allocate(ADDRESS, 2L * messages.size());
      int bytes = 1 << 12;
      for (int i = 0; i < messages.size(); i++) {
        ChatMessage message = messages.get(i);
        chat.setAtIndex(ADDRESS, 2L * i, scratch.allocateFrom(message.role()));
        chat.setAtIndex(ADDRESS, 2L * i + 1, scratch.allocateFrom(message.content()));
        bytes += 256 + 4 * message.content().length();
      }
      MemorySegment out = scratch.allocate(bytes);
      MemorySegment jinja = scratch.allocateFrom(template.orElse(""));
      int length = library.applyTemplate(jinja, chat, messages.size(), out, bytes);
      if (length < 0 || length > bytes) {
        return Optional.empty();
      }
      byte[] rendered = out.asSlice(0, length).toArray(JAVA_BYTE);
      return Optional.of(new String(rendered, StandardCharsets.UTF_8));
    }
  }

  /// What became of a batch.
  public enum Decoded {
    DONE,
    /// The memory has no run of free cells long enough; nothing changed, and a smaller batch may
    /// fit.
    NO_ROOM
  }

  /// Computes the batch.
  ///
  /// @throws IllegalArgumentException when a token, position or sequence is out of range
  /// @throws IllegalStateException when the library fails
  public Decoded decode() {
    if (batch.size() == 0) {
      throw new IllegalArgumentException("An empty batch cannot be decoded");
    }
    for (int row = 0; row < batch.size(); row++) {
      checkedToken(batch.token(row));
      if (batch.sequence(row) < 0
          || batch.sequence(row) >= sequences
          || batch.position(row) < 0
          || batch.position(row) >= contextTokens) {
        throw new IllegalArgumentException("A batch names a sequence or position out of range");
      }
    }
    int code = library.decode(context, batch.struct());
    return switch (code) {
      case 0 -> Decoded.DONE;
      case 1, -3 -> Decoded.NO_ROOM;
      default -> throw new IllegalStateException("llama_decode failed with code " + code);
    };
  }

  /// Copies the logits of a row of the last decoded batch into `into`, one for each token.
  public void logits(int row, float[] into) {
    if (row < 0 || row >= batch.size() || !batch.wantsLogits(row)) {
      throw new IllegalArgumentException("Row " + row + " has no logits");
    }
    MemorySegment logits = library.logits(context, row, vocabularySize);
    if (logits.byteSize() == 0 || into.length != vocabularySize) {
      throw new IllegalStateException("The engine has no logits for row " + row);
    }
    MemorySegment.copy(logits, JAVA_FLOAT, 0, into, 0, vocabularySize);
  }

  /// Forgets the tokens of a sequence.
  public void removeSequence(int sequence) {
    if (sequence < 0 || sequence >= sequences) {
      throw new IllegalArgumentException("There is no sequence " + sequence);
    }
    library.removeSequence(context, sequence);
  }

  @Override
  public void close() {
    library.freeContext(context);
    library.freeModel(model);
    arena.close();
  }

  private Optional<String> readTemplate() throws EngineException {
    MemorySegment text = library.chatTemplate(model);
    return text.address() == 0
        ? Optional.empty()
        : Optional.of(text.reinterpret(TEMPLATE_BYTES_MAX + 1L).getString(0));
  }

  private int checkedToken(int token) {
    if (token < 0 || token >= vocabularySize) {
      throw new IllegalArgumentException(
          "Token %d is not in the vocabulary of %d".formatted(token, vocabularySize));
    }
    return token;
  }

  private static String checked(Path file) throws EngineException {
    String path = file.toAbsolutePath().toString();
    if (path.getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
      throw new EngineException("The path of the model file is too long.");
    }
    return path;
  }
}
