// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import org.peermind.inference.EngineException;
import org.peermind.inference.ModelInfo;

/// A model and its context in native memory. Every argument is checked here first, because the
/// library ends the process on a token out of range, a batch too large or a row without logits.
///
/// Not safe for several threads: one engine thread owns it, always the same, since OpenMP keeps a
/// team of threads for each thread that calls.
public final class LlamaModel implements AutoCloseable {
  private static final int TEMPLATE_BYTES_MAX = 1 << 20;
  private static final int ABORTED = 2;

  private final LlamaLibrary library;
  private final Arena arena;
  private final MemorySegment model;
  private final MemorySegment context;
  private final NativeVocabulary vocabulary;
  private final int cells;
  private final int contextTokens;
  private final int[] ends;
  private final boolean divisible;
  private final int embeddingWidth;
  private final MemorySegment memory;
  private final TokenBatch batch;
  private final LoraAdapters adapters;
  private final MemorySegment abortCallback;
  private BooleanSupplier abort = () -> false;
  private boolean abortable;
  private boolean embedding;
  private boolean closed;
  private final Allocated allocated;
  private final ModelInfo info;
  private final Optional<String> template;
  private final Optional<String> refusalOfEmbeddings;

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
    allocated = Allocated.of(library.log());
    vocabulary = new NativeVocabulary(library, model, arena);
    cells = library.symbols().smallNumber("llama_n_ctx", context);
    contextTokens =
        Math.min(cells, library.symbols().smallNumber("llama_model_n_ctx_train", model));
    ends = new int[sequences];
    divisible = divisible(library, model);
    embeddingWidth = library.symbols().smallNumber("llama_model_n_embd", model);
    memory = library.memoryOf(context);
    abortCallback = library.abortCallback(() -> abort.getAsBoolean(), arena);
    batch = new TokenBatch(arena, batchTokens);
    adapters = new LoraAdapters(library, model, context);
    template = readTemplate();
    refusalOfEmbeddings = ContextParameters.refusalOfEmbeddings(library, model);
    MemorySegment description = arena.allocate(256);
    library.describe(model, description);
    info =
        new ModelInfo(
            description.getString(0),
            library.symbols().number("llama_model_n_params", model),
            library.symbols().number("llama_model_size", model),
            contextTokens,
            vocabulary.size());
  }

  /// How the context of a model is laid out: `cells` tokens of memory shared by `sequences`, at
  /// most `batchTokens` in one decode, computed by `threads`; the last `gpuLayers` layers lie on
  /// graphics cards, and with `fullPrecision` keys and values are 32-bit numbers.
  public record Shape(
      int cells,
      int sequences,
      int batchTokens,
      int threads,
      int gpuLayers,
      boolean fullPrecision) {
    /// A model on the processor only.
    public Shape(int cells, int sequences, int batchTokens, int threads) {
      this(cells, sequences, batchTokens, threads, 0, false);
    }

    /// The same with layers on graphics cards.
    public Shape withGpuLayers(int layers) {
      return new Shape(cells, sequences, batchTokens, threads, layers, fullPrecision);
    }

    /// The same with keys and values in full precision, or not.
    public Shape withFullPrecision(boolean wanted) {
      return new Shape(cells, sequences, batchTokens, threads, gpuLayers, wanted);
    }
  }

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
          library.defaults("llama_model_default_params", abi.model().bytes(), arena);
      params.set(
          ADDRESS, abi.model().progressCallback(), library.progressCallback(progress, arena));
      params.set(JAVA_INT, abi.model().gpuLayers(), shape.gpuLayers());
      library.log().listen();
      model = library.loadModel(arena.allocateFrom(LlamaLibrary.checked(file)), params);
      if (model.address() == 0) {
        throw new EngineException(
            "The engine's llama.cpp (%s) cannot load the model file %s (%s)."
                .formatted(
                    abi.name(),
                    file,
                    library.log().complaint().orElse("unknown contents, or memory ran out")));
      }
      MemorySegment context = ContextParameters.newContext(library, model, shape, arena);
      if (context.address() == 0) {
        throw new EngineException(
            "There is no memory for a context of %d tokens (%s); ask for fewer."
                .formatted(
                    shape.cells(), library.log().complaint().orElse("the engine gives no reason")));
      }
      LlamaModel loaded =
          new LlamaModel(library, arena, model, context, shape.sequences(), shape.batchTokens());
      done = true;
      return loaded;
    } finally {
      library.log().stop();
      if (!done) {
        if (model.address() != 0) {
          library.freeModel(model);
        }
        arena.close();
      }
    }
  }

  /// What the library took for it.
  public Allocated allocated() {
    return allocated;
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

  /// Its tokens.
  public NativeVocabulary vocabulary() {
    return vocabulary;
  }

  public int vocabularySize() {
    return vocabulary.size();
  }

  /// The one batch of this model, to be filled and decoded.
  public TokenBatch batch() {
    return batch;
  }

  /// The model's own chat template (Jinja text).
  public Optional<String> template() {
    return template;
  }

  /// What became of a batch.
  public enum Decoded {
    DONE,
    /// The memory has no run of free cells long enough; nothing changed, and a smaller batch may
    /// fit.
    NO_ROOM,
    /// The caller had it given up; nothing of the batch is in the memory.
    ABORTED
  }

  /// Computes the batch. The tokens of each sequence must follow those that it has.
  ///
  /// @throws IllegalArgumentException when a token, position or sequence is out of range
  /// @throws IllegalStateException when the library fails
  public Decoded decode() {
    abortable(false);
    return compute();
  }

  /// Computes the batch, but gives up soon after `wanted` turns true. It is asked between the steps
  /// of the computation, hundreds of times, on this thread. Works on processors only; a GPU
  /// finishes the batch. So does a model that is not [#divisible]: its state cannot be taken back.
  public Decoded decode(BooleanSupplier wanted) {
    abort = () -> wanted.getAsBoolean() && divisible;
    abortable(true);
    return compute();
  }

  private void abortable(boolean wanted) {
    if (wanted != abortable) {
      library.setAbortCallback(context, wanted ? abortCallback : MemorySegment.NULL);
      abortable = wanted;
    }
  }

  private Decoded compute() {
    if (batch.size() == 0) {
      throw new IllegalArgumentException("An empty batch cannot be decoded");
    }
    int[] after = ends.clone();
    for (int row = 0; row < batch.size(); row++) {
      vocabulary.checked(batch.token(row));
      int sequence = checkedSequence(batch.sequence(row));
      int position = batch.position(row);
      if (position != after[sequence] || position >= contextTokens) {
        throw new IllegalArgumentException(
            "A batch has position %d of sequence %d, where %d follows and %d is the limit"
                .formatted(position, sequence, after[sequence], contextTokens));
      }
      after[sequence]++;
    }
    int code = library.decode(context, batch.struct());
    if (code == 0) {
      System.arraycopy(after, 0, ends, 0, ends.length);
      return Decoded.DONE;
    }
    if (library.profile().noRoomCodes().contains(code)) {
      return Decoded.NO_ROOM;
    }
    if (code == ABORTED) {
      // Some builds forget the tokens themselves, others keep cells that were never computed.
      for (int sequence = 0; sequence < ends.length; sequence++) {
        if (after[sequence] > ends[sequence]) {
          library.removeSequence(memory, sequence, ends[sequence]);
        }
      }
      return Decoded.ABORTED;
    }
    throw new IllegalStateException("llama_decode failed with code " + code);
  }

  /// How many threads compute from now on, at most as many as the context was made for.
  public void threads(int count) {
    library.setThreads(context, Math.max(1, count));
  }

  /// Copies the logits of a row of the last decoded batch into `into`, one for each token.
  public void logits(int row, float[] into) {
    if (row < 0 || row >= batch.size() || !batch.wantsLogits(row)) {
      throw new IllegalArgumentException("Row " + row + " has no logits");
    }
    int wanted = vocabulary.size();
    MemorySegment logits = library.logits(context, row, wanted);
    if (logits.byteSize() == 0 || into.length != wanted) {
      throw new IllegalStateException("The engine has no logits for row " + row);
    }
    MemorySegment.copy(logits, JAVA_FLOAT, 0, into, 0, wanted);
  }

  /// Whether the next batches give embeddings for each of their rows instead of logits.
  public void embedding(boolean wanted) {
    if (wanted != embedding) {
      library.setEmbeddings(context, wanted);
      embedding = wanted;
    }
  }

  /// Why this model gives no vectors of texts, if it gives none.
  public Optional<String> refusalOfEmbeddings() {
    return refusalOfEmbeddings;
  }

  /// How many numbers an embedding has.
  public int embeddingWidth() {
    return embeddingWidth;
  }

  /// Copies the embedding of a row of the last batch, decoded while [#embedding] was on, to `into`.
  public void embedding(int row, float[] into) {
    if (row < 0 || row >= batch.size() || !batch.wantsLogits(row) || !embedding) {
      throw new IllegalArgumentException("Row " + row + " has no embedding");
    }
    MemorySegment values = library.embedding(context, row, embeddingWidth);
    if (values.byteSize() == 0 || into.length != embeddingWidth) {
      throw new IllegalStateException("The engine has no embedding for row " + row);
    }
    MemorySegment.copy(values, JAVA_FLOAT, 0, into, 0, embeddingWidth);
  }

  /// Computes with the adapter of a file, which was checked already, from the next batch on, or
  /// with none. What the sequences hold was computed under the one before: whoever changes the
  /// adapter empties them ([#clear]).
  ///
  /// @throws EngineException when the library refuses the file; the one before stays then
  public void adapt(Optional<Path> adapter, float scale) throws EngineException {
    if (adapter.isPresent()) {
      adapters.use(adapter.get(), scale);
    } else {
      adapters.remove();
    }
  }

  /// The position that the next token of a sequence has: how many tokens it holds.
  public int nextPosition(int sequence) {
    return ends[checkedSequence(sequence)];
  }

  /// Whether a sequence can be cut at any position. Those of models with a recurrent state cannot.
  public boolean divisible() {
    return divisible;
  }

  /// Forgets the tokens of a sequence.
  public void removeSequence(int sequence) {
    removeSequence(sequence, 0);
  }

  /// Forgets the tokens of a sequence from a position on. False when the model cannot forget a
  /// part; nothing changed then.
  public boolean removeSequence(int sequence, int fromPosition) {
    checkedSequence(sequence);
    if (fromPosition < 0) {
      throw new IllegalArgumentException("A position is not negative");
    }
    if (fromPosition >= ends[sequence]) {
      return true;
    }
    boolean removed = library.removeSequence(memory, sequence, fromPosition);
    if (removed) {
      ends[sequence] = fromPosition;
    }
    return removed;
  }

  /// Forgets all sequences, and what is no number in their cells, which spreads to others.
  public void clear() {
    library.clear(memory);
    Arrays.fill(ends, 0);
  }

  /// How many bytes a copy of a sequence takes.
  public long stateBytes(int sequence) {
    return library.stateBytes(context, checkedSequence(sequence));
  }

  /// Copies what a sequence has computed; empty when the library fails at it.
  public Optional<SequenceState> save(int sequence) {
    return SequenceState.of(
        ends[checkedSequence(sequence)],
        stateBytes(sequence),
        into -> library.copyState(context, sequence, into));
  }

  /// Gives an empty sequence what was copied before. The cells may be others: nothing that is
  /// computed depends on where they lie, but for the order of sums. False when there is no room for
  /// it; the sequence is empty then.
  public boolean restore(int sequence, SequenceState state) {
    if (ends[checkedSequence(sequence)] != 0) {
      throw new IllegalArgumentException("Sequence " + sequence + " is not empty");
    }
    if (library.restoreState(context, sequence, state.bytes()) != state.byteCount()) {
      library.removeSequence(memory, sequence, 0);
      return false;
    }
    ends[sequence] = state.positions();
    return true;
  }

  /// The position of the last token as the library says it; some builds say 0 for none as well.
  int lastPosition(int sequence) {
    return library.lastPosition(memory, checkedSequence(sequence));
  }

  /// Gives the memory back. The model is of no use afterwards.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    adapters.close();
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

  private static boolean divisible(LlamaLibrary library, MemorySegment model)
      throws EngineException {
    NativeSymbols symbols = library.symbols();
    boolean hybrid =
        symbols.find("llama_model_is_hybrid").isPresent()
            && symbols.truth("llama_model_is_hybrid", model);
    return !hybrid && !symbols.truth("llama_model_is_recurrent", model);
  }

  private int checkedSequence(int sequence) {
    if (sequence < 0 || sequence >= ends.length) {
      throw new IllegalArgumentException("There is no sequence " + sequence);
    }
    return sequence;
  }
}
