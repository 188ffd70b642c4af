// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The trainer's child process, seen from the node.
@NullMarked
package org.peermind.federated.internal.process;

import org.jspecify.annotations.NullMarked;
