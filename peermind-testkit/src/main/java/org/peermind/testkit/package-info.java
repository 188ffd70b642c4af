// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Seeded properties and virtual time for tests. Start at [org.peermind.testkit.Property#forAll].
@NullMarked
package org.peermind.testkit;

import org.jspecify.annotations.NullMarked;
