// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The gate: whether an update may be used, by what was measured with and without it. Pure: figures
/// and a seed in, a judgement out.
@NullMarked
package org.peermind.federated.gate;

import org.jspecify.annotations.NullMarked;
