// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.lora;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufTensor;
import org.peermind.model.GgufValue;
import org.peermind.model.GgufWriter;
import org.peermind.model.ModelDigest;
import org.peermind.model.TensorType;
import org.peermind.model.tensor.TensorReader;
import org.peermind.protocol.ModelHash;

/// Adapters as GGUF files, in the form that llama.cpp loads: `general.type` is `adapter`,
/// `adapter.type` is `lora`, `adapter.lora.alpha` is the rank (so that the engine's scale is 1),
/// and each adapted matrix has the tensors `NAME.lora_a` of shape `{in, rank}` and `NAME.lora_b` of
/// shape `{rank, out}`, of type F32. Notes are strings under `peermind.`.
public final class LoraAdapterFile {
  /// The longest file, in bytes.
  public static final long BYTES_MAX = 256L << 20;

  /// How much of it may be anything but the numbers: names, notes and padding.
  static final long HEAD_BYTES_MAX = 4L << 20;

  private static final int VERSION = 3;
  private static final String KIND = "adapter file";
  private static final String TYPE = "general.type";
  private static final String ARCHITECTURE = "general.architecture";
  private static final String ADAPTER_TYPE = "adapter.type";
  private static final String ALPHA = "adapter.lora.alpha";
  private static final String NOTE_PREFIX = "peermind.";
  private static final String A = ".lora_a";
  private static final String B = ".lora_b";

  private final GgufFile file;

  private LoraAdapterFile(GgufFile file) {
    this.file = file;
  }

  /// Writes an adapter, in place of a file that is there; a crash leaves the old one or the new
  /// one. Equal adapters give equal files.
  ///
  /// @return the hash that names the file
  /// @throws IOException when the file cannot be written
  public static ModelHash write(Path path, LoraAdapter adapter) throws IOException {
    return write(path, adapter, true);
  }

  /// Like [#write], for a file that is read at once and soon replaced or deleted: it does not wait
  /// for the disk, which such a file seldom reaches, and is lost when power is.
  ///
  /// @return the hash that names the file
  /// @throws IOException when the file cannot be written
  public static ModelHash writePassing(Path path, LoraAdapter adapter) throws IOException {
    return write(path, adapter, false);
  }

  private static ModelHash write(Path path, LoraAdapter adapter, boolean lasting)
      throws IOException {
    GgufWriter writer =
        new GgufWriter()
            .put(TYPE, "adapter")
            .put(ARCHITECTURE, adapter.architecture())
            .put(ADAPTER_TYPE, "lora")
            .put(ALPHA, (float) adapter.rank());
    adapter.notes().forEach((name, text) -> writer.put(NOTE_PREFIX + name, text));
    for (LoraMatrix matrix : adapter.matrices()) {
      long[] shapeOfA = {matrix.in(), matrix.rank()};
      long[] shapeOfB = {matrix.rank(), matrix.out()};
      writer
          .tensor(matrix.tensor() + A, TensorType.F32, shapeOfA, matrix.ownA())
          .tensor(matrix.tensor() + B, TensorType.F32, shapeOfB, matrix.ownB());
    }
    Path fresh = Files.createTempFile(path.toAbsolutePath().getParent(), "adapter", ".part");
    try {
      writer.write(fresh);
      if (lasting) {
        force(fresh);
      }
      ModelHash hash = ModelDigest.sha256(fresh);
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return hash;
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /// Reads an adapter, whoever wrote the file.
  ///
  /// @throws GgufException with one sentence, when the file is missing, longer than [#BYTES_MAX],
  ///   or anything in it is not as [#write] would have it, but for the order
  public static LoraAdapter read(Path path) throws GgufException {
    return new LoraAdapterFile(GgufReader.read(path, KIND, BYTES_MAX)).adapter();
  }

  private LoraAdapter adapter() throws GgufException {
    if (file.version() != VERSION) {
      throw refusal("its version is %d, not %d".formatted(file.version(), VERSION));
    }
    requireText(TYPE, "adapter");
    requireText(ADAPTER_TYPE, "lora");
    SortedMap<String, String> notes = notes();
    SortedMap<String, GgufTensor> halvesA = new TreeMap<>();
    SortedMap<String, GgufTensor> halvesB = new TreeMap<>();
    sortTensors(halvesA, halvesB);
    int rank = rank();
    try (TensorReader reader = TensorReader.open(file)) {
      List<LoraMatrix> matrices = new ArrayList<>();
      for (Map.Entry<String, GgufTensor> half : halvesA.entrySet()) {
        GgufTensor b = halvesB.get(half.getKey());
        if (b == null) {
          throw refusal("%s has no %s".formatted(half.getKey(), B));
        }
        matrices.add(matrix(half.getKey(), rank, half.getValue(), b, reader));
      }
      String architecture =
          file.text(ARCHITECTURE).orElseThrow(() -> refusal(ARCHITECTURE + " is missing"));
      return new LoraAdapter(architecture, matrices, notes);
    } catch (IllegalArgumentException e) {
      throw refusal(String.valueOf(e.getMessage()));
    }
  }

  private void requireText(String key, String expected) throws GgufException {
    if (!(file.metadata().get(key) instanceof GgufValue.Text(String text))
        || !text.equals(expected)) {
      throw refusal("%s is not \"%s\"".formatted(key, expected));
    }
  }

  /// The scale of the engine is alpha by rank, or 1 where alpha is 0: only alpha = rank says what
  /// it does.
  private int rank() throws GgufException {
    if (file.metadata().get(ALPHA) instanceof GgufValue.Fraction(GgufValue.Kind kind, double alpha)
        && kind == GgufValue.Kind.FLOAT32
        && alpha >= 1
        && alpha <= LoraMatrix.RANK_MAX
        && alpha == Math.rint(alpha)) {
      return (int) alpha;
    }
    throw refusal("%s is no whole number from 1 to %d".formatted(ALPHA, LoraMatrix.RANK_MAX));
  }

  private SortedMap<String, String> notes() throws GgufException {
    List<String> known = List.of(TYPE, ARCHITECTURE, ADAPTER_TYPE, ALPHA);
    SortedMap<String, String> notes = new TreeMap<>();
    for (Map.Entry<String, GgufValue> entry : file.metadata().entrySet()) {
      String key = entry.getKey();
      if (key.startsWith(NOTE_PREFIX) && entry.getValue() instanceof GgufValue.Text(String text)) {
        notes.put(key.substring(NOTE_PREFIX.length()), text);
      } else if (!known.contains(key)) {
        throw refusal("its metadata key %s is none of an adapter".formatted(key));
      }
    }
    return notes;
  }

  private void sortTensors(
      SortedMap<String, GgufTensor> halvesA, SortedMap<String, GgufTensor> halvesB)
      throws GgufException {
    long besideNumbers = file.fileBytes();
    for (GgufTensor tensor : file.tensors()) {
      String name = tensor.name();
      if (tensor.type() != TensorType.F32 || tensor.dimensions().size() != 2) {
        throw refusal("the tensor %s is no matrix of type F32".formatted(name));
      }
      if (name.endsWith(A)) {
        halvesA.put(name.substring(0, name.length() - A.length()), tensor);
      } else if (name.endsWith(B)) {
        halvesB.put(name.substring(0, name.length() - B.length()), tensor);
      } else {
        throw refusal("the tensor %s is neither %s nor %s".formatted(name, A, B));
      }
      besideNumbers -= tensor.bytes();
    }
    for (String name : halvesB.keySet()) {
      if (!halvesA.containsKey(name)) {
        throw refusal("%s has no %s".formatted(name, A));
      }
    }
    if (besideNumbers > HEAD_BYTES_MAX) {
      throw refusal(
          "%d of its bytes belong to no tensor, more than %d"
              .formatted(besideNumbers, HEAD_BYTES_MAX));
    }
  }

  private LoraMatrix matrix(String name, int rank, GgufTensor a, GgufTensor b, TensorReader reader)
      throws GgufException {
    long in = a.dimensions().getFirst();
    long out = b.dimensions().getLast();
    if (a.dimensions().getLast() != rank || b.dimensions().getFirst() != rank) {
      throw refusal(
          "the halves of %s have the shapes %s and %s, which do not fit the rank %d that %s says"
              .formatted(name, a.dimensions(), b.dimensions(), rank, ALPHA));
    }
    if (in > LoraMatrix.SIDE_MAX || out > LoraMatrix.SIDE_MAX) {
      throw refusal(
          "the adapter of %s has a side longer than %d".formatted(name, LoraMatrix.SIDE_MAX));
    }
    return LoraMatrix.owning(name, (int) in, (int) out, rank, reader.read(a), reader.read(b));
  }

  private GgufException refusal(String reason) {
    return new GgufException("The %s %s is refused: %s.".formatted(KIND, file.path(), reason));
  }
}
