// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.node;

import org.peermind.tidy.samples.energy.internal.Meter;

record SeesInternal(Meter meter) {}
