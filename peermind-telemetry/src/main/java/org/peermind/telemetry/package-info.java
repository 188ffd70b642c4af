// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// One event vocabulary for logs, metrics and status.
@NullMarked
package org.peermind.telemetry;

import org.jspecify.annotations.NullMarked;
