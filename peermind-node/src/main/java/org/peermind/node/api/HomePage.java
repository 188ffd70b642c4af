// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import java.util.Map;

/// `GET /`: a page for a person who opens the port in a browser. It loads nothing from anywhere.
final class HomePage {
  private static final String HTML =
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>Peermind node</title>
      <style>
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
      code { background: #8882; padding: .1em .3em }
      </style>
      </head>
      <body>
      <h1>Peermind node</h1>
      <p>This program answers questions with language models that run on renewable power only,
      on machines of the network it belongs to.</p>
      <ul>
      <li><a href="/v1/models">/v1/models</a>: the models you can ask</li>
      <li><code>POST /v1/chat/completions</code>: ask, with any OpenAI client
      (base URL: this address and <code>/v1</code>)</li>
      <li><code>POST /v1/responses</code>: ask in OpenAI's newer form</li>
      <li><code>POST /v1/completions</code> and <code>POST /v1/embeddings</code>: go on with a
      text, or turn texts into vectors</li>
      <li><a href="/status">/status</a>: nodes, power, and why they idle</li>
      <li><a href="/health">/health</a> and <a href="/metrics">/metrics</a>: for monitoring</li>
      </ul>
      </body>
      </html>
      """;

  private HomePage() {}

  static void show(ApiReply reply) throws IOException {
    reply.body(
        200,
        "text/html; charset=utf-8",
        HTML,
        Map.of(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"));
  }
}
