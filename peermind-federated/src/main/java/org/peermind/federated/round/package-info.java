// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// A federated round as a pure function of what was said in it.
///
/// [Round] says for each further message whether it belongs, and what holds then; the aggregator
/// asks it before it takes a message, everybody else to check the aggregator. [AggregatorStep] and
/// [MemberStep] say what is to be done next. A node that lost everything but the transcript goes on
/// where the round is.
@NullMarked
package org.peermind.federated.round;

import org.jspecify.annotations.NullMarked;
