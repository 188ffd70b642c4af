// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Models in verified chunks, so that they can come from several peers at once and from peers that
/// lie (design section 10, ADR 0023).
///
/// A model has a [org.peermind.model.blob.BlobName]: its hash, its length and the root of the tree
/// over its chunks. Any peer may bring the [org.peermind.model.blob.BlobManifest] with the hash of
/// each chunk, since the root proves it. [org.peermind.model.blob.PartialBlob] is the file on its
/// way; [org.peermind.model.blob.FetchPlan] decides who is asked for what, and knows no clock and
/// no network.
@NullMarked
package org.peermind.model.blob;

import org.jspecify.annotations.NullMarked;
