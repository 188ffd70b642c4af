// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

/// Turns the body of a request into a question.
@FunctionalInterface
interface RequestReader {
  /// @throws RequestRefused with the field that is wrong, and never with what it contained
  AnswerRequest read(byte[] body) throws RequestRefused;
}
