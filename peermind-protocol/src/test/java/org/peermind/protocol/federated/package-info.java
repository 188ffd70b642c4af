// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Tests of what is signed in federated rounds.
@NullMarked
package org.peermind.protocol.federated;

import org.jspecify.annotations.NullMarked;
