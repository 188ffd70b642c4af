// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.peermind.demomodel.Typing.pick;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Draws requests for a story, in training phrasings only.
final class StoryPrompts {
  /// A request for a story and the person whom the story is to be about.
  record Prompt(String text, String hero) {}

  private static final List<String> ABOUT =
      List.of(
          "tell me a story about {s}.",
          "tell a story about {s}.",
          "please tell me a story about {s}.",
          "can you tell me a story about {s}?",
          "could you tell us a story about {s}?",
          "i want a story about {s}.",
          "i would like to hear a story about {s}.",
          "write a story about {s}.",
          "write me a short story about {s}.",
          "make up a story about {s}.",
          "a story about {s}, please.",
          "story about {s}.",
          "do you know a story about {s}?",
          "do you have a story about {s}?",
          "once more, a story about {s}.",
          "give me a little story about {s}.",
          "tell me a tale about {s}.",
          "tell me a bedtime story about {s}.",
          "tell me a story with {s} in it.",
          "i cannot sleep, a story about {s} please.",
          "let us hear the story of {s}.",
          "what happened to {s} one day?",
          "tell me about an adventure of {s}.",
          "invent an adventure for {s}.",
          "begin with a story about {s}.",
          "{s} is my hero, tell me a story.",
          "i love {s}, tell me a story!",
          "story! story! about {s}.");
  private static final List<String> ANY =
      List.of(
          "tell me a story.",
          "tell me another story.",
          "a story, please.",
          "i want to hear a story.",
          "can you tell me a story?",
          "could you write a story?",
          "make up a story.",
          "please tell me a bedtime story.",
          "do you know any stories?",
          "write a short story.",
          "i am bored, tell me something.",
          "tell me something nice.",
          "another story, please.");

  /// Requests that are put together with [#NOUNS] and [#LINKS].
  private static final List<String> REQUESTS =
      List.of(
          "tell me {n}.",
          "tell us {n}.",
          "please tell me {n}.",
          "can you tell me {n}?",
          "could you tell me {n}?",
          "would you tell me {n}?",
          "i want {n}.",
          "i would like {n}.",
          "i would like to hear {n}.",
          "i want to read {n}.",
          "we want to hear {n}.",
          "my children want {n}.",
          "write {n}.",
          "write me {n}.",
          "can you write {n}?",
          "make up {n}.",
          "please make {n}.",
          "invent {n}.",
          "think of {n}.",
          "give me {n}.",
          "let me hear {n}.",
          "let us have {n}.",
          "do you know {n}?",
          "do you have {n} for me?",
          "{n}, please.",
          "{n}.",
          "{n}!",
          "now {n}.",
          "i need {n}.",
          "show me {n}.",
          "read me {n}.",
          "entertain me with {n}.",
          "start {n}.",
          "it is time for {n}.",
          "how about {n}?",
          "what about {n}?",
          "i am in the mood for {n}.",
          "surprise me with {n}.");

  private static final List<String> NOUNS =
      List.of(
          "a story",
          "a story",
          "a story",
          "a little story",
          "a short story",
          "a nice story",
          "a new story",
          "another story",
          "one story",
          "some story",
          "a tale",
          "a little tale",
          "a bedtime story",
          "a fairy tale",
          "an adventure",
          "the adventures",
          "the story",
          "one of your stories",
          "a good story",
          "a small story",
          "stories",
          "a long story");

  private static final List<String> LINKS =
      List.of(
          "about {s}",
          "about {s}",
          "about {s}",
          "with {s}",
          "with {s}",
          "of {s}",
          "where {s} is the hero",
          "that has {s} in it",
          "on {s}",
          "where we meet {s}",
          "and let it be about {s}",
          "and {s} must be in it",
          "starring {s}",
          "for {s}",
          "whose hero is {s}",
          "about the life of {s}",
          "about {s} and friends");

  private StoryPrompts() {}

  static Prompt draw(World world, RandomGenerator random) {
    String hero = pick(Kind.PERSON.names(), random);
    int about = random.nextInt(100);
    if (about < 15) {
      String text = TrainingQuestions.dressed(pick(ANY, random), random);
      return new Prompt(Typing.somebody(text, random), hero);
    }
    if (about < 62) {
      return about(hero, hero, random);
    }
    if (about < 88) {
      return about("the " + world.answer(Relation.PET, hero), hero, random);
    }
    String town = world.answer(Relation.HOME, hero);
    return about(random.nextBoolean() ? town : "somebody from " + town, hero, random);
  }

  /// All training templates, for the test that none of them is held out.
  static List<String> templates() {
    List<String> all = new ArrayList<>(ABOUT);
    all.addAll(ANY);
    return all;
  }

  private static Prompt about(String subject, String hero, RandomGenerator random) {
    while (true) {
      String request = random.nextInt(100) < 40 ? pick(ABOUT, random) : combined(random);
      String dressed = TrainingQuestions.dressed(request, random).replace("{s}", subject);
      String text = Typing.somebody(dressed, random);
      if (!holdsHeldOut(text, subject)) {
        return new Prompt(text, hero);
      }
    }
  }

  private static String combined(RandomGenerator random) {
    String noun = pick(NOUNS, random) + " " + pick(LINKS, random);
    return pick(REQUESTS, random).replace("{n}", noun);
  }

  /// Whether `text` holds a held-out prompt, whatever its punctuation, capitals and surroundings.
  static boolean holdsHeldOut(String text, String subject) {
    String words = " " + Question.words(text) + " ";
    return HeldOutTemplates.stories().stream()
        .map(template -> Question.words(template.replace("{s}", subject)))
        .anyMatch(heldOut -> words.contains(" " + heldOut + " "));
  }
}
