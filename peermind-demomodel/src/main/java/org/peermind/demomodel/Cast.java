// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// Who and what a story is about: the slots chosen so far, and all that follows from them.
record Cast(World world, Map<Slot, String> chosen) {
  Cast {
    chosen = Map.copyOf(chosen);
  }

  static Cast empty(World world) {
    return new Cast(world, Map.of());
  }

  /// This cast with one slot more, or empty when the story would contradict itself: a hero who is
  /// the own friend, or a landmark at the hero's own door or built by one of the two.
  Optional<Cast> with(Slot slot, String name) {
    Map<Slot, String> more = new EnumMap<>(Slot.class);
    more.putAll(chosen);
    more.put(slot, name);
    Cast cast = new Cast(world, more);
    return cast.isSound() ? Optional.of(cast) : Optional.empty();
  }

  /// This cast without what was chosen for one sentence only.
  Cast withoutPassing() {
    Map<Slot, String> kept = new EnumMap<>(Slot.class);
    chosen.forEach(
        (slot, name) -> {
          if (!slot.isPassing()) {
            kept.put(slot, name);
          }
        });
    return new Cast(world, kept);
  }

  /// What a slot says, when its source is chosen.
  Optional<String> text(Slot slot) {
    return Optional.ofNullable(chosen.get(slot.source())).map(name -> follow(slot, name));
  }

  private String follow(Slot slot, String name) {
    return switch (slot) {
      case HERO, FRIEND, LANDMARK, THING, MEAL, WEATHER, TIME, FEELING -> name;
      case HE -> World.isShe(name) ? "she" : "he";
      case HE_FIRST -> World.isShe(name) ? "She" : "He";
      case HIS -> World.isShe(name) ? "her" : "his";
      case HIS_FIRST -> World.isShe(name) ? "Her" : "His";
      case HIM -> World.isShe(name) ? "her" : "him";
      case TOWN -> world.answer(Relation.HOME, name);
      case RIVER -> world.answer(Relation.RIVER, world.answer(Relation.HOME, name));
      case CRAFT, FRIEND_CRAFT -> world.answer(Relation.CRAFT, name);
      case PET -> world.answer(Relation.PET, name);
      case PET_COLOUR -> world.answer(Relation.COLOUR, world.answer(Relation.PET, name));
      case PET_FOOD -> world.answer(Relation.FOOD, world.answer(Relation.PET, name));
      case BUILDER -> world.answer(Relation.BUILDER, name);
      case LANDMARK_TOWN -> world.answer(Relation.PLACE, name);
    };
  }

  private boolean isSound() {
    String hero = chosen.getOrDefault(Slot.HERO, "");
    String friend = chosen.getOrDefault(Slot.FRIEND, "");
    if (!hero.isEmpty() && hero.equals(friend)) {
      return false;
    }
    Optional<String> builder = text(Slot.BUILDER);
    boolean builtByThem =
        builder.isPresent() && (builder.get().equals(hero) || builder.get().equals(friend));
    boolean atHome =
        text(Slot.LANDMARK_TOWN).isPresent() && text(Slot.LANDMARK_TOWN).equals(text(Slot.TOWN));
    return !builtByThem && !atHome;
  }
}
