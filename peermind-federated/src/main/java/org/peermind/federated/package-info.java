// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Federated update rounds (spec section 4, step 5).
///
/// Nothing is written here yet.
@NullMarked
package org.peermind.federated;

import org.jspecify.annotations.NullMarked;
