// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A hole in a sentence of a story, written `{name}` in the grammar.
///
/// A *chosen* slot is filled once for a story (or, where [#isPassing], once for a sentence); the
/// others follow from what was chosen and from the world.
enum Slot {
  HERO("p", Kind.PERSON.names()),
  FRIEND("q", Kind.PERSON.names()),
  LANDMARK("landmark", Kind.LANDMARK.names()),
  THING("thing", List.of("lamp", "key", "ring", "bell", "book", "basket", "whistle", "kite")),
  MEAL("meal", List.of("soup", "stew", "pie", "bread", "cake")),
  WEATHER("weather", List.of("sunny", "rainy", "windy", "cold", "warm", "foggy")),
  TIME("time", List.of("morning", "afternoon", "evening", "day")),
  FEELING("feeling", List.of("happy", "glad", "proud", "thankful")),
  HE("he", HERO),
  HE_FIRST("He", HERO),
  HIS("his", HERO),
  HIS_FIRST("His", HERO),
  HIM("him", HERO),
  TOWN("town", HERO),
  RIVER("river", HERO),
  CRAFT("craft", HERO),
  PET("pet", HERO),
  PET_COLOUR("colour", HERO),
  PET_FOOD("food", HERO),
  FRIEND_CRAFT("qcraft", FRIEND),
  BUILDER("builder", LANDMARK),
  LANDMARK_TOWN("ltown", LANDMARK);

  private final String label;

  // The checker does not know that List.copyOf returns a list that nobody can change.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> choices;

  private final Optional<Slot> source;

  Slot(String label, List<String> choices) {
    this.label = label;
    this.choices = List.copyOf(choices);
    this.source = Optional.empty();
  }

  Slot(String label, Slot source) {
    this.label = label;
    this.choices = List.of();
    this.source = Optional.of(source);
  }

  /// The slot written `{label}`.
  static Slot labelled(String label) {
    return Arrays.stream(values())
        .filter(slot -> slot.label.equals(label))
        .findAny()
        .orElseThrow(
            () -> new IllegalArgumentException("No slot is written {%s}".formatted(label)));
  }

  /// The slot that must be chosen before this one is known: itself when it is chosen freely.
  Slot source() {
    return source.orElse(this);
  }

  /// What a chosen slot may be filled with; empty for slots that follow from others.
  List<String> choices() {
    return choices;
  }

  /// Whether the slot is filled anew in every sentence.
  boolean isPassing() {
    return this == WEATHER || this == TIME || this == FEELING;
  }
}
