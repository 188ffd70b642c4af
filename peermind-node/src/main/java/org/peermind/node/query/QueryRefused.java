// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import org.peermind.protocol.RefusalCode;

/// Nobody answers the question now; the message is one sentence that says why.
public final class QueryRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final RefusalCode code;
  private final String reason;
  private final int retryAfterSeconds;

  /// @param retryAfterSeconds when asking again makes sense; 0 when it does not
  public QueryRefused(RefusalCode code, String reason, int retryAfterSeconds) {
    super(reason);
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  public RefusalCode code() {
    return code;
  }

  /// The sentence that says why.
  public String reason() {
    return reason;
  }

  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
