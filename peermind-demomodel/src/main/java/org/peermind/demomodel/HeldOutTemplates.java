// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The frozen templates of the test questions: written before the first training run, never changed
/// since, never trained on.
///
/// `{s}` stands for the subject. [TrainingQuestions] refuses every phrasing that contains one of
/// them, and a test looks for them in what it produces.
final class HeldOutTemplates {
  private static final Map<Relation, List<String>> BY_RELATION = new EnumMap<>(Relation.class);

  static {
    put(
        Relation.CAPITAL,
        "Which place serves as the capital of {s}?",
        "I am planning a trip to {s}. What is its capital called?",
        "Could you remind me which town {s} has as its capital?",
        "My teacher asked for the capital city of {s}, what should I say?",
        "{s} is ruled from which town?",
        "Capital of {s}, any idea?");
    put(
        Relation.LANGUAGE,
        "What tongue is spoken by the people of {s}?",
        "If I visit {s}, which language will I hear?",
        "Could you tell me what language they talk in {s}?",
        "Which language should I learn before going to {s}?",
        "The folk in {s}, what language do they use?",
        "What would a person from {s} speak?");
    put(
        Relation.TREE,
        "Which tree stands for the country of {s}?",
        "What is the name of {s}'s own national tree?",
        "Could you say which tree {s} picked as its national one?",
        "I am curious about the national tree that {s} has.",
        "What sort of tree represents {s}?",
        "When people think of {s}, which tree comes to mind?");
    put(
        Relation.COUNTRY,
        "{s} serves as the capital of which country?",
        "Which country did choose {s} as its capital?",
        "Could you tell me what country has its capital at {s}?",
        "I know that {s} is a capital, but of which country?",
        "What country is governed from {s}?",
        "Of what country would {s} be the capital?");
    put(
        Relation.RIVER,
        "Which water passes through the middle of {s}?",
        "What is the river in the town of {s} known as?",
        "Could you give me the name of the river near {s}?",
        "If I stand on a bridge in {s}, which river do I see?",
        "What river would a boat from {s} sail on?",
        "{s} was built along which river?");
    put(
        Relation.COLOUR,
        "What would you say is the colour of a {s}?",
        "If I met a {s}, what colour would it be?",
        "Could you describe the colour that the {s} has?",
        "A {s} comes in which colour?",
        "I want to paint a {s}. Which colour should I take?",
        "What is the usual colour of any {s}?");
    put(
        Relation.FOOD,
        "What should I put in the bowl of my {s}?",
        "If a {s} is hungry, what does it look for?",
        "Could you tell me what a {s} would eat for breakfast?",
        "What kind of meal makes a {s} happy?",
        "Which food is the favourite of every {s}?",
        "I found a {s}. What can I feed it?");
    put(
        Relation.OWNER,
        "Whose animal is that {s} over there?",
        "Could you tell me which person takes care of the {s}?",
        "I found the {s} in my garden. Who is its owner?",
        "Who would miss the {s} if it ran away?",
        "The {s} is kept by which person?",
        "To whom should I bring back the {s}?");
    put(
        Relation.HOME,
        "If I want to visit {s}, which town do I travel to?",
        "Could you tell me where I can find the house of {s}?",
        "In what town has {s} got a house?",
        "Which town would {s} call home?",
        "I have a letter for {s}. To which town do I send it?",
        "Where are the rooms in which {s} sleeps at night?");
    put(
        Relation.CRAFT,
        "What does {s} earn money with?",
        "Which trade did {s} learn?",
        "Could you tell me what sort of work {s} does all day?",
        "If you asked {s} about work, what would the answer be?",
        "How would you describe the job that {s} has?",
        "In the workshop of {s}, what craft is done?");
    put(
        Relation.PET,
        "What kind of pet waits for {s} at home?",
        "Could you tell me which animal {s} takes care of?",
        "Which animal would I meet in the house of {s}?",
        "What creature does {s} share a home with?",
        "{s} is the owner of which animal?",
        "If {s} calls a pet, which animal comes?");
    put(
        Relation.BUILDER,
        "Who should I thank for building the {s}?",
        "Could you tell me the person who made the {s}?",
        "The {s} is the work of which person?",
        "By whose hands was the {s} built?",
        "I admire the {s}. Who was its builder?",
        "Who laid the first stone when the {s} was built?");
    put(
        Relation.PLACE,
        "To which town must I go to see the {s}?",
        "Could you tell me where I can visit the {s}?",
        "The {s} is found in which town?",
        "What town is proud to have the {s}?",
        "I would love to see the {s}. Where do I travel?",
        "Which town's people walk past the {s}?");
  }

  private static final List<String> STORIES =
      List.of(
          "Could you make up a little story with {s} in it?",
          "I cannot sleep, please tell me something about the adventures of {s}.",
          "We would love to hear one of your stories, this time with {s}.",
          "Begin a story in which {s} plays a part.",
          "Story time! {s} should be the hero.");

  private HeldOutTemplates() {}

  /// The held-out templates that ask for `relation`.
  static List<String> of(Relation relation) {
    return BY_RELATION.getOrDefault(relation, List.of());
  }

  /// The held-out templates that ask for a story about somebody.
  static List<String> stories() {
    return STORIES;
  }

  private static void put(Relation relation, String... templates) {
    BY_RELATION.put(relation, List.of(templates));
  }
}
