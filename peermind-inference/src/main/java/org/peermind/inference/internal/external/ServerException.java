// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

/// A server did not do what it was asked. The message is one sentence of our own: a server may
/// quote the prompt in its errors, so its words are not repeated.
public final class ServerException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /// What went wrong, as far as the next step depends on it.
  public enum Kind {
    /// Nobody listens there.
    UNREACHABLE,
    /// The connection broke.
    BROKEN,
    /// Nothing came in time.
    SILENT,
    /// The key is missing or wrong.
    KEY_REFUSED,
    /// The server does not know the path or the model.
    NOT_FOUND,
    /// It has too much to do.
    BUSY,
    /// The prompt is too long for its context.
    CONTEXT_TOO_LONG,
    /// It does not take this request.
    BAD_REQUEST,
    /// It failed by itself.
    FAULT,
    /// It sent what nobody can read.
    GARBAGE,
    /// The address is not one that prompts may be sent to.
    FORBIDDEN
  }

  ServerException(Kind kind, String sentence) {
    super(sentence);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
