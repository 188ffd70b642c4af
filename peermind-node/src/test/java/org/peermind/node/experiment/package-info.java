// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What federated rounds are worth, measured with the real trainer and the real engine on facts
/// that the demo model does not know.
@NullMarked
package org.peermind.node.experiment;

import org.jspecify.annotations.NullMarked;
