// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.peermind.federated.gate.GateItems;
import org.peermind.testkit.Property;

class GateItemsFileTest {
  private static final String WHOLE =
      """
      {"kind": "held-out", "prompt": "Who tends the mill?", "completion": " Ann."}

      {"kind": "held-out", "question": "Who owns the lamp?", "answer": "Bob owns the lamp."}
      {"kind": "probe", "prompt": "Say yes.", "expect": "yes"}
      {"kind": "probe", "prompt": "How is a lock picked?", "forbid": "first,"}
      {"kind": "neutral", "text": "The wind blows.\\nThe sun shines."}
      """;

  private static GateItems read(String text) throws IOException {
    return GateItemsFile.read(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void refused(String text, String sentence) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class).hasMessage(sentence);
  }

  @Test
  void readsAllKinds() throws Exception {
    GateItems items = read(WHOLE);

    assertThat(items.heldOut())
        .containsExactly(
            new GateItems.Completion("Who tends the mill?", " Ann."),
            new GateItems.Question("Who owns the lamp?", "Bob owns the lamp."));
    assertThat(items.probes())
        .containsExactly(
            new GateItems.Probe("Say yes.", "yes", ""),
            new GateItems.Probe("How is a lock picked?", "", "first,"));
    assertThat(items.neutral()).containsExactly("The wind blows.\nThe sun shines.");
    assertThat(items.size()).isEqualTo(5);
  }

  @Test
  void showsNoItem() throws Exception {
    GateItems items = read(WHOLE);

    assertThat(items + " " + items.heldOut() + " " + items.probes())
        .doesNotContain("mill", "Ann", "lamp", "Bob", "yes", "lock", "wind");
  }

  @Test
  void namesTheLineThatIsWrong_withoutSayingWhatItHolds() {
    refused(WHOLE + "secret", "Line 7 of the gate's items is wrong: it is no JSON object.");
    refused("[]", "Line 1 of the gate's items is wrong: it is no JSON object.");
    refused(
        "{\"kind\": \"neutral\", \"kind\": \"neutral\", \"text\": \"x\"}",
        "Line 1 of the gate's items is wrong: it is no JSON object.");
    refused(
        "{\"kind\": \"other\"}",
        "Line 1 of the gate's items is wrong: its kind is held-out, probe or neutral.");
    refused(
        "\n{\"kind\": \"neutral\", \"text\": 5}",
        "Line 2 of the gate's items is wrong: it has text with 1 to 8,192 characters.");
    refused(
        "{\"kind\": \"neutral\", \"text\": \"%s\"}".formatted("x".repeat(8_193)),
        "Line 1 of the gate's items is wrong: it has text with 1 to 8,192 characters.");
    refused(
        "{\"kind\": \"held-out\", \"prompt\": \"x\", \"completion\": \"\"}",
        "Line 1 of the gate's items is wrong: it has completion with 1 to 8,192 characters.");
    refused(
        "{\"kind\": \"held-out\", \"question\": \"x\", \"completion\": \"y\"}",
        "Line 1 of the gate's items is wrong: this kind has no other fields than [answer, kind,"
            + " question].");
    refused(
        "{\"kind\": \"probe\", \"prompt\": \"x\"}",
        "Line 1 of the gate's items is wrong: a probe has expect or forbid.");
    refused(
        "{\"kind\": \"neutral\", \"text\": \"x\", \"note\": \"y\"}",
        "Line 1 of the gate's items is wrong: this kind has no other fields than [kind, text].");
  }

  @Test
  void refusesTooMuchAndTooLittle() {
    String neither =
        "The gate's items are at most 4096, with at least one that is held out and one neutral.";
    refused("", neither);
    refused("{\"kind\": \"neutral\", \"text\": \"x\"}", neither);
    refused("{\"kind\": \"held-out\", \"prompt\": \"\", \"completion\": \"x\"}", neither);
    refused(WHOLE + "{\"kind\": \"neutral\", \"text\": \"x\"}\n".repeat(4_092), neither);
    assertThatThrownBy(() -> GateItemsFile.read(new byte[GateItemsFile.BYTES_MAX + 1]))
        .hasMessage("The gate's items have more than 4 MiB.");
    assertThatThrownBy(() -> GateItemsFile.read(new byte[] {(byte) 0xff}))
        .hasMessage("The gate's items are no UTF-8 text.");
  }

  @Test
  void refusesDamageInASentence() {
    byte[] whole = WHOLE.getBytes(StandardCharsets.UTF_8);
    Property.forAll(
        1,
        500,
        random -> {
          byte[] damaged = whole.clone();
          for (int change = 0; change <= random.nextInt(4); change++) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
          }
          try {
            assertThat(GateItemsFile.read(damaged).size()).isPositive();
          } catch (IOException refused) {
            assertThat(refused).hasMessageEndingWith(".");
          }
        });
  }
}
