// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Which inferer answers a query: registry, assigner and user slots as a pure core (design section
/// 7).
@NullMarked
package org.peermind.referee;

import org.jspecify.annotations.NullMarked;
