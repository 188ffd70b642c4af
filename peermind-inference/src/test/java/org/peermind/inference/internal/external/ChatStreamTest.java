// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Finished;
import org.peermind.inference.ToolCall;

class ChatStreamTest {
  private static final String STOP = "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}";

  @Test
  void givesTextWithoutTokenIdsAndTheServersCounts() throws Exception {
    ChatStream stream = new ChatStream(10);
    List<GenerationEvent> events =
        Stream.of(
                delta("content", "Hel"),
                delta("content", "lo"),
                STOP,
                "{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":4}}}",
                "[DONE]")
            .flatMap(data -> accept(stream, data).stream())
            .toList();
    assertThat(text(events)).isEqualTo("Hello");
    assertThat(events)
        .allSatisfy(event -> assertThat(((GenerationEvent.Piece) event).tokenIds()).isEmpty());
    assertThat(stream.isDone()).isTrue();
    assertThat(stream.end()).isEqualTo(new Finished(FinishReason.STOP, 9, 4, 2, 0, List.of()));
  }

  @Test
  void isBroken_whenItEndsWithoutAReason() throws Exception {
    ChatStream stream = new ChatStream(10);
    stream.accept(delta("content", "Hel"));
    assertThatThrownBy(stream::end).hasMessageContaining("in the middle");
    stream.accept("[DONE]");
    assertThatThrownBy(stream::end).hasMessageContaining("in the middle");
  }

  @Test
  void stopsAServerThatIgnoresTheLimit() throws Exception {
    ChatStream stream = new ChatStream(3);
    for (int count = 0; count < 3; count++) {
      assertThat(stream.accept(delta("content", "x"))).hasSize(1);
    }
    assertThat(stream.isDone()).isFalse();
    assertThat(stream.accept(delta("content", "more"))).isEmpty();
    assertThat(stream.isDone()).isTrue();
    assertThat(stream.end()).isEqualTo(new Finished(FinishReason.LENGTH, 0, 3, 0));
  }

  @Test
  void cutsMuchTextAtOnceIntoPieces_neverInsideACharacter() throws Exception {
    String text = "x" + "🌞".repeat(3_000);
    List<GenerationEvent> pieces = new ChatStream(10).accept(delta("content", text));
    assertThat(pieces).hasSize(3);
    assertThat(text(pieces)).isEqualTo(text);
    assertThat(pieces)
        .allSatisfy(
            piece -> assertThat(((GenerationEvent.Piece) piece).text()).doesNotContain("\ufffd"));
  }

  @Test
  void joinsCharactersThatAreCutInTwoDeltas() throws Exception {
    ChatStream stream = new ChatStream(10);
    List<GenerationEvent> events =
        Stream.of("\\ud83c", "\\udf1e!", "\\ude00?")
            .flatMap(half -> accept(stream, delta("content", half)).stream())
            .toList();
    assertThat(text(events)).isEqualTo("🌞!\ufffd?");
  }

  @Test
  void takesThoughtsAsSignsOfLifeOnly() throws Exception {
    ChatStream stream = new ChatStream(10);
    assertThat(stream.accept(delta("reasoning_content", "let me see")))
        .containsExactly(new GenerationEvent.Prefilled(0, 0));
    assertThat(
            stream.accept("{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}"))
        .isEmpty();
  }

  @Test
  void joinsToolCallsFromTheirParts() throws Exception {
    ChatStream stream = new ChatStream(10);
    stream.accept(
        call("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"sun\",\"arguments\":\"{\"}}"));
    stream.accept(
        call("{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"moon\",\"arguments\":\"{}\"}}"));
    stream.accept(call("{\"index\":0,\"function\":{\"arguments\":\"}\"}}"));
    stream.accept(STOP.replace("stop", "tool_calls"));
    assertThat(((Finished) stream.end()).toolCalls())
        .containsExactly(new ToolCall("a", "sun", "{}"), new ToolCall("b", "moon", "{}"));
  }

  @Test
  void refusesCallsBeyondTheirBounds() {
    assertThatThrownBy(() -> new ChatStream(10).accept(call("{\"index\":32}")))
        .hasMessageContaining("larger than allowed");
    assertThatThrownBy(() -> new ChatStream(10).accept(call("{\"index\":-1}")))
        .hasMessageContaining("larger than allowed");
  }

  @Test
  void failsWithoutTheServersWords_whenItReportsAnError() {
    assertThatThrownBy(() -> new ChatStream(10).accept("{\"error\":{\"message\":\"SECRET\"}}"))
        .isInstanceOf(ServerException.class)
        .hasMessageNotContaining("SECRET");
    assertThatThrownBy(() -> new ChatStream(10).accept("{not json SECRET"))
        .isInstanceOf(ServerException.class)
        .hasMessageNotContaining("SECRET");
    assertThatThrownBy(() -> new ChatStream(10).accept("[".repeat(60_000)))
        .isInstanceOf(ServerException.class);
  }

  private static String delta(String field, String text) {
    return "{\"choices\":[{\"index\":0,\"delta\":{\"%s\":\"%s\"},\"finish_reason\":null}]}"
        .formatted(field, text);
  }

  private static String call(String part) {
    return "{\"choices\":[{\"delta\":{\"tool_calls\":[%s]}}]}".formatted(part);
  }

  private static List<GenerationEvent> accept(ChatStream stream, String data) {
    try {
      return stream.accept(data);
    } catch (ServerException refused) {
      throw new AssertionError(refused);
    }
  }

  private static String text(List<GenerationEvent> events) {
    return events.stream()
        .map(event -> ((GenerationEvent.Piece) event).text())
        .collect(Collectors.joining());
  }
}
