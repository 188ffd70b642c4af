// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads the head of a GGUF model file and refuses whatever native code should not see.
///
/// Native readers have trusted sizes and offsets of hostile files (CVE-2026-33298: tensor size
/// overflow; CVE-2026-7482: tensor beyond the end of the file). So every count is bounded, every
/// product and sum is exact, every tensor lies inside the file and none overlaps another, before
/// the engine opens the file.
public final class GgufReader {
  static final int TENSORS_MAX = 65_536;
  static final int KEYS_MAX = 65_536;
  static final int DIMENSIONS_MAX = 4;
  static final int KEY_BYTES_MAX = 65_535;
  static final int TENSOR_NAME_BYTES_MAX = 63;
  static final int ALIGNMENT_MAX = 1 << 20;
  private static final int ALIGNMENT_DEFAULT = 32;

  private final GgufCursor cursor;
  private final Path path;

  private GgufReader(Path path, GgufCursor cursor) {
    this.path = path;
    this.cursor = cursor;
  }

  /// Reads and checks the model file at `path`.
  ///
  /// @throws GgufException with one sentence, when the file is missing, unreadable or not
  ///   acceptable
  public static GgufFile read(Path path) throws GgufException {
    GgufFile file = read(path, "model file", Long.MAX_VALUE);
    GgufModelCheck.check(file);
    return file;
  }

  /// Reads and checks a GGUF file that holds anything: its sizes, names and places hold together,
  /// but what it means is for the caller to check.
  ///
  /// @param kind what the file is called when it is refused, such as `adapter file`
  /// @param bytesMax how long it may be
  /// @throws GgufException with one sentence, when the file is missing, unreadable, too long or not
  ///   acceptable
  public static GgufFile read(Path path, String kind, long bytesMax) throws GgufException {
    if (!Files.isRegularFile(path)) {
      throw new GgufException("There is no " + kind + " at " + path + ".");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long bytes = channel.size();
      if (bytes > bytesMax) {
        throw new GgufException(
            "The %s %s is refused: it has %d bytes, more than %d."
                .formatted(kind, path, bytes, bytesMax));
      }
      return new GgufReader(path, new GgufCursor(kind, path, channel, bytes)).readFile();
    } catch (NoSuchFileException _) {
      throw new GgufException("There is no " + kind + " at " + path + ".");
    } catch (IOException e) {
      throw new GgufException(
          "The %s %s cannot be read: %s.".formatted(kind, path, e.getMessage()));
    }
  }

  private GgufFile readFile() throws IOException, GgufException {
    if (cursor.fileBytes() < 24 || cursor.uint32("magic number") != GgufWriter.MAGIC) {
      throw cursor.refusal("it does not begin with the GGUF magic number, so it is no GGUF file");
    }
    long version = cursor.uint32("version");
    if (version != 2 && version != 3) {
      throw cursor.refusal(
          "its version is " + version + ", and only the little-endian versions 2 and 3 are known");
    }
    long tensorCount = cursor.bounded("tensor count", 1, TENSORS_MAX);
    long keyCount = cursor.bounded("metadata count", 1, KEYS_MAX);
    Map<String, GgufValue> metadata = readMetadata(keyCount);
    int alignment = alignment(metadata);
    List<RawTensor> raw = readTensorInfos(tensorCount);
    List<GgufTensor> tensors = place(raw, alignment);
    return new GgufFile(path, (int) version, cursor.fileBytes(), metadata, tensors);
  }

  private Map<String, GgufValue> readMetadata(long keyCount) throws IOException, GgufException {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    for (long i = 0; i < keyCount; i++) {
      String key = cursor.name("metadata key " + i, KEY_BYTES_MAX);
      GgufValue value = cursor.value(key);
      if (metadata.putIfAbsent(key, value) != null) {
        throw cursor.refusal("the metadata key " + key + " appears twice");
      }
    }
    return metadata;
  }

  private int alignment(Map<String, GgufValue> metadata) throws GgufException {
    GgufValue value = metadata.get("general.alignment");
    if (value == null) {
      return ALIGNMENT_DEFAULT;
    }
    if (value instanceof GgufValue.Whole(GgufValue.Kind kind, long alignment)
        && kind == GgufValue.Kind.UINT32
        && alignment >= 8
        && alignment <= ALIGNMENT_MAX
        && Long.bitCount(alignment) == 1) {
      return (int) alignment;
    }
    throw cursor.refusal("general.alignment is not a power of two from 8 to " + ALIGNMENT_MAX);
  }

  private record RawTensor(
      String name,
      TensorType type,
      List<Long> dimensions,
      long elements,
      long offset,
      long bytes) {}

  private List<RawTensor> readTensorInfos(long count) throws IOException, GgufException {
    List<RawTensor> tensors = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (long i = 0; i < count; i++) {
      String name = cursor.name("tensor name " + i, TENSOR_NAME_BYTES_MAX);
      if (!names.add(name)) {
        throw cursor.refusal("the tensor " + name + " appears twice");
      }
      tensors.add(readTensorInfo(name));
    }
    return tensors;
  }

  private RawTensor readTensorInfo(String name) throws IOException, GgufException {
    long dimensionCount = cursor.uint32("dimension count of " + name);
    if (dimensionCount < 1 || dimensionCount > DIMENSIONS_MAX) {
      throw cursor.refusal(
          "tensor %s has %d dimensions, not 1 to %d"
              .formatted(name, dimensionCount, DIMENSIONS_MAX));
    }
    List<Long> dimensions = new ArrayList<>();
    for (int i = 0; i < dimensionCount; i++) {
      dimensions.add(cursor.bounded("dimension " + i + " of tensor " + name, 1, Long.MAX_VALUE));
    }
    long typeId = cursor.uint32("type of " + name);
    TensorType type =
        TensorType.ofId(typeId)
            .orElseThrow(
                () -> cursor.refusal("tensor " + name + " has the unknown type " + typeId));
    if (dimensions.getFirst() % type.blockElements() != 0) {
      throw cursor.refusal(
          "tensor %s of type %s has rows of %d elements, no multiple of %d"
              .formatted(name, type, dimensions.getFirst(), type.blockElements()));
    }
    long offset = cursor.bounded("offset of tensor " + name, 0, Long.MAX_VALUE);
    try {
      long elements = dimensions.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
      long bytes = Math.multiplyExact(elements / type.blockElements(), (long) type.blockBytes());
      return new RawTensor(name, type, dimensions, elements, offset, bytes);
    } catch (ArithmeticException _) {
      throw cursor.refusal("the size of tensor " + name + " is beyond 64 bits");
    }
  }

  /// Turns offsets inside the data section into offsets in the file and checks that each tensor is
  /// aligned, inside the file and apart from all others.
  private List<GgufTensor> place(List<RawTensor> raw, int alignment) throws GgufException {
    long dataStart = (cursor.position() + alignment - 1) / alignment * alignment;
    List<GgufTensor> tensors = new ArrayList<>();
    for (RawTensor tensor : raw) {
      if (tensor.offset() % alignment != 0) {
        throw cursor.refusal(
            "tensor %s begins at offset %d, no multiple of the alignment %d"
                .formatted(tensor.name(), tensor.offset(), alignment));
      }
      long room = cursor.fileBytes() - dataStart;
      if (room < 0 || tensor.offset() > room || tensor.bytes() > room - tensor.offset()) {
        throw cursor.refusal(
            "tensor %s (%d bytes at offset %d) ends beyond the file, which may be cut short"
                .formatted(tensor.name(), tensor.bytes(), tensor.offset()));
      }
      tensors.add(
          new GgufTensor(
              tensor.name(),
              tensor.type(),
              tensor.dimensions(),
              tensor.elements(),
              dataStart + tensor.offset(),
              tensor.bytes()));
    }
    refuseOverlap(tensors);
    return tensors;
  }

  private void refuseOverlap(List<GgufTensor> tensors) throws GgufException {
    List<GgufTensor> sorted = new ArrayList<>(tensors);
    sorted.sort(Comparator.comparingLong(GgufTensor::offset));
    for (int i = 1; i < sorted.size(); i++) {
      GgufTensor before = sorted.get(i - 1);
      if (before.offset() + before.bytes() > sorted.get(i).offset()) {
        throw cursor.refusal(
            "the tensors %s and %s overlap".formatted(before.name(), sorted.get(i).name()));
      }
    }
  }
}
