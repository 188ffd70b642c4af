// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The network's ledger in a node, and what the node does about votes and adopted models. Decisions
/// are made by the pure cores of `org.peermind.voting`; what is here reads, sends, keeps and waits.
@NullMarked
package org.peermind.node.governance;

import org.jspecify.annotations.NullMarked;
