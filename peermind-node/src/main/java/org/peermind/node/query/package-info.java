// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// A question and its answer inside one node, whoever computes it. The HTTP API asks
/// [org.peermind.node.query.Answers]; behind it stands the own engine or the network.
@NullMarked
package org.peermind.node.query;

import org.jspecify.annotations.NullMarked;
