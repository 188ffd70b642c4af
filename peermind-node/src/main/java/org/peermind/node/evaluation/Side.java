// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

/// The two models of an evaluation.
enum Side {
  INCUMBENT("the model in use"),
  CANDIDATE("the candidate");

  private final String words;

  Side(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }

  Side other() {
    return this == INCUMBENT ? CANDIDATE : INCUMBENT;
  }
}
