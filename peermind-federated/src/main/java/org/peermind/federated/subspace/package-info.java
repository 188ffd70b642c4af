// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What federated rounds train: coordinates of a public linear subspace of the adopted model.
@NullMarked
package org.peermind.federated.subspace;

import org.jspecify.annotations.NullMarked;
