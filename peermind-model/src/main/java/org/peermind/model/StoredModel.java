// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.nio.file.Path;
import java.time.Instant;
import org.peermind.protocol.ModelHash;

/// A model in the [ModelStore].
///
/// @param file its GGUF, named by its hash
/// @param name as the file calls itself; may be empty
/// @param bytes of the file
/// @param imported when it came into the store
/// @param source where it came from: a path or an address without secrets
public record StoredModel(
    ModelHash sha256,
    Path file,
    String name,
    String architecture,
    TensorType quantization,
    long contextTokens,
    long bytes,
    Instant imported,
    String source) {}
