// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Federated updates: the network teaches its own model (spec section 4, step 5, and section 5).
///
/// Nothing of its data leaves a node but the change of a few low-rank coordinates
/// ([org.peermind.federated.subspace]). A round ([org.peermind.federated.round]) gathers those
/// changes, [org.peermind.federated.aggregation] makes one of them that a few liars cannot bend,
/// and [org.peermind.federated.gate] decides whether anyone may use it.
@NullMarked
package org.peermind.federated;

import org.jspecify.annotations.NullMarked;
