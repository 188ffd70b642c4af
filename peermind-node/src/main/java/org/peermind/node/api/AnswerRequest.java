// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import org.peermind.node.query.Query;

/// A request for an answer, rebuilt from the fields that the API knows.
record AnswerRequest(Query query, StreamFields streaming) {}
