// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Federated rounds in a node: the aggregator at a referee, the members, and what they exchange.
///
/// What belongs into a round says the pure [org.peermind.federated.round.Round]; here are the
/// files, the streams and the threads around it.
@NullMarked
package org.peermind.node.federated;

import org.jspecify.annotations.NullMarked;
