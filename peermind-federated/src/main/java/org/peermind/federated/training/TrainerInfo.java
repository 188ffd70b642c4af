// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

/// What a trainer has loaded, and on what it computes.
///
/// @param architecture as the model file names it, such as `llama`
/// @param device such as `cpu` or `cuda:0`
/// @param threads processor cores in use
/// @param library such as `libtorch 2.10.0`
/// @param vocabulary number of tokens that the model knows
/// @param contextTokens the longest sequence that it takes
/// @param coordinates how many numbers are trained
public record TrainerInfo(
    String architecture,
    String device,
    int threads,
    String library,
    int vocabulary,
    int contextTokens,
    int coordinates) {}
