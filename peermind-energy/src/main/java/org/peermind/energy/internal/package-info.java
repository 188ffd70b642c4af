// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The adapters that come with Peermind. [org.peermind.energy.internal.SimulatedAdapter] computes a
/// site from place, time and seed; [org.peermind.energy.internal.ReplayAdapter] plays a recording.
@NullMarked
package org.peermind.energy.internal;

import org.jspecify.annotations.NullMarked;
