// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The node: roles, transport, HTTP API and command line, wired in one assembly.
@NullMarked
package org.peermind.node;

import org.jspecify.annotations.NullMarked;
