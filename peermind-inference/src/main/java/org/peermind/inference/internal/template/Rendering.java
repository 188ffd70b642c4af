// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

/// What became of a conversation.
public sealed interface Rendering {
  /// The prompt's text, up to where the answer begins.
  record Rendered(Text text) implements Rendering {}

  /// One sentence that says why there is none.
  record Refused(String sentence) implements Rendering {}
}
