// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

/// The bytes that the library says to have taken for a model, to about a hundredth of a mebibyte:
/// the weights as the file has them, those that it keeps once more in another order (the kernel may
/// then drop the pages of the first), the memory for tokens, and what computing needs.
public record Allocated(long mappedBytes, long copiedBytes, long tokensBytes, long computeBytes) {
  /// What the log heard of the last load.
  static Allocated of(NativeLog log) {
    return new Allocated(
        log.bytes(NativeLog.Buffer.MAPPED),
        log.bytes(NativeLog.Buffer.MODEL),
        log.bytes(NativeLog.Buffer.KV) + log.bytes(NativeLog.Buffer.RS),
        log.bytes(NativeLog.Buffer.COMPUTE) + log.bytes(NativeLog.Buffer.OUTPUT));
  }
}
