// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Adapter files: low-rank changes of a model's matrices (LoRA) as one GGUF file that the engine
/// loads beside the model.
///
/// [org.peermind.model.lora.LoraAdapter] is what such a file says, and puts several adapters into
/// one; [org.peermind.model.lora.LoraAdapterFile] writes it to the same bytes everywhere and reads
/// strictly what others wrote.
@NullMarked
package org.peermind.model.lora;

import org.jspecify.annotations.NullMarked;
