// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import org.peermind.node.api.http.HttpExchange;

/// `POST /v1/completions`: a text is gone on with, by the model as it was trained and without its
/// chat template. Such requests have no conversation, so nothing computed for them is kept.
final class TextCompletions {
  private final CompletionRequestReader reader;
  private final AnswerPage page;

  TextCompletions(ApiLimits limits, AnswerPage page) {
    this.reader = new CompletionRequestReader(limits);
    this.page = page;
  }

  void handle(HttpExchange exchange, ApiReply reply) throws IOException, InterruptedException {
    page.handle(this::asked, exchange, reply);
  }

  private AskedAnswer asked(byte[] body) throws RequestRefused {
    AnswerRequest request = reader.read(body);
    return new AskedAnswer(
        request.query(),
        request.streaming().stream(),
        new TextForm(page.newId("cmpl-"), page.nowSeconds(), request));
  }
}
