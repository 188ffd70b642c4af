// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

/// What came is no ledger, proof or checkpoint, or not one that can be accepted. The message is one
/// clause that says what is wrong.
public final class LedgerException extends Exception {
  private static final long serialVersionUID = 1;

  public LedgerException(String message) {
    super(message);
  }

  public LedgerException(String message, Throwable cause) {
    super(message, cause);
  }
}
