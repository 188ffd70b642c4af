// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Pure parts of generation: choosing a token, and releasing text only when it is final.
@NullMarked
package org.peermind.inference.internal.text;

import org.jspecify.annotations.NullMarked;
