// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import org.peermind.node.query.Query;

/// A request that was understood.
///
/// @param stream whether the answer comes as server-sent events
record AskedAnswer(Query query, boolean stream, AnswerForm form) {}
