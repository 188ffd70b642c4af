// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Tests of the referee's core. [org.peermind.referee.Stage] puts named nodes before one.
@NullMarked
package org.peermind.referee;

import org.jspecify.annotations.NullMarked;
