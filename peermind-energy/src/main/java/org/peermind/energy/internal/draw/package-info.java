// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The meters of our own machine. [org.peermind.energy.internal.draw.MachineMeter] asks the wall
/// plug, or else one probe for the GPUs and one for the processors, and adds them up.
@NullMarked
package org.peermind.energy.internal.draw;

import org.jspecify.annotations.NullMarked;
