// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.peermind.model.GgufFile;

/// Whether a model fits into the memory that is free, and how many of its layers go to graphics
/// cards: decided before it is loaded, so that an owner reads a sentence instead of losing a
/// process to the kernel's hunt for memory.
///
/// @param gpuLayers how many of the last layers lie on graphics cards; the output counts as one
///   more
/// @param hostBytes what the machine's memory must have
/// @param gpuBytes what the graphics cards must have
/// @param sentence the decision with its numbers, for a person
public record MemoryPlan(
    MemoryNeed need, boolean fits, int gpuLayers, long hostBytes, long gpuBytes, String sentence) {
  /// The engine's process itself: a small Java heap, the libraries, their threads.
  public static final long PROCESS_BYTES = 160L << 20;

  /// What drivers take of a card beside the model.
  private static final long GPU_RESERVE_BYTES = 512L << 20;

  /// Plans for these devices.
  ///
  /// @throws EngineException when the file's numbers make no sense
  public static MemoryPlan of(
      GgufFile model, int contextTokens, int slots, List<EngineDevice> devices)
      throws EngineException {
    return of(MemoryNeed.of(model, contextTokens, slots), devices);
  }

  /// Plans a known need for these devices. As many layers as fit go to the graphics cards; a card
  /// whose memory is unknown gets none.
  public static MemoryPlan of(MemoryNeed need, List<EngineDevice> devices) {
    List<EngineDevice> cards = cards(devices);
    long room = room(need, cards);
    int layers = 0;
    long onCards = 0;
    long next = need.outputBytes() + need.computeBytes();
    int most = need.layerBytes().size() + 1;
    while (layers < most && onCards + next <= room) {
      onCards += next;
      layers++;
      next = layers < most ? need.layerBytes().get(most - 1 - layers) : 0;
    }
    if (layers == 1) {
      // The output alone is not worth the way there and back.
      layers = 0;
      onCards = 0;
    }
    long offloaded = layers == 0 ? 0 : onCards - need.computeBytes();
    boolean shared =
        layers > 0
            && cards.stream().anyMatch(card -> card.kind() == EngineDevice.Kind.INTEGRATED_GPU);
    long host =
        Math.max(need.inputBytes(), need.totalBytes() - (shared ? 0 : offloaded))
            + need.idleBytes()
            + PROCESS_BYTES;
    OptionalLong free =
        devices.stream()
            .filter(device -> device.kind() == EngineDevice.Kind.CPU)
            .map(EngineDevice::freeBytes)
            .findFirst()
            .orElse(OptionalLong.empty());
    boolean fits = free.isEmpty() || host <= free.getAsLong();
    String where = where(layers, most, onCards, cards);
    return new MemoryPlan(
        need, fits, layers, host, onCards, sentence(need, host, free, fits, where));
  }

  /// What the model needs of graphics memory to lie there as a whole: the figure for votes.
  public long wholeOnGpuBytes() {
    return need.totalBytes();
  }

  private static List<EngineDevice> cards(List<EngineDevice> devices) {
    List<EngineDevice> own = ofKind(devices, EngineDevice.Kind.GPU);
    return own.isEmpty() ? ofKind(devices, EngineDevice.Kind.INTEGRATED_GPU) : own;
  }

  private static List<EngineDevice> ofKind(List<EngineDevice> devices, EngineDevice.Kind kind) {
    return devices.stream().filter(device -> device.kind() == kind).toList();
  }

  /// What of the cards may be filled. Layers are not divided, so each further card loses up to one.
  private static long room(MemoryNeed need, List<EngineDevice> cards) {
    long largest = need.layerBytes().stream().mapToLong(Long::longValue).max().orElse(0);
    long room = cards.isEmpty() ? 0 : -(cards.size() - 1L) * (largest + need.computeBytes());
    for (EngineDevice card : cards) {
      room += Math.max(0, card.freeBytes().orElse(0) - GPU_RESERVE_BYTES);
    }
    return room;
  }

  private static String where(int layers, int most, long onCards, List<EngineDevice> cards) {
    if (cards.isEmpty()) {
      return "all on the processor";
    }
    if (layers == 0) {
      boolean unknown = cards.stream().allMatch(card -> card.freeBytes().isEmpty());
      return unknown
          ? "all on the processor, since the memory of the graphics card is unknown"
          : "all on the processor, since the graphics card has too little free memory";
    }
    return "%s layers with %s on %s"
        .formatted(
            layers == most ? "all" : layers + " of " + most,
            gibibytes(onCards),
            cards.size() == 1 ? cards.getFirst().name() : cards.size() + " graphics cards");
  }

  private static String sentence(
      MemoryNeed need, long host, OptionalLong free, boolean fits, String where) {
    String parts =
        "weights %s, tokens %s, idle conversations %s, computing %s; %s"
            .formatted(
                gibibytes(need.weightsBytes()),
                gibibytes(need.tokensBytes()),
                gibibytes(need.idleBytes()),
                gibibytes(need.computeBytes()),
                where);
    if (free.isEmpty()) {
      return "It needs %s of memory (%s); how much is free is unknown."
          .formatted(gibibytes(host), parts);
    }
    String begin =
        "It needs %s of the %s of memory that are free (%s)"
            .formatted(gibibytes(host), gibibytes(free.getAsLong()), parts);
    return fits
        ? begin + "."
        : begin
            + "; %s are missing: take a smaller model, fewer context tokens or fewer slots."
                .formatted(gibibytes(host - free.getAsLong()));
  }

  private static String gibibytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
  }

  /// Why the model must not be loaded, or empty when it may.
  public Optional<String> refusal() {
    return fits ? Optional.empty() : Optional.of("The model does not fit: " + sentence);
  }
}
