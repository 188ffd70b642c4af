// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The node's side of the engine's child process: starting it, hearing it, and seeing it die.
@NullMarked
package org.peermind.inference.internal.process;

import org.jspecify.annotations.NullMarked;
