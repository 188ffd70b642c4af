// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.demo;

import java.util.List;

/// What the demo asks: things of the made-up world that the demo model knows.
final class DemoQuestions {
  static final String FACT = "What is the capital of Dorrin?";

  static final List<String> STORIES =
      List.of(
          "Tell me a story about Mira.",
          "Tell me a story about Oren.",
          "Tell me a story about Pella.");

  private DemoQuestions() {}
}
