// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Model proposals, evaluation, ballots and tally (spec section 5).
///
/// The count of ranked ballots is there (`RankedTally`); the course of a vote is not yet.
@NullMarked
package org.peermind.voting;

import org.jspecify.annotations.NullMarked;
