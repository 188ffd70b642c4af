// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The numbers of a model's tensors: from the blocks of a GGUF file to 32-bit floats.
///
/// [org.peermind.model.tensor.TensorReader] maps a checked file and reads a tensor or some of its
/// rows; [org.peermind.model.tensor.Dequantisation] decodes blocks wherever they lie. The other way
/// goes [org.peermind.model.TensorEncoding]. Trainers read a base model through this package, and
/// get the very numbers that the engine computes with.
@NullMarked
package org.peermind.model.tensor;

import org.jspecify.annotations.NullMarked;
