// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The native library llama.cpp: where it comes from, whether it is the one we know, and the calls
/// into it through the foreign function interface. Only the child process loads it.
@NullMarked
package org.peermind.inference.internal.natives;

import org.jspecify.annotations.NullMarked;
