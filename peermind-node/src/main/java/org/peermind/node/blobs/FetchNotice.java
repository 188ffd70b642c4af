// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import org.peermind.protocol.NodeId;

/// What a person may want to hear of a [BlobFetch] while it runs.
public sealed interface FetchNotice {
  /// How many of the chunks are there and right.
  record Progress(int kept, int chunks) implements FetchNotice {}

  /// A peer lied and is not asked again; the sentence names it.
  record PeerDropped(NodeId peer, String sentence) implements FetchNotice {}

  /// Nothing can be fetched just now, and why; it goes on by itself.
  record Waiting(String sentence) implements FetchNotice {}

  /// It goes on.
  record GoesOn() implements FetchNotice {}
}
