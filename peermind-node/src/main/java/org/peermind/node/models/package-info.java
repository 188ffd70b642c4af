// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Models on their way into the node's store: [org.peermind.node.models.ModelDownload] fetches a
/// file over HTTP and goes on where it was interrupted; what a store is, is
/// [org.peermind.model.ModelStore].
@NullMarked
package org.peermind.node.models;

import org.jspecify.annotations.NullMarked;
