// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.util.List;

/// The words that an owner agrees to. Whoever changes their meaning raises [Consent#TERMS]: what
/// was allowed before then counts no more until the owner is asked again.
public final class ConsentTerms {
  /// What an owner reads before the question, a line each.
  public static final List<String> LINES =
      List.of(
          "Your node will read these files, cut them into tokens and train on them, here and on",
          "surplus power only. Of each round that it takes part in, these leave your node:",
          "  - the update: how the adapter's numbers change, clipped to a bound. The round's",
          "    aggregator and the members who recompute the round can read it, and it is not",
          "    encrypted or blurred: who studies it may learn something about your texts;",
          "  - its commitment, a SHA-256, and how and for how long your node trains, and its"
              + " weight;",
          "  - signed statistics: steps, number of tokens, first and last loss, energy.",
          "Texts, tokens and names of files never leave your node. Tokens lie in the node's",
          "directory while it trains. `peermind federated forget` ends this at any time, but what"
              + " is",
          "in a published checkpoint by then stays in it.");

  private ConsentTerms() {}
}
