// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;

/// Reads tensors of a checked GGUF file, which it maps: only what is read comes into memory, and
/// the system may take it back. Several threads may read at once.
///
/// Whoever opens a file keeps others from cutting it short until the reader is closed; a read
/// beyond the new end fails with an [InternalError].
public final class TensorReader implements AutoCloseable {
  /// The most elements that one call returns: what an array holds.
  public static final int ELEMENTS_MAX = Integer.MAX_VALUE - 8;

  private final GgufFile file;
  private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();
  private final Arena arena;
  private final MemorySegment mapped;

  private TensorReader(GgufFile file, Arena arena, MemorySegment mapped) {
    this.file = file;
    this.arena = arena;
    this.mapped = mapped;
    for (GgufTensor tensor : file.tensors()) {
      tensors.put(tensor.name(), tensor);
    }
  }

  /// Maps the file that was checked before.
  ///
  /// @throws GgufException when the file cannot be read, or has another length than when it was
  ///   checked
  @SuppressWarnings("MustBeClosedChecker") // the reader owns the arena and closes it
  public static TensorReader open(GgufFile file) throws GgufException {
    try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
      if (channel.size() != file.fileBytes()) {
        throw new GgufException(
            "The file %s has %d bytes and had %d when it was checked; check it again."
                .formatted(file.path(), channel.size(), file.fileBytes()));
      }
      Arena arena = Arena.ofShared();
      try {
        return new TensorReader(
            file, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, file.fileBytes(), arena));
      } catch (IOException | RuntimeException e) {
        arena.close();
        throw e;
      }
    } catch (IOException e) {
      throw new GgufException(
          "The file %s cannot be read: %s.".formatted(file.path(), e.getMessage()));
    }
  }

  /// What the file says about itself.
  public GgufFile file() {
    return file;
  }

  /// The tensor of this name, or empty when the file has none.
  public Optional<GgufTensor> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /// All elements of a tensor, in the order of the file: the first dimension is the contiguous one.
  ///
  /// @throws GgufException when its type cannot be decoded, or it has more elements than
  ///   [#ELEMENTS_MAX], which [#rows] can read
  /// @throws IllegalArgumentException when the tensor is not one of this file
  public float[] read(GgufTensor tensor) throws GgufException {
    return rows(tensor, 0, rowCount(tensor));
  }

  /// The rows `from` to `from + count - 1` of a tensor, one after the other. A row has as many
  /// elements as the first dimension says; further dimensions are counted through.
  ///
  /// @throws GgufException when its type cannot be decoded, or the rows have more elements than
  ///   [#ELEMENTS_MAX]
  /// @throws IllegalArgumentException when the tensor is not one of this file
  /// @throws IndexOutOfBoundsException when it has not these rows
  public float[] rows(GgufTensor tensor, long from, long count) throws GgufException {
    requireRows(tensor, from, count);
    float[] elements = new float[elements(tensor, count)];
    decode(tensor, from, count, elements, 0);
    return elements;
  }

  /// As [#rows(GgufTensor, long, long)], into `target` from `offset` on.
  ///
  /// @throws IndexOutOfBoundsException also when `target` has not room for them
  public void rows(GgufTensor tensor, long from, long count, float[] target, int offset)
      throws GgufException {
    requireRows(tensor, from, count);
    Objects.checkFromIndexSize(offset, elements(tensor, count), target.length);
    decode(tensor, from, count, target, offset);
  }

  /// The bytes of a tensor as they lie in the file, read-only and valid until the reader is closed.
  ///
  /// @throws IllegalArgumentException when the tensor is not one of this file
  public MemorySegment bytes(GgufTensor tensor) {
    requireMine(tensor);
    return mapped.asSlice(tensor.offset(), tensor.bytes());
  }

  /// Unmaps the file. Reads of other threads end first or fail with an [IllegalStateException].
  @Override
  public void close() {
    arena.close();
  }

  private void decode(GgufTensor tensor, long from, long count, float[] target, int offset) {
    long rowBytes = Dequantisation.bytes(tensor.type(), rowElements(tensor));
    MemorySegment rows = bytes(tensor).asSlice(from * rowBytes, count * rowBytes);
    int elements = (int) (count * rowElements(tensor));
    Dequantisation.decode(tensor.type(), rows, target, offset, elements);
  }

  private void requireRows(GgufTensor tensor, long from, long count) throws GgufException {
    requireMine(tensor);
    Objects.checkFromIndexSize(from, count, rowCount(tensor));
    if (!Dequantisation.supports(tensor.type())) {
      throw refusal(
          tensor, "its type %s is none of %s".formatted(tensor.type(), Dequantisation.supported()));
    }
  }

  private int elements(GgufTensor tensor, long rows) throws GgufException {
    long elements = rows * rowElements(tensor); // no overflow: at most the tensor's own count
    if (elements > ELEMENTS_MAX) {
      throw refusal(
          tensor,
          "%d elements are more than the %d that fit into one array; read fewer rows at once"
              .formatted(elements, ELEMENTS_MAX));
    }
    return (int) elements;
  }

  private void requireMine(GgufTensor tensor) {
    if (!tensor.equals(tensors.get(tensor.name()))) {
      throw new IllegalArgumentException(
          "The tensor %s is none of %s".formatted(tensor.name(), file.path()));
    }
  }

  private static long rowElements(GgufTensor tensor) {
    return tensor.dimensions().getFirst();
  }

  private static long rowCount(GgufTensor tensor) {
    return tensor.elements() / rowElements(tensor);
  }

  private GgufException refusal(GgufTensor tensor, String reason) {
    return new GgufException(
        "The tensor %s of %s cannot be read: %s.".formatted(tensor.name(), file.path(), reason));
  }
}
