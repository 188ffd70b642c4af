// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.function.DoubleConsumer;
import org.peermind.inference.EngineException;

/// The calls of llama.cpp's C interface that the engine uses, one method each, with the library's
/// own names. Nothing is checked here: [LlamaModel] does that, because the library ends the process
/// on many a wrong argument.
final class LlamaLibrary {
  static final int BATCH_BYTES = 56;
  private static final Linker LINKER = Linker.nativeLinker();

  private final SymbolLookup symbols;
  private final AbiProfile profile;

  private final MethodHandle modelLoad;
  private final MethodHandle modelFree;
  private final MethodHandle contextInit;
  private final MethodHandle contextFree;
  private final MethodHandle decode;
  private final MethodHandle logitsIth;
  private final MethodHandle sequenceRemove;
  private final MethodHandle tokenize;
  private final MethodHandle tokenToPiece;
  private final MethodHandle applyTemplate;
  private final MethodHandle isEndOfGeneration;
  private final MethodHandle tokenAttributes;
  private final MethodHandle tokenText;

  private LlamaLibrary(SymbolLookup symbols, AbiProfile profile) throws EngineException {
    this.symbols = symbols;
    this.profile = profile;
    MemoryLayout modelParams = bytes(profile.modelParamsBytes());
    MemoryLayout contextParams = bytes(profile.contextParamsBytes());
    modelLoad = function("llama_model_load_from_file", ADDRESS, ADDRESS, modelParams);
    modelFree = procedure("llama_model_free", ADDRESS);
    contextInit = function("llama_init_from_model", ADDRESS, ADDRESS, contextParams);
    contextFree = procedure("llama_free", ADDRESS);
    decode = function("llama_decode", JAVA_INT, ADDRESS, bytes(BATCH_BYTES));
    logitsIth = function("llama_get_logits_ith", ADDRESS, ADDRESS, JAVA_INT);
    sequenceRemove =
        function("llama_kv_self_seq_rm", JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    tokenize =
        function(
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
        function(
            "llama_token_to_piece",
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_INT,
            JAVA_BOOLEAN);
    applyTemplate =
        function(
            "llama_chat_apply_template",
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_BOOLEAN,
            ADDRESS,
            JAVA_INT);
    isEndOfGeneration = function("llama_vocab_is_eog", JAVA_BOOLEAN, ADDRESS, JAVA_INT);
    tokenAttributes = function("llama_vocab_get_attr", JAVA_INT, ADDRESS, JAVA_INT);
    tokenText = function("llama_vocab_get_text", ADDRESS, ADDRESS, JAVA_INT);
  }

  /// Opens the library, silences its log and starts its back end. The library stays open until the
  /// process ends.
  ///
  /// @throws EngineException when it cannot be opened or lacks a function
  static LlamaLibrary open(Path file, AbiProfile profile) throws EngineException {
    SymbolLookup symbols;
    try {
      symbols = SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new EngineException(SystemLibraries.whyNotOpened(file), e);
    }
    LlamaLibrary library = new LlamaLibrary(symbols, profile);
    library.silence("llama_log_set");
    library.silence("ggml_log_set");
    library.call("llama_backend_init");
    return library;
  }

  AbiProfile profile() {
    return profile;
  }

  SymbolLookup symbols() {
    return symbols;
  }

  /// Calls a `*_default_params` function that returns a structure, into memory of `allocator`.
  MemorySegment defaults(String name, int layoutBytes, SegmentAllocator allocator)
      throws EngineException {
    MethodHandle handle =
        LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(bytes(layoutBytes)));
    try {
      return (MemorySegment) handle.invokeExact(allocator);
    } catch (Throwable e) {
      throw broken(e);
    }
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

  boolean removeSequence(MemorySegment context, int sequence) {
    try {
      return (boolean) sequenceRemove.invokeExact(context, sequence, -1, -1);
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

  int applyTemplate(
      MemorySegment template, MemorySegment chat, long messages, MemorySegment out, int outBytes) {
    try {
      return (int) applyTemplate.invokeExact(template, chat, messages, true, out, outBytes);
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

  /// A function of one pointer that returns a number; used while loading only, so not kept.
  long number(String name, MemorySegment argument) throws EngineException {
    MethodHandle handle = function(name, JAVA_LONG, ADDRESS);
    try {
      return (long) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function of one pointer that returns a 32-bit number.
  int smallNumber(String name, MemorySegment argument) throws EngineException {
    MethodHandle handle = function(name, JAVA_INT, ADDRESS);
    try {
      return (int) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function of one pointer that returns a truth value.
  boolean truth(String name, MemorySegment argument) throws EngineException {
    MethodHandle handle = function(name, JAVA_BOOLEAN, ADDRESS);
    try {
      return (boolean) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function of one pointer that returns a pointer.
  MemorySegment pointer(String name, MemorySegment argument) throws EngineException {
    MethodHandle handle = function(name, ADDRESS, ADDRESS);
    try {
      return (MemorySegment) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// `ggml_backend_dev_by_type(type)`: the first device of a type, or a null pointer.
  MemorySegment deviceOfType(int type) throws EngineException {
    MethodHandle handle = function("ggml_backend_dev_by_type", ADDRESS, JAVA_INT);
    try {
      return (MemorySegment) handle.invokeExact(type);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// `llama_model_chat_template(model, NULL)`: the template of the model, or a null pointer.
  MemorySegment chatTemplate(MemorySegment model) throws EngineException {
    MethodHandle handle = function("llama_model_chat_template", ADDRESS, ADDRESS, ADDRESS);
    try {
      return (MemorySegment) handle.invokeExact(model, MemorySegment.NULL);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// `llama_model_desc(model, buffer, bytes)`.
  int describe(MemorySegment model, MemorySegment buffer) throws EngineException {
    MethodHandle handle = function("llama_model_desc", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
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

  @SuppressWarnings("unused") // called by the native library
  private static boolean onProgress(DoubleConsumer listener, float fraction, MemorySegment user) {
    listener.accept(fraction);
    return true;
  }

  @SuppressWarnings("unused") // called by the native library
  private static void ignoreLog(int level, MemorySegment text, MemorySegment user) {}

  private void silence(String setter) throws EngineException {
    try {
      MethodHandle target =
          MethodHandles.lookup()
              .findStatic(
                  LlamaLibrary.class,
                  "ignoreLog",
                  MethodType.methodType(
                      void.class, int.class, MemorySegment.class, MemorySegment.class));
      MemorySegment callback =
          LINKER.upcallStub(
              target, FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS), Arena.global());
      MethodHandle handle = procedure(setter, ADDRESS, ADDRESS);
      handle.invokeExact(callback, MemorySegment.NULL);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  private void call(String name) throws EngineException {
    MethodHandle handle = procedure(name);
    try {
      handle.invokeExact();
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  private MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments)
      throws EngineException {
    return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments));
  }

  private MethodHandle procedure(String name, MemoryLayout... arguments) throws EngineException {
    return LINKER.downcallHandle(symbol(name), FunctionDescriptor.ofVoid(arguments));
  }

  private MemorySegment symbol(String name) throws EngineException {
    return symbols
        .find(name)
        .orElseThrow(
            () ->
                new EngineException(
                    "The engine library has no function %s, so it is not %s."
                        .formatted(name, profile.name())));
  }

  /// A structure of `count` bytes. All are larger than 16 bytes, so both the System V and the
  /// AArch64 convention pass them in memory, whatever their fields are.
  private static MemoryLayout bytes(int count) {
    return MemoryLayout.structLayout(MemoryLayout.sequenceLayout(count / Long.BYTES, JAVA_LONG));
  }

  /// Handles declare `Throwable`; a downcall itself throws only errors of this program.
  private static IllegalStateException broken(Throwable cause) {
    return new IllegalStateException("A call into the engine library failed", cause);
  }
}
