// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Many update vectors made into one, so that everybody who has them gets the same bits.
///
/// [Aggregation] checks what came and applies an [AggregationRule]; [IntegerMean] is the weighted
/// mean over what travels, without any rounding but the last. An [OuterOptimiser] applies the
/// result to the coordinates. The order of every floating-point operation is written in
/// docs/federated.md; [Kernels] says it for each loop, and [VectorKernels] and [ScalarKernels] keep
/// to it.
@NullMarked
package org.peermind.federated.aggregation;

import org.jspecify.annotations.NullMarked;
