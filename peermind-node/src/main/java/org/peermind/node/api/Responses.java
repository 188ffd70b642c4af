// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import org.peermind.node.api.http.HttpExchange;
import org.peermind.node.query.Query;

/// `POST /v1/responses`: the same questions as [ChatCompletions] in OpenAI's newer form, without
/// the state that its own service keeps between them.
final class Responses {
  private final ResponseRequestReader reader;
  private final AnswerPage page;
  private final Conversations conversations;

  Responses(ApiLimits limits, AnswerPage page, Conversations conversations) {
    this.reader = new ResponseRequestReader(limits);
    this.page = page;
    this.conversations = conversations;
  }

  void handle(HttpExchange exchange, ApiReply reply) throws IOException, InterruptedException {
    page.handle(this::asked, exchange, reply);
  }

  private AskedAnswer asked(byte[] body) throws RequestRefused {
    ResponseRequest request = reader.read(body);
    Query query = conversations.join(request.query());
    return new AskedAnswer(
        query, request.stream(), new ResponseForm(page.newId(""), page::nowSeconds, request));
  }
}
