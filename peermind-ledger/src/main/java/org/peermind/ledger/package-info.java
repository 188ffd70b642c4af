// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The ledger of what the network decided (design section 8).
///
/// Nothing is written here yet: first light needs no ledger, and every module that will write to it
/// already signs `SignedEnvelope`s, the only thing the ledger will know.
@NullMarked
package org.peermind.ledger;

import org.jspecify.annotations.NullMarked;
