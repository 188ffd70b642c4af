// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// One device of a site: its profile, its role and its link, put together.
@NullMarked
package org.peermind.energy.internal.device;

import org.jspecify.annotations.NullMarked;
