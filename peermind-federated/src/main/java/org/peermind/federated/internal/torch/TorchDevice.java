// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Where libtorch computes: on the processor with a fixed count of threads, or on a graphics card.
/// Either gives the same numbers for the same input on the same machine, every time.
///
/// The settings are those of the whole process.
public final class TorchDevice {
  /// From so many numbers of a matrix on its products are worth several threads.
  private static final long LARGE_MATRIX = 1 << 20;

  private final Device device;
  private final boolean cuda;
  private final int threads;

  private TorchDevice(Device device, boolean cuda, int threads) {
    this.device = device;
    this.cuda = cuda;
    this.threads = threads;
  }

  /// The processor of this machine.
  ///
  /// @param threads at least 1; the sums of another count may differ in the last bits
  public static TorchDevice processor(int threads) {
    makeRepeatable(threads);
    return new TorchDevice(new Device("cpu"), false, threads);
  }

  /// The first graphics card that libtorch can use, where there is one. The process must have been
  /// started with `CUBLAS_WORKSPACE_CONFIG=:4096:8` in its environment, without which NVIDIA's
  /// library does not promise the same numbers every time.
  ///
  /// @throws UnsupportedModelException when there is none
  public static TorchDevice graphicsCard(int threads) throws UnsupportedModelException {
    if (!graphicsCardPresent()) {
      throw new UnsupportedModelException(
          "This libtorch finds no graphics card that it can use; train on the processor.");
    }
    makeRepeatable(threads);
    // Of the kernels for attention only the plain one adds its gradients in a fixed order there.
    torch.globalContext().setSDPUseFlash(false);
    torch.globalContext().setSDPUseMemEfficient(false);
    torch.globalContext().setSDPUseCuDNN(false);
    return new TorchDevice(new Device("cuda"), true, threads);
  }

  /// Whether libtorch can use a graphics card.
  public static boolean graphicsCardPresent() {
    return torch.cuda_is_available();
  }

  private static void makeRepeatable(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("Training needs at least 1 thread, not " + threads);
    }
    torch.set_num_threads(threads);
    openblas_nolapack.blas_set_num_threads(1);
    torch.globalContext().setDeterministicAlgorithms(true, false);
    torch.manual_seed(0);
  }

  /// Lets products of large matrices use all threads. OpenBLAS has threads of its own, which wait
  /// in a loop: small products are over before they pay, and where other work took their cores, a
  /// step took 70 times as long with two as with one.
  void useThreadsFor(long largestMatrix) {
    openblas_nolapack.blas_set_num_threads(largestMatrix < LARGE_MATRIX ? 1 : threads);
  }

  /// Whether this is a graphics card.
  public boolean cuda() {
    return cuda;
  }

  /// How many threads of the processor compute.
  public int threads() {
    return threads;
  }

  /// What libtorch is in use, such as `2.10.0-1.5.13`.
  public static String libtorchVersion() {
    String version = Tensor.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  /// A new tensor with these numbers, row by row.
  Tensor tensor(float[] values, long... sizes) {
    Tensor tensor = torch.empty(sizes);
    put(tensor, 0, values);
    return placed(tensor);
  }

  /// A new tensor with these whole numbers, row by row.
  Tensor tensor(long[] values, long... sizes) {
    return placed(torch.tensor(values).reshape(sizes));
  }

  /// Puts numbers into a tensor of the processor that was just made, from a place on.
  static void put(Tensor tensor, long from, float[] values) {
    if (from < 0 || from + values.length > tensor.numel()) {
      throw new IllegalArgumentException("These numbers reach beyond the tensor");
    }
    new FloatPointer(tensor.data_ptr()).position(from).put(values);
  }

  /// The tensor where computing happens; on the processor the same one.
  Tensor placed(Tensor tensor) {
    return cuda ? tensor.to(device, tensor.scalar_type()) : tensor;
  }

  /// The numbers of a tensor, row by row.
  static float[] read(Tensor tensor) {
    Tensor plain = tensor.detach().cpu().contiguous();
    float[] values = new float[Math.toIntExact(plain.numel())];
    new FloatPointer(plain.data_ptr()).get(values);
    return values;
  }
}
