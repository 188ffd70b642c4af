// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// `peermind demo`: a whole network on one machine, with simulated sun.
@NullMarked
package org.peermind.node.demo;

import org.jspecify.annotations.NullMarked;
