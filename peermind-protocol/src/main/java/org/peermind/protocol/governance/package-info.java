// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What members of a network sign about it (spec section 5): who belongs to it, which model is
/// proposed, measured, voted for, adopted and undone. [Digest] names each of these records.
@NullMarked
package org.peermind.protocol.governance;

import org.jspecify.annotations.NullMarked;
