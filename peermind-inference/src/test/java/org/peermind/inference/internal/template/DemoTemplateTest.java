// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;

/// The template in the demo model's file. What it writes here is what the model was taught, as
/// `FormConversationsTest` of the module demomodel has it, letter by letter.
class DemoTemplateTest {
  private static final String DEMO = "/org/peermind/model/demo/peermind-demo.gguf";

  @TempDir private Path directory;
  private ChatTemplate template;

  @BeforeEach
  void readTheTemplate() throws Exception {
    Path file = directory.resolve("demo.gguf");
    try (InputStream demo = Objects.requireNonNull(ModelDigest.class.getResourceAsStream(DEMO))) {
      Files.copy(demo, file);
    }
    template = ChatTemplate.of(GgufReader.read(file).chatTemplate().orElseThrow(), "", "");
  }

  private String rendered(List<ChatMessage> messages, List<ToolDefinition> tools) {
    Rendering rendering = template.render(new Prompt.Chat(messages, tools), Optional.empty());
    assertThat(rendering).isInstanceOf(Rendering.Rendered.class);
    return ((Rendering.Rendered) rendering).text().chars();
  }

  @Test
  void knowsToolsAndASystem() {
    assertThat(template.toolFormat()).isEqualTo(ToolFormat.HERMES);
    assertThat(template.knowsSystem()).isTrue();
  }

  @Test
  void tellsOfTools_writesACall_andGivesItsResult() {
    ToolDefinition set =
        new ToolDefinition(
            "set_lamp",
            "Sets a lamp.",
            "{\"type\":\"object\",\"properties\":{\"room\":{\"type\":\"string\"},"
                + "\"level\":{\"type\":\"integer\"}}}");
    ToolDefinition ring = new ToolDefinition("ring", "", "");
    ToolCall call = new ToolCall("1", "set_lamp", "{\"room\":\"mill\",\"level\":3}");

    assertThat(
            rendered(
                List.of(
                    new ChatMessage("system", "Be brief."),
                    new ChatMessage("user", "Set room to mill and level to 3."),
                    new ChatMessage("assistant", "", List.of(call), Optional.empty()),
                    new ChatMessage("tool", "done", List.of(), Optional.of("1"))),
                List.of(set, ring)))
        .isEqualTo(
            """
            <|im_start|>system
            Tools:
            set_lamp(room, level): Sets a lamp.
            ring(): <|im_end|>
            <|im_start|>system
            Be brief.<|im_end|>
            <|im_start|>user
            Set room to mill and level to 3.<|im_end|>
            <|im_start|>assistant
            <tool_call>
            {"name": "set_lamp", "arguments": {"room": "mill", "level": 3}}
            </tool_call><|im_end|>
            <|im_start|>tool
            done<|im_end|>
            <|im_start|>assistant
            """);
  }

  @Test
  void isPlainChatMl_withoutTools() {
    assertThat(rendered(List.of(new ChatMessage("user", "Hello")), List.of()))
        .isEqualTo("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n");
  }
}
