// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The ledger of what the network decided (design section 8): `LocalLog` writes signed records to
/// files, under a signed checkpoint (`SignedNote`, `Checkpoint`) over their Merkle tree
/// (`MerkleTree`, `InclusionProof`, `ConsistencyProof`); `LedgerAudit` recomputes it all.
///
/// No node writes one yet.
@NullMarked
package org.peermind.ledger;

import org.jspecify.annotations.NullMarked;
