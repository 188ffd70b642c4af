// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Watts;

class EventTest {
  private static final Set<Class<?>> TYPES_WITHOUT_FREE_TEXT =
      Set.of(
          int.class,
          long.class,
          boolean.class,
          OptionalInt.class,
          Duration.class,
          Watts.class,
          NodeId.class,
          ModelHash.class,
          Id16.class,
          Word.class,
          Reason.class);

  private record WithPrompt(String prompt) {}

  @Test
  void noEventHasAPlaceForFreeText() {
    assertThat(kinds()).hasSizeGreaterThan(25);
    assertThat(kinds().stream().flatMap(kind -> placesForFreeText(kind).stream())).isEmpty();
  }

  @Test
  void aPlaceForFreeTextWouldBeFound() {
    assertThat(placesForFreeText(WithPrompt.class)).containsExactly("WithPrompt.prompt");
  }

  @Test
  void theSamplesHaveEveryKind() {
    Set<Class<?>> sampled = new HashSet<>();
    Samples.ofEachKind().forEach(event -> sampled.add(event.getClass()));
    assertThat(sampled).containsExactlyInAnyOrderElementsOf(kinds());
  }

  @Test
  void everyEventSpeaksToPeopleAndToMachines() {
    for (Event event : Samples.ofEachKind()) {
      assertThat(event.sentence()).doesNotContain("Optional", "null", "PT", "\n").isNotBlank();
      assertThat(event.name()).matches("[a-z]+(-[a-z]+)*");
      List<String> keys = event.fields().stream().map(Field::key).toList();
      assertThat(keys)
          .doesNotHaveDuplicates()
          .doesNotContain("at", "level", "event", "message")
          .isNotEmpty();
      assertThat(event.toString()).doesNotContain("\n");
    }
  }

  @Test
  void aReasonStaysOnOneBoundedLine() {
    assertThat(Reason.of("a\nWARN forged\r\u2028b\u0007").sentence()).isEqualTo("a WARN forged b");
    Reason longOne = Reason.of("😀".repeat(400));
    assertThat(longOne.sentence()).hasSizeLessThanOrEqualTo(Reason.CHARACTERS_MAX).endsWith("…");
    assertThat(longOne.sentence().codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff)).isTrue();
    assertThatThrownBy(() -> Reason.of(" \n")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aWordHoldsNoSentence() {
    assertThatThrownBy(() -> new Word("my secret question")).hasMessageContaining("no spaces");
    assertThat(Word.near("--my adapter").text()).isEqualTo("my-adapter");
    assertThat(Word.near("é").text()).isEqualTo("unnamed");
    assertThat(Word.near("x".repeat(90)).text()).hasSize(64);
  }

  @Test
  void anUnexpectedFailureKeepsThePlaceAndDropsTheMessage() {
    var event =
        NodeEvent.UnexpectedFailure.of(
            new Word("api"), new IllegalStateException("cannot parse: CANARY"));
    assertThat(event.sentence())
        .contains("IllegalStateException in api at EventTest.anUnexpectedFailure")
        .doesNotContain("CANARY");
    assertThat(event.fields().toString()).doesNotContain("CANARY");
  }

  @Test
  void durationsReadWellAtEverySize() {
    assertThat(Texts.duration(Duration.ofMillis(42))).isEqualTo("0.04 s");
    assertThat(Texts.duration(Duration.ofMillis(12_345))).isEqualTo("12.3 s");
    assertThat(Texts.duration(Duration.ofSeconds(185))).isEqualTo("3 min 5 s");
    assertThat(Texts.duration(Duration.ofMinutes(130))).isEqualTo("2 h 10 min");
  }

  @Test
  void everyLogOfAllHearsEveryEvent() {
    List<Event> first = new ArrayList<>();
    List<Event> second = new ArrayList<>();
    EventLog.all(first::add, EventLog.none(), second::add).record(Samples.ofEachKind().getFirst());
    assertThat(first).hasSize(1).isEqualTo(second);
  }

  private static List<Class<?>> kinds() {
    return Arrays.stream(Event.class.getPermittedSubclasses())
        .flatMap(group -> Arrays.stream(group.getPermittedSubclasses()))
        .toList();
  }

  private static List<String> placesForFreeText(Class<?> kind) {
    List<String> places = new ArrayList<>();
    for (RecordComponent component : kind.getRecordComponents()) {
      if (!isSafe(component.getGenericType())) {
        places.add(kind.getSimpleName() + "." + component.getName());
      }
    }
    return places;
  }

  private static boolean isSafe(Type type) {
    if (type instanceof ParameterizedType container) {
      return Set.<Type>of(Optional.class, Set.class).contains(container.getRawType())
          && isSafe(container.getActualTypeArguments()[0]);
    }
    return type instanceof Class<?> plain
        && (plain.isEnum() || TYPES_WITHOUT_FREE_TEXT.contains(plain));
  }

  @Test
  void goesOnBehindAReason_withoutItsFullStop() {
    Reason reason = Reason.of("Nobody is there.");
    assertThat(new NetworkEvent.Detached(Samples.OTHER, Duration.ofSeconds(1), reason).sentence())
        .endsWith(": Nobody is there; next try in 1.0 s");
  }
}
