// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The ledger of what the network decided (design section 8).
///
/// The tree and its proofs are there (`MerkleTree`, `InclusionProof`, `ConsistencyProof`); nothing
/// is written yet. Every module that will write to it already signs `SignedEnvelope`s.
@NullMarked
package org.peermind.ledger;

import org.jspecify.annotations.NullMarked;
