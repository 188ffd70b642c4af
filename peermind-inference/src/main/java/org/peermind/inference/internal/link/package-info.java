// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The frames between a node and its engine's child process.
@NullMarked
package org.peermind.inference.internal.link;

import org.jspecify.annotations.NullMarked;
