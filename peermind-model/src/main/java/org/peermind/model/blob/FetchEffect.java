// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import org.peermind.protocol.NodeId;

/// What the shell has to do for a [FetchPlan].
public sealed interface FetchEffect {
  /// Ask the peer for the manifest.
  record AskManifest(NodeId peer) implements FetchEffect {}

  /// Ask the peer for a chunk.
  record AskChunk(NodeId peer, int chunk) implements FetchEffect {}

  /// End the connection to the peer; what it was asked for is void.
  record HangUp(NodeId peer) implements FetchEffect {}

  /// Say that the peer lied and is not asked again.
  ///
  /// @param sentence names the peer and what it did
  record Dropped(NodeId peer, String sentence) implements FetchEffect {}

  /// Say that the fetch waits, and why; it goes on by itself.
  record Waiting(String sentence) implements FetchEffect {}

  /// Say that a fetch that waited goes on.
  record GoesOn() implements FetchEffect {}

  /// All chunks are there: read the whole back.
  record CheckWhole() implements FetchEffect {}

  /// The fetch is over and the file is whole.
  record Finished() implements FetchEffect {}

  /// The fetch is over without the file; what came stays for the next try.
  record Failed(String sentence) implements FetchEffect {}
}
