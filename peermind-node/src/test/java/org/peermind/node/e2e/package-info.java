// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What a person would see: nodes as processes on real sockets with the real engine, killed,
/// stopped, misconfigured and searched. [org.peermind.node.e2e.TestNetwork] is the harness; the
/// classes named `*IT` are run by `mvn verify` after the unit tests.
@NullMarked
package org.peermind.node.e2e;

import org.jspecify.annotations.NullMarked;
