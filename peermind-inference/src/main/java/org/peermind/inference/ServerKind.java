// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Kinds of servers that somebody else wrote and an owner may already run. They share the OpenAI
/// chat API; loading and unloading differ (docs/external-engines.md).
public enum ServerKind {
  /// Anything with `/v1/chat/completions`; it cannot be told to load or unload.
  OPENAI,
  OLLAMA,
  LLAMA_SERVER,
  VLLM,
  LM_STUDIO;

  /// As configurations write it, such as `llama-server`.
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The kind that is written so.
  public static Optional<ServerKind> of(String text) {
    return Arrays.stream(values()).filter(kind -> kind.text().equals(text)).findFirst();
  }
}
