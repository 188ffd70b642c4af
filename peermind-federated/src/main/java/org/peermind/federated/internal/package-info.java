// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What the trainer's child process and the network that it trains agree on
/// ([org.peermind.federated.internal.TrainingNetwork]).
@NullMarked
package org.peermind.federated.internal;

import org.jspecify.annotations.NullMarked;
