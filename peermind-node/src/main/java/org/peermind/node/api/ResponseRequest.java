// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import org.peermind.node.query.Query;

/// A request of the Responses API, rebuilt from the fields that the API knows.
///
/// @param settingsJson the members of the response object that repeat the request, without braces
record ResponseRequest(Query query, boolean stream, String settingsJson) {
  /// Leaves the settings out: instructions are part of the prompt.
  @Override
  public String toString() {
    return "ResponseRequest[" + query + "]";
  }
}
