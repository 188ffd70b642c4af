// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

/// Turns the body of a request into a question and the form of its answer.
@FunctionalInterface
interface RequestReader {
  /// @throws RequestRefused with the field that is wrong, and never with what it contained
  AskedAnswer read(byte[] body) throws RequestRefused;
}
