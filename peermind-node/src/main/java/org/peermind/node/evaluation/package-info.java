// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Measures models beside each other on this machine (PMV-1, evaluation). [ItemSuite] draws
/// questions with exact answers, [Benchmark] measures a candidate and the model in use in turn, and
/// [Canaries] ask a running engine a few items. What is measured and what it does not show is in
/// `docs/evaluation.md`.
@NullMarked
package org.peermind.node.evaluation;

import org.jspecify.annotations.NullMarked;
