// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.inference.EngineException;

/// Hears what the library prints, instead of standard error. Outside of a load everything is
/// dropped, since it could say something of a prompt; of a load are kept the last complaint and how
/// much memory was taken.
final class NativeLog {
  private static final int LEVEL_WARNING = 3;
  private static final int LEVEL_ERROR = 4;
  private static final int TEXT_BYTES_MAX = 1024;
  private static final Pattern BUFFER =
      Pattern.compile(
          "(\\w*)\\s+(model|KV|compute|output|RS)\\s+buffer"
              + " size\\s*=\\s*([0-9]{1,9}(?:\\.[0-9]{1,6})?) MiB");

  private final Map<Buffer, Double> mebibytes = new EnumMap<>(Buffer.class);
  private Optional<String> error = Optional.empty();
  private Optional<String> warning = Optional.empty();
  private boolean listening;

  /// What the library takes memory for.
  enum Buffer {
    /// Weights in memory of their own.
    MODEL,
    /// Weights as pages of the file.
    MAPPED,
    KV,
    COMPUTE,
    OUTPUT,
    RS
  }

  /// Sets this as the log of llama.cpp and of its tensor library.
  void install(NativeSymbols symbols) throws EngineException {
    try {
      MethodHandle target =
          MethodHandles.lookup()
              .bind(
                  this,
                  "onLog",
                  MethodType.methodType(
                      void.class, int.class, MemorySegment.class, MemorySegment.class));
      MemorySegment callback =
          NativeSymbols.LINKER.upcallStub(
              target, FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS), Arena.global());
      for (String setter : new String[] {"llama_log_set", "ggml_log_set"}) {
        symbols.procedure(setter, ADDRESS, ADDRESS).invokeExact(callback, MemorySegment.NULL);
      }
    } catch (Throwable e) {
      throw NativeSymbols.broken(e);
    }
  }

  /// Begins to listen to a load.
  synchronized void listen() {
    mebibytes.clear();
    error = Optional.empty();
    warning = Optional.empty();
    listening = true;
  }

  /// Ends listening; what was heard stays.
  synchronized void stop() {
    listening = false;
  }

  /// What the library complained of last, errors before warnings.
  synchronized Optional<String> complaint() {
    return error.isPresent() ? error : warning;
  }

  /// How many bytes the last load took for something; nothing but a rounded figure is known.
  synchronized long bytes(Buffer buffer) {
    return Math.round(mebibytes.getOrDefault(buffer, 0.0) * (1 << 20));
  }

  @SuppressWarnings({"unused", "EffectivelyPrivate"}) // called by the native library
  synchronized void onLog(int level, MemorySegment text, MemorySegment user) {
    if (!listening || text.address() == 0) {
      return;
    }
    String line = line(text);
    if (level == LEVEL_ERROR && !line.isEmpty()) {
      error = Optional.of(line);
    } else if (level == LEVEL_WARNING && !line.isEmpty()) {
      warning = Optional.of(line);
    }
    Matcher buffer = BUFFER.matcher(line);
    if (buffer.find()) {
      boolean mapped = buffer.group(1).endsWith("_Mapped");
      mebibytes.merge(
          mapped ? Buffer.MAPPED : Buffer.valueOf(buffer.group(2).toUpperCase(Locale.ROOT)),
          Double.parseDouble(buffer.group(3)),
          Double::sum);
    }
  }

  /// The text up to its end or to a bound, without control characters: an exception here would end
  /// the process.
  private static String line(MemorySegment text) {
    MemorySegment bytes = text.reinterpret(TEXT_BYTES_MAX);
    int length = 0;
    while (length < TEXT_BYTES_MAX && bytes.get(JAVA_BYTE, length) != 0) {
      length++;
    }
    String line = new String(bytes.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    return line.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
