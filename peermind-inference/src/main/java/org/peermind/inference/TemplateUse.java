// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Optional;
import org.peermind.inference.internal.template.ChatTemplate;
import org.peermind.inference.internal.template.ToolFormat;

/// What a model's chat template is good for, found out by rendering small conversations.
public sealed interface TemplateUse {
  /// It holds conversations. What it does not know itself is put into words for it: a system
  /// message before the first question, tools into the system message.
  record Usable(boolean knowsSystem, boolean knowsTools) implements TemplateUse {}

  /// It holds no conversation; one sentence says why. The model still goes on with plain texts.
  record Unusable(String sentence) implements TemplateUse {}

  /// Tries the template of a model file out.
  static TemplateUse of(Optional<String> template) {
    if (template.isEmpty()) {
      return new Unusable("The model has no chat template, so it cannot hold a conversation.");
    }
    try {
      ChatTemplate read = ChatTemplate.of(template.get(), "", "");
      return new Usable(read.knowsSystem(), read.toolFormat() != ToolFormat.GENERIC);
    } catch (EngineException refused) {
      return new Unusable(String.valueOf(refused.getMessage()));
    }
  }

  /// This as words for a person.
  default String words() {
    return switch (this) {
      case Unusable(String sentence) -> sentence;
      case Usable(boolean knowsSystem, boolean knowsTools) ->
          "renders; system messages %s, tools %s"
              .formatted(
                  knowsSystem ? "in their place" : "before the first question",
                  knowsTools ? "in the template's own form" : "in words of ours");
    };
  }
}
