// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The adapter of owners without a meter: power by declaration, within the bounds of promise 1.
@NullMarked
package org.peermind.energy.internal.manual;

import org.jspecify.annotations.NullMarked;
