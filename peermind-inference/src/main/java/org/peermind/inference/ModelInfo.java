// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// A loaded model: `description` as the engine words it, `parameters` their count, `bytes` the size
/// of the weights, `contextTokens` the longest prompt and answer together, `vocabularySize` tokens.
public record ModelInfo(
    String description, long parameters, long bytes, int contextTokens, int vocabularySize) {}
