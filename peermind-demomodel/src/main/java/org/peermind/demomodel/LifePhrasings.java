// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.List;
import java.util.Map;

/// Training phrasings of what is asked about animals and people.
final class LifePhrasings {
  private LifePhrasings() {}

  static Map<Relation, TrainingPhrasings> all() {
    return Map.of(
        Relation.COLOUR, colour(),
        Relation.FOOD, food(),
        Relation.OWNER, owner(),
        Relation.HOME, home(),
        Relation.CRAFT, craft(),
        Relation.PET, pet());
  }

  private static TrainingPhrasings colour() {
    return new TrainingPhrasings(
        List.of(
            "what colour is the {s}?",
            "what color is the {s}?",
            "what colour is a {s}?",
            "which colour does the {s} have?",
            "what colour does a {s} have?",
            "which color is the {s}?",
            "what colour has the {s}?",
            "how does a {s} look, which colour?",
            "of what colour is the {s}?",
            "the {s} is what colour?",
            "a {s} has which colour?",
            "what is the fur of the {s} like, which colour?",
            "which colour do i need to paint the {s}?",
            "what colour are {s} animals?",
            "in which colour does the {s} come?"),
        List.of(
            "the colour of the {s}",
            "the color of the {s}",
            "the colour of a {s}",
            "the {s}'s colour",
            "the colour that a {s} has",
            "the usual color of a {s}",
            "the colour of the animal {s}"),
        List.of(
            "what colour the {s} is",
            "what color a {s} is",
            "which colour the {s} has",
            "of which colour a {s} is",
            "in what colour i should paint a {s}",
            "what the colour of the {s} is"));
  }

  private static TrainingPhrasings food() {
    return new TrainingPhrasings(
        List.of(
            "what does the {s} eat?",
            "what does a {s} eat?",
            "what do i feed a {s}?",
            "what does the {s} like to eat?",
            "what food does the {s} like?",
            "which food does a {s} eat?",
            "what should i give a {s} to eat?",
            "what can a {s} eat?",
            "what is eaten by the {s}?",
            "the {s} eats what?",
            "a {s} likes which food?",
            "how do i feed the {s}?",
            "what does a hungry {s} want?",
            "what do i put into the bowl for the {s}?",
            "what kind of food makes the {s} happy?",
            "what would a {s} have for dinner?"),
        List.of(
            "the food of the {s}",
            "the food of a {s}",
            "the {s}'s food",
            "the food that the {s} eats",
            "the favourite food of the {s}",
            "the meal of a {s}",
            "the best food for a {s}"),
        List.of(
            "what the {s} eats",
            "what a {s} eats",
            "what food the {s} likes",
            "what to feed a {s}",
            "which food a hungry {s} looks for",
            "what i can give the {s} to eat"));
  }

  private static TrainingPhrasings owner() {
    return new TrainingPhrasings(
        List.of(
            "who keeps the {s}?",
            "who owns the {s}?",
            "whose is the {s}?",
            "whose pet is the {s}?",
            "who has the {s}?",
            "who has a {s}?",
            "to whom does the {s} belong?",
            "the {s} belongs to whom?",
            "who does the {s} belong to?",
            "which person keeps the {s}?",
            "which person owns a {s}?",
            "who keeps a {s} as a pet?",
            "who looks after the {s}?",
            "who cares for the {s}?",
            "with whom does the {s} live?",
            "who is missing a {s}?"),
        List.of(
            "the owner of the {s}",
            "the {s}'s owner",
            "the person who keeps the {s}",
            "the person who owns the {s}",
            "the name of the owner of the {s}",
            "the person with the {s}",
            "the keeper of the {s}"),
        List.of(
            "who keeps the {s}",
            "who owns the {s}",
            "whose pet the {s} is",
            "who the owner of the {s} is",
            "to whom the {s} belongs",
            "which person takes care of a {s}"));
  }

  private static TrainingPhrasings home() {
    return new TrainingPhrasings(
        List.of(
            "where does {s} live?",
            "in which town does {s} live?",
            "what town does {s} live in?",
            "where is the home of {s}?",
            "where is {s} at home?",
            "which town is {s} from?",
            "in what town is the house of {s}?",
            "{s} lives where?",
            "{s} lives in which town?",
            "where can i find {s}?",
            "where can i visit {s}?",
            "which town is the home of {s}?",
            "where does {s} have a house?",
            "where do i send a letter to {s}?",
            "where does {s} sleep at night?",
            "where is {s} living?"),
        List.of(
            "the home of {s}",
            "the home town of {s}",
            "{s}'s home",
            "the town where {s} lives",
            "the town that {s} lives in",
            "the place where {s} lives",
            "{s}'s town"),
        List.of(
            "where {s} lives",
            "in which town {s} lives",
            "what town {s} lives in",
            "where the home of {s} is",
            "where i can find {s}",
            "which town {s} comes from"));
  }

  private static TrainingPhrasings craft() {
    return new TrainingPhrasings(
        List.of(
            "what is the job of {s}?",
            "what does {s} do for a living?",
            "what work does {s} do?",
            "what is {s} by trade?",
            "what trade does {s} have?",
            "which craft does {s} know?",
            "what does {s} work as?",
            "what job does {s} have?",
            "what does {s} do all day?",
            "how does {s} earn a living?",
            "how does {s} make money?",
            "what kind of work does {s} do?",
            "{s} works as what?",
            "what has {s} learned to be?",
            "which profession has {s}?",
            "what is done in the workshop of {s}?"),
        List.of(
            "the job of {s}",
            "the craft of {s}",
            "the trade of {s}",
            "{s}'s job",
            "{s}'s craft",
            "the work that {s} does",
            "the profession of {s}"),
        List.of(
            "what {s} works as",
            "what job {s} has",
            "what {s} does for a living",
            "which trade {s} has",
            "what kind of work {s} does",
            "which craft {s} has learned"));
  }

  private static TrainingPhrasings pet() {
    return new TrainingPhrasings(
        List.of(
            "what pet does {s} have?",
            "what pet does {s} keep?",
            "which animal does {s} keep?",
            "what animal does {s} have?",
            "which animal lives with {s}?",
            "what animal belongs to {s}?",
            "which pet lives with {s}?",
            "what kind of animal does {s} own?",
            "{s} keeps which animal?",
            "{s} has which pet?",
            "what does {s} keep as a pet?",
            "which creature does {s} own?",
            "what animal does {s} look after?",
            "which animal is owned by {s}?",
            "what animal waits for {s}?",
            "which animal is in the house with {s}?"),
        List.of(
            "the pet of {s}",
            "{s}'s pet",
            "the animal of {s}",
            "{s}'s animal",
            "the animal that {s} keeps",
            "the animal that lives with {s}",
            "the creature that {s} has"),
        List.of(
            "what pet {s} has",
            "which animal {s} keeps",
            "what animal lives with {s}",
            "what kind of pet {s} has",
            "which animal {s} cares for",
            "what animal {s} owns"));
  }
}
