// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The trainer's child process: [org.peermind.federated.child.TrainerChild] is its main class, its
/// loop makes one step after the other and hears orders in between. Private tokens are read here
/// and nowhere else.
@NullMarked
package org.peermind.federated.child;

import org.jspecify.annotations.NullMarked;
