// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.EngineException;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Prompt;
import org.peermind.inference.internal.natives.ControlTokens.Match;
import org.peermind.inference.internal.template.ChatTemplate;
import org.peermind.inference.internal.template.Rendering;
import org.peermind.inference.internal.template.Text;
import org.peermind.inference.internal.template.ToolFormat;

/// Turns a prompt into tokens: a conversation through the model's own chat template, a text as it
/// is.
///
/// Only what the template itself wrote may become control tokens. What a message brought is
/// tokenized as plain text, together with the plain template text around it, so that a message that
/// spells a control token stays text and every other message gets the same tokens as by tokenizing
/// the whole.
public final class PromptRenderer {
  private static final String NO_TEMPLATE =
      "The model has no chat template, so it cannot hold a conversation; choose an instruct version"
          + " of it, or ask it to go on with a text (/v1/completions).";

  private final LlamaModel model;
  private final ControlTokens controls;
  private final Optional<ChatTemplate> template;
  private final String whyNoTemplate;

  private PromptRenderer(
      LlamaModel model,
      ControlTokens controls,
      Optional<ChatTemplate> template,
      String whyNoTemplate) {
    this.model = model;
    this.controls = controls;
    this.template = template;
    this.whyNoTemplate = whyNoTemplate;
  }

  /// A prompt's tokens, or why there are none.
  public sealed interface Result {
    /// The tokens; of a prompt at least one. Of a prompt that the model's context cannot hold only
    /// the beginning, which is too long already.
    record Tokens(List<Integer> ids) implements Result {
      public Tokens {
        ids = List.copyOf(ids);
      }
    }

    /// One sentence for whoever asked.
    record Refused(String sentence) implements Result {}
  }

  /// A renderer for `model`. One without a usable template goes on with texts only.
  public static PromptRenderer of(LlamaModel model) {
    ControlTokens controls = ControlTokens.of(model);
    Optional<ChatTemplate> template = Optional.empty();
    String whyNot = NO_TEMPLATE;
    if (model.template().isPresent()) {
      try {
        template =
            Optional.of(
                ChatTemplate.of(
                    model.template().get(),
                    model.vocabulary().beginSpelling(),
                    model.vocabulary().endSpelling()));
      } catch (EngineException refused) {
        whyNot = String.valueOf(refused.getMessage());
      }
    }
    return new PromptRenderer(model, controls, template, whyNot);
  }

  /// How the model is told of tools, if it can hold a conversation at all.
  public Optional<ToolFormat> toolFormat() {
    return template.map(ChatTemplate::toolFormat);
  }

  /// The tokens of what `request` asks. A template may tell the model the day of the question,
  /// which comes with it, so that everyone who continues or checks the answer renders the same.
  public Result render(GenerationRequest request) {
    return render(request.prompt(), request.askedOn().map(LocalDate::atStartOfDay));
  }

  /// The tokens of `prompt`, up to where the answer begins; `now` is the date that a template may
  /// tell the model.
  public Result render(Prompt prompt, Optional<LocalDateTime> now) {
    return switch (prompt) {
      case Prompt.Text(String text) -> tokens(Text.given(text));
      case Prompt.Chat chat -> {
        if (template.isEmpty()) {
          yield new Result.Refused(whyNoTemplate);
        }
        yield switch (template.get().render(chat, now)) {
          case Rendering.Rendered(Text text) -> tokens(text);
          case Rendering.Refused(String sentence) -> new Result.Refused(sentence);
        };
      }
    };
  }

  /// The tokens of a text that is no prompt, without the token that begins one. With `special`,
  /// control tokens that it spells become such.
  public Result tokensOf(String text, boolean special) {
    List<Integer> tokens = new ArrayList<>();
    Text whole = special ? Text.own(text) : Text.given(text);
    return add(whole, tokens, Integer.MAX_VALUE) ? new Result.Tokens(tokens) : spelled();
  }

  private Result tokens(Text text) {
    if (new Prompt.Text(text.chars()).bytes() > NativeVocabulary.TEXT_BYTES_MAX) {
      return new Result.Refused(
          "The prompt, as the model's chat template writes it, has more than %d bytes."
              .formatted(NativeVocabulary.TEXT_BYTES_MAX));
    }
    List<Integer> tokens = new ArrayList<>();
    if (!add(text, tokens, model.contextTokens())) {
      return spelled();
    }
    if (model.vocabulary().beginToken().isPresent()
        && (tokens.isEmpty() || tokens.getFirst() != model.vocabulary().beginToken().getAsInt())) {
      tokens.addFirst(model.vocabulary().beginToken().getAsInt());
    }
    return tokens.isEmpty()
        ? new Result.Refused("The prompt is empty; ask something.")
        : new Result.Tokens(tokens);
  }

  /// Adds the tokens of `text`, or of its beginning when that has more than `enough`; false when
  /// plain text in it spells a control token and cannot be kept from becoming it.
  private boolean add(Text text, List<Integer> tokens, int enough) {
    int from = 0;
    for (int at = 0; at < text.length(); ) {
      Optional<Match> match = controls.at(text, at);
      if (match.isEmpty()) {
        at++;
        continue;
      }
      int plainEnd = match.get().stripsBefore() ? withoutSpaceBefore(text, from, at) : at;
      if (!addPlain(text.sub(from, plainEnd), tokens, enough)) {
        return false;
      }
      tokens.add(match.get().token());
      at += match.get().length();
      while (match.get().stripsAfter() && at < text.length() && isSpace(text, at)) {
        at++;
      }
      from = at;
    }
    return addPlain(text.sub(from, text.length()), tokens, enough);
  }

  private static Result spelled() {
    return new Result.Refused("A message spells a control token of this model.");
  }

  private static int withoutSpaceBefore(Text text, int from, int to) {
    int end = to;
    while (end > from && isSpace(text, end - 1)) {
      end--;
    }
    return end;
  }

  private static boolean isSpace(Text text, int at) {
    return " \t\n\u000b\f\r".indexOf(text.chars().charAt(at)) >= 0;
  }

  /// Adds the tokens of plain text. Some vocabularies find control tokens in plain text too; a
  /// message's spelling of one is then cut in two.
  private boolean addPlain(Text text, List<Integer> tokens, int enough) {
    if (text.isEmpty() || addUnlessControl(text.chars(), tokens, enough)) {
      return true;
    }
    int from = 0;
    for (int cut : controls.spelledAt(text)) {
      if (!addUnlessControl(text.chars().substring(from, cut + 1), tokens, enough)) {
        return false;
      }
      from = cut + 1;
    }
    return addUnlessControl(text.chars().substring(from), tokens, enough);
  }

  private boolean addUnlessControl(String text, List<Integer> tokens, int enough) {
    int before = tokens.size();
    for (String piece : pieces(text)) {
      if (tokens.size() > enough) {
        return true;
      }
      for (int token : model.vocabulary().tokenize(piece, false)) {
        if (controls.contains(token)) {
          tokens.subList(before, tokens.size()).clear();
          return false;
        }
        tokens.add(token);
      }
    }
    return true;
  }

  /// SentencePiece needs no stack, and would begin each piece with a space.
  private List<String> pieces(String text) {
    return model.vocabulary().sentencePiece() ? List.of(text) : TextPieces.of(text);
  }
}
