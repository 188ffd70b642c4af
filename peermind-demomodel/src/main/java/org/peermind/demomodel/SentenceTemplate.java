// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One sentence of the story grammar: words and slots, which it can both fill and recognise.
final class SentenceTemplate {
  private static final Pattern SLOT = Pattern.compile("\\{(\\w+)}");

  private sealed interface Part {
    record Words(String text) implements Part {}

    record Hole(Slot slot) implements Part {}
  }

  private final List<Part> parts;

  SentenceTemplate(String template) {
    List<Part> found = new ArrayList<>();
    Matcher matcher = SLOT.matcher(template);
    int end = 0;
    while (matcher.find()) {
      if (matcher.start() > end) {
        found.add(new Part.Words(template.substring(end, matcher.start())));
      }
      found.add(new Part.Hole(Slot.labelled(matcher.group(1))));
      end = matcher.end();
    }
    if (end < template.length()) {
      found.add(new Part.Words(template.substring(end)));
    }
    this.parts = List.copyOf(found);
  }

  /// The sentence for a cast whose lasting slots are all chosen; passing ones are drawn here.
  String fill(Cast cast, RandomGenerator random) {
    StringBuilder sentence = new StringBuilder();
    for (Part part : parts) {
      sentence.append(
          switch (part) {
            case Part.Words(String text) -> text;
            case Part.Hole(Slot slot) when slot.isPassing() -> Typing.pick(slot.choices(), random);
            case Part.Hole(Slot slot) -> cast.text(slot).orElseThrow();
          });
    }
    return sentence.toString();
  }

  /// All casts, each an extension of `cast`, for which this template says exactly `sentence`.
  Set<Cast> matches(String sentence, Cast cast) {
    Set<Cast> found = new LinkedHashSet<>();
    match(sentence, 0, 0, cast, found);
    return found;
  }

  private void match(String sentence, int at, int index, Cast cast, Set<Cast> found) {
    if (index == parts.size()) {
      if (at == sentence.length()) {
        found.add(cast.withoutPassing());
      }
      return;
    }
    switch (parts.get(index)) {
      case Part.Words(String text) -> {
        if (sentence.startsWith(text, at)) {
          match(sentence, at + text.length(), index + 1, cast, found);
        }
      }
      case Part.Hole(Slot slot) -> {
        if (cast.text(slot).isPresent()) {
          matchKnown(sentence, at, index, slot, cast, found);
        } else {
          for (String choice : slot.source().choices()) {
            cast.with(slot.source(), choice)
                .ifPresent(more -> matchKnown(sentence, at, index, slot, more, found));
          }
        }
      }
    }
  }

  private void matchKnown(
      String sentence, int at, int index, Slot slot, Cast cast, Set<Cast> found) {
    String text = cast.text(slot).orElseThrow();
    if (sentence.startsWith(text, at)) {
      match(sentence, at + text.length(), index + 1, cast, found);
    }
  }
}
