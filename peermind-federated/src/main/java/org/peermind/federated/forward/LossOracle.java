// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.forward;

/// Tells how well a model with given coordinates does on what is learned.
///
/// @param <E> how it fails; a step that it does not answer has not been made
@FunctionalInterface
public interface LossOracle<E extends Exception> {
  /// The mean loss, in nats per token, on the examples of a step. Both questions of one step are
  /// about the same examples; a number that is not finite changes nothing.
  ///
  /// @param step counted from 0
  /// @param coordinates that are not to be changed and not to be kept
  /// @throws InterruptedException when the calling thread was interrupted
  double loss(int step, float[] coordinates) throws E, InterruptedException;
}
