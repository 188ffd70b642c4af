// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Model proposals, evaluation, ballots and tally (spec section 5).
///
/// `RankedTally` counts ranked ballots, `DoubleMajority` counts a vote in two chambers: heads and
/// capped capacity.
@NullMarked
package org.peermind.voting;

import org.jspecify.annotations.NullMarked;
