// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.nio.file.Path;

/// A file of tokens that the trainer can read.
///
/// @param file with `sequences` sequences that have `tokens` tokens together
/// @param countedTokens those of them whose prediction is learned
/// @param leftOut what was not used, and why
public record Prepared(
    Path file, int sequences, long tokens, int countedTokens, LeftOuts leftOut) {}
