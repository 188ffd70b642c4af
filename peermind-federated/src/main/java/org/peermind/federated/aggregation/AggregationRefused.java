// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

/// The vectors cannot be aggregated.
///
/// @param reason one sentence
public record AggregationRefused(String reason) implements AggregationOutcome {}
