// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.EngineException;

/// Turns a conversation into the tokens of the model's own chat template.
///
/// The template is rendered with placeholders and only its own text may become control tokens; what
/// a user wrote is tokenized as plain text, together with the plain template text around it, so
/// that a message that spells a control token stays text and every other message gets the same
/// tokens as by rendering the whole.
public final class PromptRenderer {
  private static final int ATTRIBUTE_UNKNOWN = 1;
  private static final int ATTRIBUTE_CONTROL = 1 << 3;
  private static final int ATTRIBUTE_USER_DEFINED = 1 << 4;
  private static final String PLACEHOLDER = "PEERMINDCONTENT%04dEND";

  private final LlamaModel model;
  private final Map<String, Integer> specials;

  private PromptRenderer(LlamaModel model, Map<String, Integer> specials) {
    this.model = model;
    this.specials = specials;
  }

  /// A renderer for `model`.
  ///
  /// @throws EngineException when the model has no template or llama.cpp does not know it
  public static PromptRenderer of(LlamaModel model) throws EngineException {
    if (model.template().isEmpty()) {
      throw new EngineException(
          "The model has no chat template, so it cannot hold a conversation; choose an instruct"
              + " version of it.");
    }
    if (model.applyTemplate(List.of(new ChatMessage("user", "x"))).isEmpty()) {
      throw new EngineException(
          "The model's chat template is none that the engine knows; choose a model with a common"
              + " template such as ChatML.");
    }
    return new PromptRenderer(model, specials(model));
  }

  /// The tokens of the prompt, or empty when a message would put control tokens into it or the
  /// template cannot render these roles.
  public Optional<int[]> render(List<ChatMessage> messages) {
    List<ChatMessage> placeholders = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      placeholders.add(new ChatMessage(messages.get(i).role(), PLACEHOLDER.formatted(i)));
    }
    Optional<String> rendered = model.applyTemplate(placeholders);
    if (rendered.isEmpty()) {
      return Optional.empty();
    }
    List<Fragment> fragments = new ArrayList<>();
    String rest = rendered.get();
    for (int i = 0; i < messages.size(); i++) {
      String placeholder = PLACEHOLDER.formatted(i);
      int at = rest.indexOf(placeholder);
      if (at < 0) {
        return Optional.empty();
      }
      addLiteral(fragments, rest.substring(0, at));
      addPlain(fragments, messages.get(i).content());
      rest = rest.substring(at + placeholder.length());
    }
    addLiteral(fragments, rest);
    return tokens(fragments);
  }

  /// Either a control token of the template or plain text.
  private sealed interface Fragment {
    record Control(int token) implements Fragment {}

    record Plain(String text) implements Fragment {}
  }

  private Optional<int[]> tokens(List<Fragment> fragments) {
    List<Integer> tokens = new ArrayList<>();
    if (model.beginToken().isPresent()
        && !fragments.getFirst().equals(new Fragment.Control(model.beginToken().getAsInt()))) {
      tokens.add(model.beginToken().getAsInt());
    }
    for (Fragment fragment : fragments) {
      switch (fragment) {
        case Fragment.Control(int token) -> tokens.add(token);
        case Fragment.Plain(String text) -> {
          for (int token : model.tokenize(text, false)) {
            if (isControl(token)) {
              return Optional.empty();
            }
            tokens.add(token);
          }
        }
      }
    }
    return Optional.of(tokens.stream().mapToInt(Integer::intValue).toArray());
  }

  private boolean isControl(int token) {
    int attributes = model.attributes(token);
    return (attributes & ATTRIBUTE_CONTROL) != 0
        || ((attributes & ATTRIBUTE_UNKNOWN) == 0 && specials.containsKey(model.spelling(token)));
  }

  /// Splits text of the template at the control tokens that it spells.
  private void addLiteral(List<Fragment> fragments, String literal) {
    String rest = literal;
    while (!rest.isEmpty()) {
      int first = rest.length();
      String found = "";
      for (String special : specials.keySet()) {
        int at = rest.indexOf(special);
        if (at >= 0 && at < first) {
          first = at;
          found = special;
        }
      }
      addPlain(fragments, rest.substring(0, first));
      Integer token = specials.get(found);
      if (token != null) {
        fragments.add(new Fragment.Control(token));
      }
      rest = rest.substring(first + found.length());
    }
  }

  private static void addPlain(List<Fragment> fragments, String text) {
    if (text.isEmpty()) {
      return;
    }
    if (!fragments.isEmpty() && fragments.getLast() instanceof Fragment.Plain(String before)) {
      fragments.removeLast();
      fragments.add(new Fragment.Plain(before + text));
    } else {
      fragments.add(new Fragment.Plain(text));
    }
  }

  /// The tokens that a template may spell, the longest first, as llama.cpp matches them.
  private static Map<String, Integer> specials(LlamaModel model) {
    List<Map.Entry<String, Integer>> found = new ArrayList<>();
    int wanted = ATTRIBUTE_CONTROL | ATTRIBUTE_USER_DEFINED | ATTRIBUTE_UNKNOWN;
    String template = model.template().orElse("");
    for (int token = 0; token < model.vocabularySize(); token++) {
      if ((model.attributes(token) & wanted) != 0) {
        String spelling = model.spelling(token);
        boolean control = (model.attributes(token) & ATTRIBUTE_USER_DEFINED) == 0;
        if (!spelling.isEmpty() && (control || template.contains(spelling))) {
          found.add(Map.entry(spelling, token));
        }
      }
    }
    found.sort(
        Comparator.comparingInt((Map.Entry<String, Integer> entry) -> -entry.getKey().length()));
    Map<String, Integer> specials = new LinkedHashMap<>();
    found.forEach(entry -> specials.putIfAbsent(entry.getKey(), entry.getValue()));
    return specials;
  }
}
