// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.lora;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;

/// A low-rank change of some matrices of a model, all of the same rank: the engine scales each with
/// the file's one `alpha` by the matrix's own rank, so only one rank gives every matrix the scale
/// 1.
///
/// @param architecture the family of the model, as its own file has it
/// @param matrices sorted by name here, whatever their order was; each matrix once
/// @param notes what else the file says, such as [#BASE_MODEL]: up to [#NOTES_MAX] printable texts,
///   under names of lower-case letters, digits, dots and underscores
public record LoraAdapter(
    String architecture, List<LoraMatrix> matrices, SortedMap<String, String> notes) {
  /// The note with the SHA-256 of the model that is adapted, in hexadecimal.
  public static final String BASE_MODEL = "base_model.sha256";

  /// The note with the root of the transcript of the round that made the adapter, in hexadecimal.
  public static final String TRANSCRIPT_ROOT = "transcript.root";

  /// The most matrices of an adapter.
  public static final int MATRICES_MAX = 4096;

  /// The most notes of an adapter.
  public static final int NOTES_MAX = 64;

  private static final long NUMBERS_MAX =
      (LoraAdapterFile.BYTES_MAX - LoraAdapterFile.HEAD_BYTES_MAX) / Float.BYTES;
  private static final Pattern ARCHITECTURE = Pattern.compile("[!-~]{1,64}");
  private static final Pattern NOTE_NAME = Pattern.compile("[a-z0-9_.]{1,64}");
  private static final Pattern NOTE = Pattern.compile("[ -~]{0,1024}");

  /// @throws IllegalArgumentException saying what does not fit
  public LoraAdapter {
    if (!ARCHITECTURE.matcher(architecture).matches()) {
      throw new IllegalArgumentException(
          "an architecture has 1 to 64 printable characters without spaces");
    }
    matrices = sorted(matrices);
    notes = Collections.unmodifiableSortedMap(new TreeMap<>(notes));
    if (notes.size() > NOTES_MAX) {
      throw new IllegalArgumentException("an adapter has at most " + NOTES_MAX + " notes");
    }
    notes.forEach(
        (name, text) -> {
          if (!NOTE_NAME.matcher(name).matches() || !NOTE.matcher(text).matches()) {
            throw new IllegalArgumentException(
                "a note has a name of up to 64 lower-case letters, digits, dots and underscores,"
                    + " and up to 1024 printable characters");
          }
        });
  }

  private static List<LoraMatrix> sorted(List<LoraMatrix> matrices) {
    if (matrices.isEmpty() || matrices.size() > MATRICES_MAX) {
      throw new IllegalArgumentException(
          "an adapter changes 1 to %d matrices, not %d".formatted(MATRICES_MAX, matrices.size()));
    }
    SortedMap<String, LoraMatrix> byName = new TreeMap<>();
    long numbers = 0;
    for (LoraMatrix matrix : matrices) {
      if (byName.put(matrix.tensor(), matrix) != null) {
        throw new IllegalArgumentException("the matrix " + matrix.tensor() + " appears twice");
      }
      if (matrix.rank() != matrices.getFirst().rank()) {
        throw new IllegalArgumentException(
            "the matrices %s and %s have different ranks"
                .formatted(matrices.getFirst().tensor(), matrix.tensor()));
      }
      numbers += matrix.numbers();
    }
    if (numbers > NUMBERS_MAX) {
      throw new IllegalArgumentException(
          "an adapter of %d numbers is larger than a file may be; fold the older ones first"
              .formatted(numbers));
    }
    return List.copyOf(byName.values());
  }

  /// An adapter with these notes, whatever their order.
  ///
  /// @throws IllegalArgumentException saying what does not fit
  public static LoraAdapter of(
      String architecture, List<LoraMatrix> matrices, Map<String, String> notes) {
    return new LoraAdapter(architecture, matrices, new TreeMap<>(notes));
  }

  /// Why this changes nothing that a model has: another family, or a matrix that the model lacks or
  /// has in another shape; empty when it fits. One sentence.
  public Optional<String> misfit(GgufFile model) {
    if (!model.architecture().equals(architecture)) {
      return Optional.of(
          "The adapter is for models of the family %s, and this one is of another."
              .formatted(architecture));
    }
    Map<String, GgufTensor> tensors = new HashMap<>();
    model.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
    return matrices.stream()
        .filter(matrix -> !fits(matrix, tensors.get(matrix.tensor())))
        .findFirst()
        .map(
            matrix ->
                "The adapter changes a matrix %s of %d by %d numbers, which the model does not have."
                    .formatted(matrix.tensor(), matrix.in(), matrix.out()));
  }

  private static boolean fits(LoraMatrix matrix, @Nullable GgufTensor tensor) {
    return tensor != null
        && tensor.dimensions().equals(List.of((long) matrix.in(), (long) matrix.out()));
  }

  /// The rank of every matrix.
  public int rank() {
    return matrices.getFirst().rank();
  }

  /// One adapter that does what all of these do together: the ranks of a matrix one after the
  /// other, so that `B A` is the exact sum. A matrix that has fewer ranks than another gets ranks
  /// of zeros.
  ///
  /// @param adapters in the order of their ranks; the oldest first
  /// @throws IllegalArgumentException when they are of different families or differ about the shape
  ///   of a matrix, or the stack is beyond [LoraMatrix#RANK_MAX] or larger than a file may be
  public static LoraAdapter stack(List<LoraAdapter> adapters, Map<String, String> notes) {
    SortedMap<String, List<LoraMatrix>> byName = new TreeMap<>();
    for (LoraAdapter adapter : adapters) {
      if (!adapter.architecture.equals(adapters.getFirst().architecture)) {
        throw new IllegalArgumentException(
            "adapters of %s and %s cannot be put together"
                .formatted(adapters.getFirst().architecture, adapter.architecture));
      }
      for (LoraMatrix matrix : adapter.matrices) {
        byName.computeIfAbsent(matrix.tensor(), _ -> new ArrayList<>()).add(matrix);
      }
    }
    if (byName.isEmpty()) {
      throw new IllegalArgumentException("there is no adapter to put together");
    }
    long rank = byName.values().stream().mapToLong(LoraAdapter::rankOf).max().orElseThrow();
    requireRoom(byName.values(), rank);
    List<LoraMatrix> matrices =
        byName.values().stream().map(parts -> stacked(parts, (int) rank)).toList();
    return of(adapters.getFirst().architecture, matrices, notes);
  }

  private static long rankOf(List<LoraMatrix> parts) {
    return parts.stream().mapToLong(LoraMatrix::rank).sum();
  }

  /// Refuses before memory is taken.
  private static void requireRoom(Collection<List<LoraMatrix>> matrices, long rank) {
    double numbers = 0;
    for (List<LoraMatrix> parts : matrices) {
      numbers += rank * ((double) parts.getFirst().in() + parts.getFirst().out());
    }
    if (rank > LoraMatrix.RANK_MAX || numbers > NUMBERS_MAX) {
      throw new IllegalArgumentException(
          "a stack of rank %d is larger than an adapter may be; fold the older ones first"
              .formatted(rank));
    }
  }

  private static LoraMatrix stacked(List<LoraMatrix> parts, int rank) {
    LoraMatrix oldest = parts.getFirst();
    float[] a = new float[rank * oldest.in()];
    float[] b = new float[rank * oldest.out()];
    int first = 0;
    for (LoraMatrix part : parts) {
      if (part.in() != oldest.in() || part.out() != oldest.out()) {
        throw new IllegalArgumentException(
            "two adapters differ about the shape of " + part.tensor());
      }
      part.copyTo(a, b, first, rank);
      first += part.rank();
    }
    return LoraMatrix.owning(oldest.tensor(), oldest.in(), oldest.out(), rank, a, b);
  }
}
