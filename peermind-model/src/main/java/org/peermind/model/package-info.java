// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Strict reading of GGUF files before native code sees them (design section 10).
@NullMarked
package org.peermind.model;

import org.jspecify.annotations.NullMarked;
