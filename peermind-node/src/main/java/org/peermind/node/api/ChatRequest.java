// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import org.peermind.node.query.Query;

/// A request for a chat completion, rebuilt from the fields that the API knows.
///
/// @param stream answer as server-sent events
/// @param includeUsage end the stream with a chunk that counts tokens
record ChatRequest(Query query, boolean stream, boolean includeUsage) {}
