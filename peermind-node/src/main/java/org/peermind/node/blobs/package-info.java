// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Models from one node's disk to another's, over direct connections only (design section 10, ADR
/// 0023).
///
/// [org.peermind.node.blobs.BlobServer] gives chunks of the models on a
/// [org.peermind.node.blobs.BlobShelf]; [org.peermind.node.blobs.BlobFetch] brings a model into the
/// store from several such servers at once, as a [org.peermind.model.blob.FetchPlan] says. No
/// referee has a part in it, and none of it goes through a relay.
@NullMarked
package org.peermind.node.blobs;

import org.jspecify.annotations.NullMarked;
