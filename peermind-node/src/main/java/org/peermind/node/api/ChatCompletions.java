// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import java.util.Optional;
import org.peermind.inference.Prompt;
import org.peermind.node.api.http.HttpExchange;
import org.peermind.node.query.ConversationKeys;
import org.peermind.node.query.Query;

/// `POST /v1/chat/completions`: the first step of the query path (spec section 6).
final class ChatCompletions {
  private final RequestReader reader;
  private final AnswerPage page;
  private final ConversationKeys conversations;
  private final Optional<String> apiKey;

  /// @param apiKey what every client of this node sends, if anything
  ChatCompletions(
      ApiLimits limits, AnswerPage page, ConversationKeys conversations, Optional<String> apiKey) {
    this.reader = new ChatRequestReader(limits);
    this.page = page;
    this.conversations = conversations;
    this.apiKey = apiKey;
  }

  void handle(HttpExchange exchange, ApiReply reply) throws IOException, InterruptedException {
    page.handle(
        body -> withConversation(reader.read(body)),
        request -> new ChatForm(page.newId("chatcmpl-"), page.nowSeconds(), request),
        exchange,
        reply);
  }

  private AnswerRequest withConversation(AnswerRequest request) {
    Query query = request.query();
    return switch (query.prompt()) {
      case Prompt.Chat chat ->
          new AnswerRequest(
              query.withConversation(conversations.of(query.model(), chat, apiKey)),
              request.streaming());
      case Prompt.Text _ -> request;
    };
  }
}
