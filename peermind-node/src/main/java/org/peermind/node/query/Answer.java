// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

/// An answer that is being computed. One thread reads it; any thread may close it, which cancels it
/// everywhere.
public interface Answer extends AutoCloseable {
  /// Waits for the next part. The wait is bounded by the deadlines of whoever computes it: after a
  /// failure the last event is a [AnswerEvent.Failed].
  AnswerEvent next() throws InterruptedException;

  @Override
  void close();
}
