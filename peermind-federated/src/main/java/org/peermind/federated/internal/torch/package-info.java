// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The network that is trained, in libtorch: what llama.cpp computes, with gradients.
///
/// [org.peermind.federated.internal.torch.NetworkShape] reads from a model file what is to be
/// computed and refuses what it does not know;
/// [org.peermind.federated.internal.torch.AdaptedNetwork] computes losses and their gradients for
/// given coordinates and keeps no state between calls;
/// [org.peermind.federated.internal.torch.AdamW] moves the coordinates and is plain Java, so that a
/// run goes on from a checkpoint bit for bit. All of it runs in the trainer's child process only.
@NullMarked
package org.peermind.federated.internal.torch;

import org.jspecify.annotations.NullMarked;
