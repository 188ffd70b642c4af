// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What a referee may believe of the power that others report (design section 5, spec section 7).
///
/// A pure core: it has no clock and does no I/O. What it cannot find out is written down in
/// docs/plausibility.md.
@NullMarked
package org.peermind.energy.plausibility;

import org.jspecify.annotations.NullMarked;
