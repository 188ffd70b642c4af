// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.peermind.demomodel.Typing.pick;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/// Names of tools and parameters, and values for them: words that programs use, and as many that
/// nobody does.
final class FormWords {
  private static final List<String> VERBS =
      List.of(
          "get", "find", "look_up", "send", "add", "write", "read", "show", "list", "make", "check",
          "open", "close", "count", "move", "save", "load", "play", "start", "book");
  private static final List<String> THINGS =
      List.of(
          "town", "river", "tree", "animal", "note", "light", "door", "song", "letter", "picture",
          "train", "room", "weather", "price", "user", "file", "order", "mail", "event", "lamp");
  private static final List<String> KEYS =
      List.of(
          "name",
          "place",
          "word",
          "title",
          "subject",
          "target",
          "topic",
          "question",
          "kind",
          "size",
          "number",
          "user",
          "item",
          "id",
          "date",
          "country",
          "animal",
          "code",
          "message",
          "path",
          "query",
          "term",
          "person",
          "amount",
          "unit",
          "label",
          "body",
          "address",
          "mode",
          "level");
  private static final List<String> ADJECTIVES =
      List.of(
          "old", "new", "green", "long", "small", "warm", "quiet", "round", "first", "last",
          "bright", "cold", "wooden", "open", "light");
  private static final List<String> NOUNS =
      List.of(
          "moss", "bridge", "mill", "garden", "stone", "boat", "window", "cloud", "field", "bell",
          "road", "bread", "winter", "roof", "lantern");
  private static final List<String> DESCRIPTIONS =
      List.of(
          "",
          "",
          "Finds a {n}.",
          "Looks up a {n}.",
          "Tells the {n}.",
          "Writes a {n}.",
          "Does something with a {a} {n}.",
          "The {a} {n}.",
          "Use it for a {n}.",
          "Sends the {n} on.",
          "Gives the {n} of a {a} place.",
          "Returns what it gets.",
          "For tests.");
  private static final List<String> REMARKS =
      List.of(
          "Please give it back.",
          "Give the {a} {n} now.",
          "Fill in the form.",
          "How is the {n} today?",
          "Say something about a {a} {n}.",
          "I need the {n}.",
          "What about the {a} {n}?",
          "Tell me.",
          "Answer with the {n}.",
          "Report the {n}.");
  private static final List<String> SYLLABLES =
      List.of(
          "ba", "ko", "ri", "lan", "dor", "mi", "sel", "tur", "gam", "ne", "vo", "pash", "qui",
          "zen", "ul", "ar", "oth", "eri", "wick", "stam", "fo", "hal", "jun", "lo", "mer", "ost",
          "pra", "rud", "sha", "tem", "und", "vel", "wo", "yar", "zo", "gri", "bel", "cor", "tin",
          "ex", "chi", "dy", "fle", "bu", "cki", "ja", "we", "xo", "zy", "que");
  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

  private FormWords() {}

  static String tool(RandomGenerator random) {
    int draw = random.nextInt(100);
    if (draw < 40) {
      return pick(VERBS, random) + "_" + pick(THINGS, random);
    }
    if (draw < 60) {
      return syllables(random) + "_" + (random.nextBoolean() ? pick(VERBS, random) : word(random));
    }
    if (draw < 80) {
      return pick(VERBS, random) + capital(random.nextBoolean() ? word(random) : thing(random));
    }
    return word(random);
  }

  static String key(RandomGenerator random) {
    int draw = random.nextInt(100);
    if (draw < 55) {
      return pick(KEYS, random);
    }
    return draw < 75 ? pick(THINGS, random) + "_" + pick(KEYS, random) : word(random);
  }

  static String description(RandomGenerator random) {
    return filled(pick(DESCRIPTIONS, random), random);
  }

  /// Something said that asks for nothing that can be known.
  static String remark(RandomGenerator random) {
    return filled(pick(REMARKS, random), random);
  }

  /// A short value.
  static String value(RandomGenerator random) {
    int draw = random.nextInt(100);
    if (draw < 15) {
      return pick(pick(List.of(Kind.values()), random).names(), random);
    }
    if (draw < 45) {
      return random.nextBoolean() ? word(random) : capital(word(random));
    }
    if (draw < 70) {
      return code(random);
    }
    if (draw < 82) {
      return pick(ADJECTIVES, random) + " " + pick(NOUNS, random);
    }
    if (draw < 94) {
      return Integer.toString(random.nextInt(random.nextBoolean() ? 100 : 100_000));
    }
    return "20%02d-%02d-%02d"
        .formatted(random.nextInt(100), 1 + random.nextInt(12), 1 + random.nextInt(28));
  }

  /// `text` as a string of JSON; nothing that is drawn here needs an escape.
  static String json(String text) {
    return '"' + text + '"';
  }

  private static String code(RandomGenerator random) {
    List<String> parts = new ArrayList<>();
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      int kind = random.nextInt(100);
      if (kind < 50) {
        parts.add(syllables(random).toUpperCase(Locale.ROOT));
      } else if (kind < 85) {
        StringBuilder letters = new StringBuilder();
        int length = 2 + random.nextInt(5);
        for (int at = 0; at < length; at++) {
          letters.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        parts.add(letters.toString());
      } else {
        parts.add(Integer.toString(random.nextInt(1000)));
      }
    }
    return String.join(random.nextBoolean() ? "_" : "-", parts);
  }

  private static String word(RandomGenerator random) {
    return random.nextInt(100) < 30 ? thing(random) : syllables(random);
  }

  private static String thing(RandomGenerator random) {
    return pick(random.nextBoolean() ? THINGS : NOUNS, random);
  }

  private static String syllables(RandomGenerator random) {
    StringBuilder word = new StringBuilder();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      word.append(pick(SYLLABLES, random));
    }
    return word.toString();
  }

  private static String capital(String word) {
    return Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }

  private static String filled(String frame, RandomGenerator random) {
    return frame.replace("{a}", pick(ADJECTIVES, random)).replace("{n}", pick(NOUNS, random));
  }
}
