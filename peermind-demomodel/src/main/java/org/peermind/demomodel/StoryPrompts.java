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

  private StoryPrompts() {}

  static Prompt draw(World world, RandomGenerator random) {
    String hero = pick(Kind.PERSON.names(), random);
    int about = random.nextInt(100);
    if (about < 15) {
      return new Prompt(Typing.somebody(pick(ANY, random), random), hero);
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
    String text = pick(ABOUT, random).replace("{s}", subject);
    String front = random.nextInt(100) < 15 ? pick(TrainingPhrasings.PREFIXES, random) : "";
    return new Prompt(Typing.somebody(front + text, random), hero);
  }
}
