// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.IOException;

/// The other side of the link said something that is no valid frame. The message never holds
/// content.
public final class LinkException extends IOException {
  LinkException(String sentence) {
    super(sentence);
  }
}
