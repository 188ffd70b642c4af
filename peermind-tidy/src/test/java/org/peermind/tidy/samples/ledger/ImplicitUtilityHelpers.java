// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.ledger;

/// `Implicit` and `Utility` are words of their own, `Helpers` goes on after `Helper`.
final class ImplicitUtilityHelpers {}
