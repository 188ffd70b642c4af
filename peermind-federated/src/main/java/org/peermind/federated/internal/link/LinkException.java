// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.link;

import java.io.IOException;

/// The other side of the link said something that is no valid frame. The message never holds
/// content.
public final class LinkException extends IOException {
  private static final long serialVersionUID = 1L;

  LinkException(String sentence) {
    super(sentence);
  }
}
