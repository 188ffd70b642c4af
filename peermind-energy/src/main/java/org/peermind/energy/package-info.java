// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// From an inverter's reading to the decision whether the model may run (design section 5).
@NullMarked
package org.peermind.energy;

import org.jspecify.annotations.NullMarked;
