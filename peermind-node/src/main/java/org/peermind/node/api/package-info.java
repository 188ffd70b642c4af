// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The node's HTTP API: OpenAI-compatible chat over [org.peermind.node.query.Answers], and the
/// pages that say how the node is (spec section 6 step 1).
///
/// The way through: [org.peermind.node.api.ApiServer] listens and routes; `RequestGuard` checks who
/// asks; `ChatRequestReader` and its like rebuild the request from an allow-list; `AnswerPage` asks
/// and writes the answer, whole or as server-sent events, in the `AnswerForm` of the page asked
/// (`ChatForm`, `ResponseForm`, `TextForm`), reading it through `AnswerFeed`. The server underneath
/// is [org.peermind.node.api.http.HttpPort].
@NullMarked
package org.peermind.node.api;

import org.jspecify.annotations.NullMarked;
