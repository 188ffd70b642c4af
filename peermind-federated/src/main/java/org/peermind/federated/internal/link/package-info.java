// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What a node and its trainer's child process say to each other, and how: frames over a
/// Unix-domain socket.
@NullMarked
package org.peermind.federated.internal.link;

import org.jspecify.annotations.NullMarked;
