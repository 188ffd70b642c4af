// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Identities, keys, signed envelopes and the messages that nodes exchange (design section 4).
@NullMarked
package org.peermind.protocol;

import org.jspecify.annotations.NullMarked;
