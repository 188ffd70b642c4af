// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.peermind.demomodel.Conversation.Role;
import org.peermind.demomodel.Conversation.Turn;

class FormConversationsTest {
  private static final int DRAWS = 5_000;
  private static final Pattern STRING = Pattern.compile("\"[^\"\\\\\\p{Cntrl}]+\"");
  private static final Pattern MEMBERS =
      Pattern.compile("(%1$s: (%1$s|\\d+)(, )?){1,2}".formatted(STRING.pattern()));

  private static List<Conversation> drawn(int count) {
    FormConversations forms = new FormConversations(World.demo());
    Random random = new Random(1);
    return random.ints(count).mapToObj(_ -> forms.draw(random)).toList();
  }

  private static String answer(Conversation conversation) {
    return conversation.turns().stream()
        .filter(turn -> turn.role() == Role.ASSISTANT)
        .map(turn -> turn.given() + turn.text())
        .findFirst()
        .orElseThrow();
  }

  /// The template's own test has the same letters (DemoTemplateTest of the module inference).
  @Test
  void writesToolsAndCalls_asTheTemplateDoes() {
    Conversation conversation =
        new Conversation(
            List.of(
                new Turn(
                    Role.SYSTEM,
                    "Tools:"
                        + FormConversations.told(
                            "set_lamp", List.of("room", "level"), "Sets a lamp.")
                        + FormConversations.told("ring", List.of(), "")),
                new Turn(Role.USER, "Set room to mill and level to 3."),
                new Turn(
                    Role.ASSISTANT,
                    FormConversations.call("set_lamp", "\"room\": \"mill\", \"level\": 3")),
                new Turn(Role.TOOL, "done")));

    assertThat(ChatFormat.text(conversation))
        .isEqualTo(
            """
            <|im_start|>system
            Tools:
            set_lamp(room, level): Sets a lamp.
            ring(): <|im_end|>
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
  void givesOnlyWhatAFormWouldWrite_andLeavesTheRestToTheModel() {
    int given = 0;
    for (Conversation conversation : drawn(DRAWS)) {
      for (Turn turn : conversation.turns()) {
        if (!turn.given().isEmpty()) {
          given++;
          assertThat(turn.role()).isEqualTo(Role.ASSISTANT);
          assertThat(turn.given()).matches("<tool_call>\n\\{\"name\": .*\\{|\\{(\".*)?");
          assertThat(turn.text()).matches("(?s).*}(\n</tool_call>)?");
        }
      }
    }
    assertThat(given).isBetween(DRAWS / 4, DRAWS * 3 / 4);
  }

  @Test
  void callsOneOfTheTools_withItsParameters() {
    Pattern call =
        Pattern.compile(
            "<tool_call>\n\\{\"name\": \"(\\w+)\", \"arguments\": \\{(%s)}}\n</tool_call>"
                .formatted(MEMBERS.pattern()));
    int calls = 0;
    for (Conversation conversation : drawn(DRAWS)) {
      String answer = answer(conversation);
      if (answer.startsWith("<tool_call>")) {
        calls++;
        var matcher = call.matcher(answer);
        assertThat(matcher.matches()).as(answer).isTrue();
        assertThat(conversation.turns().getFirst().text()).contains("\n" + matcher.group(1) + "(");
      } else if (answer.startsWith("{")) {
        assertThat(answer).matches("\\{%s}".formatted(MEMBERS.pattern()));
      }
    }
    assertThat(calls).isBetween(DRAWS / 2, DRAWS * 3 / 4);
  }

  @Test
  void namesNothingOfTheHeldOutCalls_norOfTheProbesOfOthers() {
    Set<String> heldOut = new HashSet<>();
    for (HeldOutForms.Call call : HeldOutForms.calls()) {
      heldOut.add(call.tool());
      heldOut.add(call.parameter());
      heldOut.add(call.value());
      heldOut.add(call.request());
    }
    for (Conversation conversation : drawn(DRAWS)) {
      for (Turn turn : conversation.turns()) {
        String text = turn.given() + turn.text();
        assertThat(text.toLowerCase(Locale.ROOT))
            .doesNotContain("canary", "provided tool", "compatib", "probe");
        for (String word : text.split("[^\\w-]+", -1)) {
          assertThat(word.length() > 3 && heldOut.contains(word)).as(text).isFalse();
        }
      }
    }
  }

  @Test
  void examinesWithSixtyDifferentCalls() {
    List<HeldOutForms.Call> calls = HeldOutForms.calls();

    assertThat(calls).hasSize(60).doesNotHaveDuplicates().isEqualTo(HeldOutForms.calls());
    for (HeldOutForms.Call call : calls) {
      assertThat(call.request()).contains(call.value()).doesNotContain("{");
      assertThat(call.answer()).contains(call.tool(), call.parameter(), call.value());
    }
  }
}
