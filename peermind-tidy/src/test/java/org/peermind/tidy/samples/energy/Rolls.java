// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.energy;

import java.util.Random;

record Rolls(Random random) {}
