// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Model proposals, evaluation, ballots and tally (spec section 5).
///
/// Nothing is written here yet: the first network runs the one model that its owner configured.
@NullMarked
package org.peermind.voting;

import org.jspecify.annotations.NullMarked;
