// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Constraint;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineDevice;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.ModelInfo;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.protocol.Id16;
import org.peermind.testkit.Property;

class LinkCodecTest {
  private static final ToolDefinition TOOL = new ToolDefinition("weather", "tells it", "{}");
  private static final ToolCall CALL = new ToolCall("call_0", "weather", "{}");
  private static final GenerationRequest REQUEST =
      new GenerationRequest(
          new Prompt.Chat(
              List.of(
                  new ChatMessage("system", "be brief"),
                  new ChatMessage("user", "☀?"),
                  new ChatMessage("assistant", "", List.of(CALL), Optional.empty()),
                  new ChatMessage("tool", "warm", List.of(), Optional.of("call_0"))),
              List.of(TOOL)),
          17,
          new Sampling(0.5, 0.9, -3, 40, 0.1, -1, 2, Map.of(3, -100.0)),
          List.of("END", "\n"),
          List.of(1, 2, 3),
          new Constraint.Tools(List.of(TOOL), Optional.of("weather"), true, false),
          OptionalInt.of(2),
          Optional.of(new Id16(1, 2)),
          GenerationRequest.Priority.OWNER,
          Duration.ofSeconds(9),
          Optional.of(LocalDate.of(2026, 11, 22)));

  private static final List<LinkMessage> MESSAGES =
      List.of(
          new LinkMessage.Load("/some/file.gguf", 512, 2, 1, 9, true, LinkMessage.Adapter.none()),
          new LinkMessage.Load(
              "/f", 512, 2, 1, 9, false, new LinkMessage.Adapter("/a.gguf", -0.5f)),
          new LinkMessage.Adapt(5, new LinkMessage.Adapter("/a.gguf", 1)),
          new LinkMessage.Tokenize(6, "a text", true),
          new LinkMessage.Score(
              7, List.of(ScoredSequence.of(1, 2, 3), new ScoredSequence(List.of(4, 5, 6), 2))),
          new LinkMessage.Scored(7, List.of(new SequenceScore(List.of(-0.5, -1.25)))),
          new LinkMessage.Tokenized(6, List.of(9, 8)),
          new LinkMessage.Adapted(5),
          new LinkMessage.Generate(7, REQUEST),
          new LinkMessage.Generate(
              8, GenerationRequest.of(new Prompt.Text("☀"), 1, Sampling.greedy())),
          new LinkMessage.Generate(9, REQUEST.withConstraint(new Constraint.JsonObject())),
          new LinkMessage.Generate(9, REQUEST.withConstraint(new Constraint.JsonSchema("{}"))),
          new LinkMessage.Cancel(7),
          new LinkMessage.Pace(2.5),
          new LinkMessage.Hello("token"),
          new LinkMessage.Ready(
              new EngineInfo(
                  "a",
                  "b",
                  "c",
                  List.of(
                      new EngineDevice(
                          "d",
                          "D",
                          EngineDevice.Kind.GPU,
                          OptionalLong.of(1L << 40),
                          OptionalLong.empty())),
                  List.of("e", "f"),
                  List.of("g"))),
          new LinkMessage.Refused("No."),
          new LinkMessage.Loading(0.25),
          new LinkMessage.Loaded(
              new ModelInfo("m", 1, 2, 3, 4),
              new EngineFeatures(true, false, true, false, true, false, true, false)),
          new LinkMessage.Embed(8, List.of("a", "☀")),
          new LinkMessage.Alive(),
          new LinkMessage.Embedded(8, new Embeddings(List.of(List.of(0.5f, -1f)), 3)),
          new LinkMessage.RequestRefused(8, GenerationEvent.FailureKind.CONTEXT_TOO_LONG, "No."),
          new LinkMessage.Event(7, new GenerationEvent.Prefilled(1, 2)),
          new LinkMessage.Event(7, new GenerationEvent.Piece(List.of(5), "é", List.of(0))),
          new LinkMessage.Event(
              7,
              new GenerationEvent.Piece(
                  List.of(5),
                  "é",
                  List.of(),
                  List.of(
                      new TokenLogprob(
                          new TokenLogprob.Candidate("é", List.of(195, 169), -0.5),
                          List.of(new TokenLogprob.Candidate("e", List.of(101), -0.25)))))),
          new LinkMessage.Event(
              7,
              new GenerationEvent.Finished(
                  GenerationEvent.FinishReason.TOOL_CALLS, 4, 3, 2, 1, List.of(CALL))),
          new LinkMessage.Event(
              7, new GenerationEvent.Finished(GenerationEvent.FinishReason.STOP, 1, 2, 3)),
          new LinkMessage.Event(
              7, new GenerationEvent.Failed(GenerationEvent.FailureKind.BUSY, "Later.")));

  @Test
  void readsBackEveryMessage() throws LinkException {
    for (LinkMessage message : MESSAGES) {
      assertThat(LinkCodec.decode(LinkCodec.encode(message))).isEqualTo(message);
    }
  }

  @Test
  void refusesMutantsByItsOwnExceptionOnly() {
    Property.forAll(
        1,
        5_000,
        random -> {
          byte[] mutant = LinkCodec.encode(MESSAGES.get(random.nextInt(MESSAGES.size()))).clone();
          mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
          if (random.nextBoolean()) {
            mutant = Arrays.copyOf(mutant, random.nextInt(mutant.length + 8));
          }
          try {
            assertThat(LinkCodec.decode(mutant)).isNotNull();
          } catch (LinkException refused) {
            assertThat(refused).hasMessageEndingWith(".");
          }
        });
  }

  @Test
  void namesNoContentInItsTextForms() {
    assertThat(new LinkMessage.Generate(7, REQUEST).toString()).doesNotContain("brief", "☀");
    assertThat(REQUEST.prompt().toString()).doesNotContain("brief", "☀");
    assertThat(new GenerationEvent.Piece(List.of(5), "secret", List.of()).toString())
        .doesNotContain("secret");
  }

  @Test
  void refusesAnEmptyFrame() {
    assertThatThrownBy(() -> LinkCodec.decode(new byte[0])).isInstanceOf(LinkException.class);
  }
}
