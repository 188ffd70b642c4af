// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Training on the owner's tokens (spec section 5.3): a [org.peermind.federated.training.Trainer]
/// holds one model in a child process of its own, a [org.peermind.federated.training.TrainingTask]
/// says what to do there, a [org.peermind.federated.training.TrainingRun] is paused when the sun
/// goes and ends with a [org.peermind.federated.training.TrainedUpdate]. The tokens come from a
/// [org.peermind.federated.training.TokenFile] and never travel further than to that process.
@NullMarked
package org.peermind.federated.training;

import org.jspecify.annotations.NullMarked;
