// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Tests of the tools that other tests use.
@NullMarked
package org.peermind.testkit;

import org.jspecify.annotations.NullMarked;
