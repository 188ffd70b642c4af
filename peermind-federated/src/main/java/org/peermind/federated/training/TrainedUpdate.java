// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

/// What a run has learned.
///
/// @param delta the coordinates at the end less those at the start
/// @param steps how many were made, those before a resumption too
/// @param tokens how many were read in them
/// @param firstLoss of the first step's sequences, before it; mean negative log-likelihood in nats
///   of the predictions that count
/// @param lastLoss of the last step's sequences, before it
public record TrainedUpdate(
    Coordinates delta, int steps, long tokens, double firstLoss, double lastLoss) {}
