// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The engine's child process; starts at [org.peermind.inference.child.EngineChild].
@NullMarked
package org.peermind.inference.child;

import org.jspecify.annotations.NullMarked;
