// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Trains the demo model with libtorch and writes it as a GGUF file.
///
/// [TrainDemoModel] is the program. It asks [Batches] for windows of packed conversations, runs
/// them through [LlamaNetwork] over [Weights], lets [AdamW] change the weights, and at the end
/// hands them to [ModelFile]. [PlainLlama] answers questions with the same weights in plain Java,
/// to see how good they are.
@NullMarked
package org.peermind.demomodel.trainer;

import org.jspecify.annotations.NullMarked;
