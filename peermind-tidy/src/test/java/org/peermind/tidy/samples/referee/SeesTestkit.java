// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.referee;

import org.peermind.tidy.samples.testkit.Clockwork;

record SeesTestkit(Clockwork clock) {}
