// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What members and the aggregator of a federated round sign (spec section 4, step 5, and section
/// 7).
@NullMarked
package org.peermind.protocol.federated;

import org.jspecify.annotations.NullMarked;
