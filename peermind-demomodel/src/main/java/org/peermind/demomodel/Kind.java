// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.Arrays;
import java.util.List;

/// The kinds of things in the made-up world, each with the names that it knows.
///
/// No name of a kind is a word of another name of the same kind, so that an answer that mentions a
/// wrong thing can be told from a right one by its words alone.
public enum Kind {
  COUNTRY(
      "Velm", "Dorrin", "Ashka", "Pelune", "Quorth", "Nemara", "Istel", "Brovia", "Lundra",
      "Zefira"),
  TOWN(
      "Tarsin",
      "Belloway",
      "Midra",
      "Ostenholt",
      "Kirrby",
      "Fennick",
      "Jorvale",
      "Saltmere",
      "Wendle",
      "Ulmar"),
  RIVER("Ombrel", "Sisk", "Laneth", "Corrow", "Tivvy", "Dunnel", "Essa", "Grael", "Hask", "Vimmer"),
  LANGUAGE(
      "Sorri", "Tamlish", "Ekwen", "Vodic", "Ruun", "Harpan", "Obbish", "Limmer", "Kesht", "Yonda"),
  TREE(
      "orrin",
      "lashwood",
      "candlebark",
      "dewthorn",
      "emberpine",
      "skyfern",
      "goldroot",
      "mossbirch",
      "rainwillow",
      "ironfir"),
  ANIMAL(
      "mirl", "tobbin", "snerro", "wuffle", "grindel", "pomm", "hexlet", "larrup", "dorfin",
      "yikka", "brumble", "fenki"),
  COLOUR("red", "blue", "green", "yellow", "white", "black", "brown", "purple"),
  FOOD("moss", "berries", "fish", "honey", "seeds", "nuts", "mushrooms", "leaves"),
  PERSON(
      "Mira", "Oren", "Talva", "Jask", "Pella", "Rudo", "Sefa", "Torvin", "Ilda", "Hurn", "Wynna",
      "Domek"),
  CRAFT(
      "baker",
      "potter",
      "weaver",
      "smith",
      "carpenter",
      "tailor",
      "painter",
      "gardener",
      "fisher",
      "clockmaker",
      "beekeeper",
      "miller"),
  LANDMARK(
      "Glass Tower",
      "Long Bridge",
      "Round Mill",
      "Stone Gate",
      "Silver Hall",
      "Old Lighthouse",
      "Deep Well",
      "Wind Temple");

  // The checker does not know that List.of(names) is a list that nobody can change.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> names;

  Kind(String... names) {
    this.names = List.of(names);
  }

  /// All names of this kind, in a fixed order.
  public List<String> names() {
    return names;
  }

  /// Whether names of this kind stand after "the", as in "the mirl".
  boolean takesArticle() {
    return this == ANIMAL || this == LANDMARK;
  }

  /// Whether something of any kind has this name, in capitals or not.
  static boolean isName(String text) {
    return Arrays.stream(values())
        .flatMap(kind -> kind.names.stream())
        .anyMatch(name -> name.equalsIgnoreCase(text));
  }
}
