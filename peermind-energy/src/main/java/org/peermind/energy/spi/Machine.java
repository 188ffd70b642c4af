// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Watts;

/// Our own machine as its meters see it.
///
/// @param root where its file system begins, `/` but in tests
/// @param nvidiaSmi NVIDIA's tool, a name on the path or a file
/// @param visibleGpus the NVIDIA GPUs that the engine may use, by index or full UUID, or a slice of
///   one; null means all of them
/// @param wall the meter in the machine's wall plug, null when there is none
public record Machine(
    Path root, String nvidiaSmi, @Nullable List<String> visibleGpus, @Nullable Wall wall) {

  /// A meter in the wall plug, read by the site's own rhythm.
  @FunctionalInterface
  public interface Wall {
    /// The newest power of the plug.
    Reading<Watts> read(Instant now);
  }

  public Machine {
    requireNonNull(root);
    requireNonNull(nvidiaSmi);
    visibleGpus = visibleGpus == null ? null : List.copyOf(visibleGpus);
  }

  /// This machine, as an engine started by us sees it.
  ///
  /// @param cudaVisibleDevices the environment's `CUDA_VISIBLE_DEVICES`, if set; as with CUDA, what
  ///   follows an invalid index does not count
  public static Machine here(Optional<String> cudaVisibleDevices) {
    List<String> visible =
        cudaVisibleDevices
            .map(
                list ->
                    Arrays.stream(list.split(",", -1))
                        .map(String::strip)
                        .takeWhile(gpu -> gpu.matches("\\d{1,4}|(GPU|MIG)-[0-9a-zA-Z/-]{1,120}"))
                        .distinct()
                        .toList())
            .orElse(null);
    return new Machine(Path.of("/"), "nvidia-smi", visible, null);
  }

  /// Whether the engine may use only a slice of an NVIDIA GPU (MIG), whose power nothing tells.
  public boolean usesGpuSlice() {
    return visibleGpus != null && visibleGpus.stream().anyMatch(gpu -> gpu.startsWith("MIG-"));
  }

  /// This machine with a meter in its wall plug, which wins over all others.
  public Machine withWall(Wall plug) {
    return new Machine(root, nvidiaSmi, visibleGpus, plug);
  }
}
