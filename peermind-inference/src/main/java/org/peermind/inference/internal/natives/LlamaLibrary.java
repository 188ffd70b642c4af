// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.peermind.inference.internal.natives.NativeSymbols.LINKER;
import static org.peermind.inference.internal.natives.NativeSymbols.broken;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import org.peermind.inference.EngineException;

/// The calls of llama.cpp's C interface that the engine uses, one method each, with the library's
/// own names. Nothing is checked here: [LlamaModel] does that, because the library ends the process
/// on many a wrong argument.
final class LlamaLibrary {
  static final int BATCH_BYTES = 56;
  private static final int PATH_BYTES_MAX = 4096;
  private static final int METADATA_BYTES_MAX = 128;

  private final NativeSymbols symbols;
  private final AbiProfile profile;
  private final NativeLog log = new NativeLog();

  private final MethodHandle modelLoad;
  private final MethodHandle modelFree;
  private final MethodHandle contextInit;
  private final MethodHandle contextFree;
  private final MethodHandle decode;
  private final MethodHandle logitsIth;
  private final MethodHandle embeddingsIth;
  private final MethodHandle setEmbeddings;
  private final MethodHandle setAbortCallback;
  private final MethodHandle setThreads;
  private final Optional<MethodHandle> memoryOf;
  private final MethodHandle sequenceRemove;
  private final MethodHandle sequenceLast;
  private final MethodHandle clear;
  private final MethodHandle stateBytes;
  private final MethodHandle stateGet;
  private final MethodHandle stateSet;
  private final MethodHandle tokenize;
  private final MethodHandle tokenToPiece;
  private final MethodHandle isEndOfGeneration;
  private final MethodHandle tokenAttributes;
  private final MethodHandle tokenText;

  private LlamaLibrary(NativeSymbols symbols, AbiProfile profile) throws EngineException {
    this.symbols = symbols;
    this.profile = profile;
    MemoryLayout modelParams = bytes(profile.model().bytes());
    MemoryLayout contextParams = bytes(profile.context().bytes());
    modelLoad = symbols.function("llama_model_load_from_file", ADDRESS, ADDRESS, modelParams);
    modelFree = symbols.procedure("llama_model_free", ADDRESS);
    contextInit = symbols.function("llama_init_from_model", ADDRESS, ADDRESS, contextParams);
    contextFree = symbols.procedure("llama_free", ADDRESS);
    decode = symbols.function("llama_decode", JAVA_INT, ADDRESS, bytes(BATCH_BYTES));
    logitsIth = symbols.function("llama_get_logits_ith", ADDRESS, ADDRESS, JAVA_INT);
    embeddingsIth = symbols.function("llama_get_embeddings_ith", ADDRESS, ADDRESS, JAVA_INT);
    setEmbeddings = symbols.procedure("llama_set_embeddings", ADDRESS, JAVA_BOOLEAN);
    setAbortCallback = symbols.procedure("llama_set_abort_callback", ADDRESS, ADDRESS, ADDRESS);
    setThreads = symbols.procedure("llama_set_n_threads", ADDRESS, JAVA_INT, JAVA_INT);
    AbiProfile.SequenceFunctions named = profile.sequences();
    memoryOf =
        named.ofMemory()
            ? Optional.of(symbols.function("llama_get_memory", ADDRESS, ADDRESS))
            : Optional.empty();
    sequenceRemove =
        symbols.function(
            named.prefix() + "seq_rm", JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    sequenceLast = symbols.function(named.prefix() + "seq_pos_max", JAVA_INT, ADDRESS, JAVA_INT);
    clear =
        named.ofMemory()
            ? symbols.procedure(named.prefix() + "clear", ADDRESS, JAVA_BOOLEAN)
            : symbols.procedure(named.prefix() + "clear", ADDRESS);
    stateBytes = symbols.function("llama_state_seq_get_size", JAVA_LONG, ADDRESS, JAVA_INT);
    stateGet =
        symbols.function(
            "llama_state_seq_get_data", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
    stateSet =
        symbols.function(
            "llama_state_seq_set_data", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
    tokenize =
        symbols.function(
            "llama_tokenize",
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_BOOLEAN,
            JAVA_BOOLEAN);
    tokenToPiece =
        symbols.function(
            "llama_token_to_piece",
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_INT,
            JAVA_BOOLEAN);
    isEndOfGeneration = symbols.function("llama_vocab_is_eog", JAVA_BOOLEAN, ADDRESS, JAVA_INT);
    tokenAttributes = symbols.function("llama_vocab_get_attr", JAVA_INT, ADDRESS, JAVA_INT);
    tokenText = symbols.function("llama_vocab_get_text", ADDRESS, ADDRESS, JAVA_INT);
  }

  /// Opens the library, silences its log, and starts its back ends: those compiled in, and those
  /// that lie as libraries of their own in the folder `backends`. All stay open until the process
  /// ends.
  ///
  /// @throws EngineException when it cannot be opened, is of no known profile or lacks a function
  static LlamaLibrary open(Path file, Optional<Path> backends) throws EngineException {
    NativeSymbols symbols = NativeSymbols.open(file);
    LlamaLibrary library = new LlamaLibrary(symbols, AbiProfile.of(symbols));
    library.log.install(symbols);
    if (backends.isPresent()) {
      library.loadBackends(backends.get());
    }
    symbols.call("llama_backend_init");
    return library;
  }

  private void loadBackends(Path directory) throws EngineException {
    MethodHandle handle = symbols.procedure("ggml_backend_load_all_from_path", ADDRESS);
    try (Arena scratch = Arena.ofConfined()) {
      handle.invokeExact(scratch.allocateFrom(directory.toString()));
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  AbiProfile profile() {
    return profile;
  }

  NativeSymbols symbols() {
    return symbols;
  }

  NativeLog log() {
    return log;
  }

  /// Calls a `*_default_params` function that returns a structure, into memory of `allocator`.
  MemorySegment defaults(String name, int layoutBytes, SegmentAllocator allocator)
      throws EngineException {
    MethodHandle handle = symbols.function(name, bytes(layoutBytes));
    try {
      return (MemorySegment) handle.invokeExact(allocator);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// The path of a model file as text.
  static String checked(Path file) throws EngineException {
    String path = file.toAbsolutePath().toString();
    if (path.getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
      throw new EngineException("The path of the model file is too long.");
    }
    return path;
  }

  MemorySegment loadModel(MemorySegment path, MemorySegment params) {
    try {
      return (MemorySegment) modelLoad.invokeExact(path, params);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  void freeModel(MemorySegment model) {
    try {
      modelFree.invokeExact(model);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  MemorySegment newContext(MemorySegment model, MemorySegment params) {
    try {
      return (MemorySegment) contextInit.invokeExact(model, params);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  void freeContext(MemorySegment context) {
    try {
      contextFree.invokeExact(context);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  int decode(MemorySegment context, MemorySegment batch) {
    try {
      return (int) decode.invokeExact(context, batch);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  MemorySegment logits(MemorySegment context, int row, int vocabularySize) {
    try {
      MemorySegment logits = (MemorySegment) logitsIth.invokeExact(context, row);
      return logits.reinterpret(logits.address() == 0 ? 0 : 4L * vocabularySize);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  MemorySegment embedding(MemorySegment context, int row, int width) {
    try {
      MemorySegment values = (MemorySegment) embeddingsIth.invokeExact(context, row);
      return values.reinterpret(values.address() == 0 ? 0 : 4L * width);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  void setEmbeddings(MemorySegment context, boolean wanted) {
    try {
      setEmbeddings.invokeExact(context, wanted);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  void setThreads(MemorySegment context, int threads) {
    try {
      setThreads.invokeExact(context, threads, threads);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// Lets `callback` say during each decode whether to give up; a null pointer takes it away.
  void setAbortCallback(MemorySegment context, MemorySegment callback) {
    try {
      setAbortCallback.invokeExact(context, callback, MemorySegment.NULL);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// What the calls on sequences take for `context`.
  MemorySegment memoryOf(MemorySegment context) {
    if (memoryOf.isEmpty()) {
      return context;
    }
    try {
      return (MemorySegment) memoryOf.get().invokeExact(context);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// Removes the tokens of a sequence from a position on.
  boolean removeSequence(MemorySegment memory, int sequence, int from) {
    try {
      return (boolean) sequenceRemove.invokeExact(memory, sequence, from, -1);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// Removes the tokens of all sequences and fills the cells with zeros.
  void clear(MemorySegment memory) {
    try {
      if (profile.sequences().ofMemory()) {
        clear.invokeExact(memory, true);
      } else {
        clear.invokeExact(memory);
      }
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  int lastPosition(MemorySegment memory, int sequence) {
    try {
      return (int) sequenceLast.invokeExact(memory, sequence);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// How many bytes a copy of what a sequence has computed takes.
  long stateBytes(MemorySegment context, int sequence) {
    try {
      return (long) stateBytes.invokeExact(context, sequence);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// Copies what a sequence has computed into `into`; returns how many bytes were written, 0 when
  /// it failed.
  long copyState(MemorySegment context, int sequence, MemorySegment into) {
    try {
      return (long) stateGet.invokeExact(context, into, into.byteSize(), sequence);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// Gives a sequence what was copied before; returns how many bytes were read, 0 when it failed.
  long restoreState(MemorySegment context, int sequence, MemorySegment from) {
    try {
      return (long) stateSet.invokeExact(context, from, from.byteSize(), sequence);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  int tokenize(
      MemorySegment vocabulary,
      MemorySegment text,
      int textBytes,
      MemorySegment tokens,
      int tokensMax,
      boolean parseSpecial) {
    try {
      return (int)
          tokenize.invokeExact(vocabulary, text, textBytes, tokens, tokensMax, false, parseSpecial);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  int piece(MemorySegment vocabulary, int token, MemorySegment buffer, int bufferBytes) {
    try {
      return (int) tokenToPiece.invokeExact(vocabulary, token, buffer, bufferBytes, 0, false);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  boolean isEndOfGeneration(MemorySegment vocabulary, int token) {
    try {
      return (boolean) isEndOfGeneration.invokeExact(vocabulary, token);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  int tokenAttributes(MemorySegment vocabulary, int token) {
    try {
      return (int) tokenAttributes.invokeExact(vocabulary, token);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  MemorySegment tokenText(MemorySegment vocabulary, int token) {
    try {
      return (MemorySegment) tokenText.invokeExact(vocabulary, token);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// `llama_model_chat_template(model, NULL)`: the template of the model, or a null pointer.
  MemorySegment chatTemplate(MemorySegment model) throws EngineException {
    MethodHandle handle = symbols.function("llama_model_chat_template", ADDRESS, ADDRESS, ADDRESS);
    try {
      return (MemorySegment) handle.invokeExact(model, MemorySegment.NULL);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// `llama_model_meta_val_str(model, key, buffer, bytes)`: a value of the model file's metadata as
  /// text; empty when it has none of that name, or a very long one.
  Optional<String> metadata(MemorySegment model, String key) throws EngineException {
    MethodHandle handle =
        symbols.function(
            "llama_model_meta_val_str", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment text = scratch.allocate(METADATA_BYTES_MAX);
      int length =
          (int) handle.invokeExact(model, scratch.allocateFrom(key), text, text.byteSize());
      return length < 0 || length >= METADATA_BYTES_MAX
          ? Optional.empty()
          : Optional.of(text.getString(0));
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// `llama_model_desc(model, buffer, bytes)`.
  int describe(MemorySegment model, MemorySegment buffer) throws EngineException {
    MethodHandle handle =
        symbols.function("llama_model_desc", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    try {
      return (int) handle.invokeExact(model, buffer, buffer.byteSize());
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function pointer that the library calls with the fraction of a model that is loaded.
  MemorySegment progressCallback(DoubleConsumer listener, Arena arena) throws EngineException {
    try {
      MethodHandle target =
          MethodHandles.lookup()
              .findStatic(
                  LlamaLibrary.class,
                  "onProgress",
                  MethodType.methodType(
                      boolean.class, DoubleConsumer.class, float.class, MemorySegment.class))
              .bindTo(listener);
      return LINKER.upcallStub(
          target, FunctionDescriptor.of(JAVA_BOOLEAN, JAVA_FLOAT, ADDRESS), arena);
    } catch (ReflectiveOperationException e) {
      throw new EngineException("The engine's progress callback cannot be made.", e);
    }
  }

  /// A function pointer that the library calls between the steps of a decode, on the thread that
  /// decodes.
  MemorySegment abortCallback(BooleanSupplier wanted, Arena arena) throws EngineException {
    try {
      MethodHandle target =
          MethodHandles.lookup()
              .findStatic(
                  LlamaLibrary.class,
                  "onStep",
                  MethodType.methodType(boolean.class, BooleanSupplier.class, MemorySegment.class))
              .bindTo(wanted);
      return LINKER.upcallStub(target, FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS), arena);
    } catch (ReflectiveOperationException e) {
      throw new EngineException("The engine's callback for aborting cannot be made.", e);
    }
  }

  @SuppressWarnings("unused") // called by the native library
  private static boolean onStep(BooleanSupplier wanted, MemorySegment user) {
    return wanted.getAsBoolean();
  }

  @SuppressWarnings("unused") // called by the native library
  private static boolean onProgress(DoubleConsumer listener, float fraction, MemorySegment user) {
    listener.accept(fraction);
    return true;
  }

  /// A structure of `count` bytes. All are larger than 16 bytes, so both the System V and the
  /// AArch64 convention pass them in memory, whatever their fields are.
  private static MemoryLayout bytes(int count) {
    return MemoryLayout.structLayout(MemoryLayout.sequenceLayout(count / Long.BYTES, JAVA_LONG));
  }
}
