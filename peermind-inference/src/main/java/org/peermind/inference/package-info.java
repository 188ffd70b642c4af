// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Loading a model, streaming tokens, and giving the memory back (design section 12).
@NullMarked
package org.peermind.inference;

import org.jspecify.annotations.NullMarked;
