// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal;

import java.nio.file.Path;
import java.util.Optional;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Device;
import org.peermind.protocol.ModelHash;

/// The network that is wanted.
///
/// @param model a GGUF file
/// @param sha256 its hash, which was checked
/// @param parentAdapter a LoRA adapter that is added to the frozen weights
/// @param threads processor cores that it may use
public record NetworkSpec(
    Path model,
    ModelHash sha256,
    Optional<Path> parentAdapter,
    Subspace subspace,
    int threads,
    Device device) {}
