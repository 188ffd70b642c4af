// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Moves messages between nodes and referees and knows nothing of questions (design section 4).
///
/// Start at [org.peermind.node.transport.Transport]. A referee listens and sees its peers as
/// [org.peermind.node.transport.PeerLink]s; every other node holds a
/// [org.peermind.node.transport.RefereeLink] that reconnects by itself. The rules of an attachment
/// (hello, acknowledgement, heartbeats, bounds) are in `PeerAttachment` and `ReconnectingLink` and
/// are the same over gRPC ([org.peermind.node.transport.GrpcTransport]) and in memory
/// ([org.peermind.node.transport.InMemoryNetwork]); the two differ only in what carries the bytes.
@NullMarked
package org.peermind.node.transport;

import org.jspecify.annotations.NullMarked;
