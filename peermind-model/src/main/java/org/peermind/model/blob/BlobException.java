// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

/// What a peer or a file gave is not what it should be; the message goes on after "because" and
/// says what is wrong.
public final class BlobException extends Exception {
  private static final long serialVersionUID = 1L;

  public BlobException(String message) {
    super(message);
  }
}
