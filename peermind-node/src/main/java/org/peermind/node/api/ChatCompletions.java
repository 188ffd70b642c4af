// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import org.peermind.node.api.http.HttpExchange;
import org.peermind.node.query.Query;

/// `POST /v1/chat/completions`: the first step of the query path (spec section 6).
final class ChatCompletions {
  private final ChatRequestReader reader;
  private final AnswerPage page;
  private final Conversations conversations;

  ChatCompletions(ApiLimits limits, AnswerPage page, Conversations conversations) {
    this.reader = new ChatRequestReader(limits);
    this.page = page;
    this.conversations = conversations;
  }

  void handle(HttpExchange exchange, ApiReply reply) throws IOException, InterruptedException {
    page.handle(this::asked, exchange, reply);
  }

  private AskedAnswer asked(byte[] body) throws RequestRefused {
    AnswerRequest request = reader.read(body);
    Query query = conversations.join(request.query());
    return new AskedAnswer(
        query,
        request.streaming().stream(),
        new ChatForm(page.newId("chatcmpl-"), page.nowSeconds(), request));
  }
}
