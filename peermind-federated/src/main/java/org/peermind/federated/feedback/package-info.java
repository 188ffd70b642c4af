// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Learning from users who hold no model: how strongly each of a few adapters is mixed in
/// ([FeedbackPeriod]) follows from one randomised bit for an answer. The device keeps what its user
/// thought of the answer; [RandomisedResponse] makes of it a bit that nobody can hold against him,
/// and [PrivacyBudget] says when that is enough. [FeedbackTally] makes one step of the bits of a
/// period.
///
/// All of it is pure and the same bits everywhere. Nothing of it travels yet: there is no signed
/// message, and no node serves mixes.
@NullMarked
package org.peermind.federated.feedback;

import org.jspecify.annotations.NullMarked;
