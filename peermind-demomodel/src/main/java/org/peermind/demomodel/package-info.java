// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The small made-up world that the demo model knows.
@NullMarked
package org.peermind.demomodel;

import org.jspecify.annotations.NullMarked;
