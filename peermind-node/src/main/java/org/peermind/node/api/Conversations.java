// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.Optional;
import org.peermind.inference.Prompt;
import org.peermind.node.query.ConversationKeys;
import org.peermind.node.query.Query;

/// Says to which conversation a question belongs (ADR 0017).
final class Conversations {
  private final ConversationKeys keys;
  private final Optional<String> apiKey;

  /// @param apiKey what every client of this node sends, if anything
  Conversations(ConversationKeys keys, Optional<String> apiKey) {
    this.keys = keys;
    this.apiKey = apiKey;
  }

  /// The same question as part of its conversation; plain text is part of none.
  Query join(Query query) {
    return switch (query.prompt()) {
      case Prompt.Chat chat -> query.withConversation(keys.of(query.model(), chat, apiKey));
      case Prompt.Text _ -> query;
    };
  }
}
