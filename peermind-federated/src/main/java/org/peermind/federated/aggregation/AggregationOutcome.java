// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

/// What came of an aggregation.
public sealed interface AggregationOutcome permits Aggregate, AggregationRefused {}
