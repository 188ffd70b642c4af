// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The simulator: production roles on a virtual clock.
///
/// Nothing is written here yet.
@NullMarked
package org.peermind.sim;

import org.jspecify.annotations.NullMarked;
