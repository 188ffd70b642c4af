// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.referee;

import java.util.concurrent.CountDownLatch;

record Waits(CountDownLatch latch) {}
