// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Training that computes forwards only (MeZO, arXiv 2305.17333): the loss is asked for on both
/// sides of where the coordinates are, along a direction that a seed of a public pool draws, and
/// the difference says how far to go along it. It needs no gradients, so whatever tells how likely
/// given tokens are can train.
///
/// [ForwardDescent] makes the steps; a [LossOracle] answers it, two times a step; [ForwardState] is
/// what has to be kept to go on later. All of it is pure, and the same bits everywhere for the same
/// losses. The result is a change of the coordinates like that of any other training.
@NullMarked
package org.peermind.federated.forward;

import org.jspecify.annotations.NullMarked;
