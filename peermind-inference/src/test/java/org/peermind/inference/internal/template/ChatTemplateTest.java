// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.EngineException;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.internal.template.Rendering.Refused;
import org.peermind.inference.internal.template.Rendering.Rendered;

class ChatTemplateTest {
  private static final Optional<LocalDateTime> NOW =
      Optional.of(LocalDateTime.of(2026, 11, 22, 12, 0));

  private static ChatTemplate read(String source) throws EngineException {
    return ChatTemplate.of(source, "<s>", "</s>");
  }

  private static ChatTemplate shape(String name) throws EngineException {
    return read(Shapes.template(name));
  }

  private static String text(Rendering rendering) {
    return switch (rendering) {
      case Rendered(Text text) -> text.chars();
      case Refused(String sentence) -> throw new AssertionError(sentence);
    };
  }

  private static Prompt.Chat chat(ChatMessage... messages) {
    return new Prompt.Chat(List.of(messages), List.of());
  }

  @Test
  void rendersLikeJinja2() {
    Map<String, Map<String, Value>> conversations = Shapes.conversations();
    Shapes.expected()
        .forEach(
            (name, renderings) -> {
              Template template = Template.of(Shapes.template(name));
              renderings.forEach(
                  (title, expected) -> {
                    Map<String, Value> variables =
                        new HashMap<>(Objects.requireNonNull(conversations.get(title)));
                    variables.put("add_generation_prompt", Value.TRUE);
                    variables.put("bos_token", Text.own("<s>"));
                    variables.put("eos_token", Text.own("</s>"));
                    if (expected.isPresent()) {
                      assertThat(template.render(variables, NOW).chars())
                          .as("%s, %s", name, title)
                          .isEqualTo(expected.get());
                    } else {
                      assertThatThrownBy(() -> template.render(variables, NOW))
                          .as("%s, %s", name, title)
                          .isInstanceOf(Refusal.class);
                    }
                  });
            });
  }

  @ParameterizedTest
  @CsvSource({"toolcalls, HERMES", "headers, LLAMA", "inst, MISTRAL"})
  void handsToolsToATemplateThatKnowsThem(String name, ToolFormat format) throws Exception {
    ChatTemplate template = shape(name);
    assertThat(template.toolFormat()).isEqualTo(format);

    Objects.requireNonNull(Shapes.expected().get(name))
        .forEach(
            (title, expected) -> {
              Rendering rendering = template.render(Shapes.chat(title), NOW);
              if (expected.isPresent()) {
                assertThat(text(rendering)).as(title).isEqualTo(expected.get());
              } else {
                assertThat(rendering)
                    .isEqualTo(
                        new Refused(
                            "The model's chat template refuses this conversation: Only one call at"
                                + " once."));
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"chatml", "turns", "marks", "thoughts"})
  void putsToolsIntoWords_whenTheTemplateKnowsNone(String name) throws Exception {
    ChatTemplate template = shape(name);
    assertThat(template.toolFormat()).isEqualTo(ToolFormat.GENERIC);

    assertThat(text(template.render(Shapes.chat("called"), NOW)))
        .containsSubsequence(
            "You can call these functions",
            "<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"get_wind\"",
            "</tools>",
            "Wind?",
            "<tool_call>\n{\"name\": \"get_wind\", \"arguments\": {\"hill\": \"north\","
                + " \"hours\": 2}}\n</tool_call>",
            "<tool_response>\n{\"speed\": -3.5}\n</tool_response>");
  }

  @Test
  void tellsTheWholeStory_whenTheTemplateKnowsNoTools() throws Exception {
    ToolDefinition tool = new ToolDefinition("add", "Adds", "{\"type\": \"object\"}");
    ChatMessage called =
        new ChatMessage(
            "assistant",
            "Wait.",
            List.of(new ToolCall("1", "add", "{\"n\": 1}"), new ToolCall("2", "add", "")),
            Optional.empty());
    Prompt.Chat chat =
        new Prompt.Chat(
            List.of(
                new ChatMessage("system", "Be brief."),
                new ChatMessage("user", "1?"),
                called,
                new ChatMessage("tool", "one", List.of(), Optional.of("1")),
                new ChatMessage("tool", "two", List.of(), Optional.of("2")),
                new ChatMessage("user", "And?")),
            List.of(tool));

    assertThat(text(shape("turns").render(chat, NOW)))
        .isEqualTo(
            """
            <s><turn>user
            Be brief.

            You can call these functions, one JSON object in each line:
            <tools>
            {"type": "function", "function": {"name": "add", "description": "Adds", "parameters": {"type": "object"}}}
            </tools>
            A call is the whole answer, in this form:
            <tool_call>
            {"name": "NAME", "arguments": {"parameter": "value"}}
            </tool_call>
            Call only when it helps.

            1?</turn>
            <turn>model
            Wait.
            <tool_call>
            {"name": "add", "arguments": {"n": 1}}
            </tool_call>
            <tool_call>
            {"name": "add", "arguments": {}}
            </tool_call></turn>
            <turn>user
            <tool_response>
            one
            </tool_response>
            <tool_response>
            two
            </tool_response>

            And?</turn>
            <turn>model
            """);
  }

  @Test
  void putsASystemMessageBeforeTheFirstQuestion_whenTheTemplateKnowsNone() throws Exception {
    ChatTemplate template = shape("turns");
    assertThat(template.knowsSystem()).isFalse();

    assertThat(
            text(
                template.render(
                    chat(new ChatMessage("system", "Be brief."), new ChatMessage("user", "Hi")),
                    NOW)))
        .isEqualTo("<s><turn>user\nBe brief.\n\nHi</turn>\n<turn>model\n");
    assertThat(text(template.render(chat(new ChatMessage("system", "Be brief.")), NOW)))
        .isEqualTo("<s><turn>user\nBe brief.</turn>\n<turn>model\n");
  }

  @Test
  void passesOnWhyATemplateRefuses() throws Exception {
    assertThat(
            shape("turns")
                .render(chat(new ChatMessage("user", "a"), new ChatMessage("user", "b")), NOW))
        .isEqualTo(
            new Refused(
                "The model's chat template refuses this conversation: Roles must alternate"
                    + " user/assistant/."));
  }

  @Test
  void refusesTheDate_whenTheRequestBringsNone() throws Exception {
    ChatTemplate template =
        read("{{ strftime_now('%Y') }}{% for m in messages %}{{ m.content }}{% endfor %}");

    assertThat(text(template.render(chat(new ChatMessage("user", "a")), NOW))).isEqualTo("2026a");
    assertThat(template.render(chat(new ChatMessage("user", "a")), Optional.empty()))
        .isEqualTo(
            new Refused(
                "The model's chat template cannot render this conversation: line 1: 'strftime_now'"
                    + " is undefined."));
  }

  @Test
  void refusesParametersThatAreNoJson() throws Exception {
    Prompt.Chat chat =
        new Prompt.Chat(
            List.of(new ChatMessage("user", "a")), List.of(new ToolDefinition("f", "", "[1]")));

    for (String name : List.of("toolcalls", "chatml")) {
      assertThat(shape(name).render(chat, NOW))
          .isEqualTo(
              new Refused(
                  "The model's chat template cannot render this conversation: the parameters of"
                      + " the tool 'f' are no JSON object."));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "{{ bespoke }}!it leaves out what the user asks",
        "{% for m in messages %}{{ m.content | base64 }}{% endfor %}"
            + "!line 1: the filter 'base64' is unknown to Peermind",
        "{% include x %}!line 1: the tag 'include' is unknown to Peermind",
        "{{ raise_exception('never') }}!never",
      })
  void refusesATemplateThatRendersNoQuestion(String source, String reason) {
    assertThatThrownBy(() -> read(source))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "The model's chat template cannot be used: %s; choose a model with another template."
                .formatted(reason));
  }

  /// Letters of the message are told from the template's by a private-use area of Unicode; the mark
  /// of each character must agree with what the template did to it.
  @ParameterizedTest
  @ValueSource(strings = {"chatml", "headers", "inst", "turns", "marks", "thoughts", "toolcalls"})
  void knowsOfEachCharacterWhoBroughtIt(String name) throws Exception {
    String system = "\uE000 \uE001\n";
    String first = "  \uE002\uE003 \uE004\n\n\uE005 ";
    String answer = "<think>\n\uE006\n</think>\n\n\uE007\uE008 ";
    String last = "\uE009\n\uE00A";
    Rendering rendering =
        shape(name)
            .render(
                chat(
                    new ChatMessage("system", system),
                    new ChatMessage("user", first),
                    new ChatMessage("assistant", answer),
                    new ChatMessage("user", last)),
                NOW);

    Text text = ((Rendered) rendering).text();
    int seen = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.chars().charAt(i);
      boolean brought = c >= '\uE000' && c <= '\uE00A';
      seen += brought ? 1 : 0;
      assertThat(text.isGiven(i, i + 1) || Character.isWhitespace(c) || inThinkTag(text, i))
          .as("character %d", i)
          .isEqualTo(brought || Character.isWhitespace(c) || inThinkTag(text, i));
    }
    assertThat(seen).isGreaterThanOrEqualTo(10);
  }

  private static boolean inThinkTag(Text text, int at) {
    return "</think>".indexOf(text.chars().charAt(at)) >= 0;
  }
}
