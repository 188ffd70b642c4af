// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The house rules as tests: who may see whom, what a pure core may not touch, how files look.
///
/// Every rule is also run against a sample that breaks it, so that a rule that cannot fail fails.
@NullMarked
package org.peermind.tidy;

import org.jspecify.annotations.NullMarked;
