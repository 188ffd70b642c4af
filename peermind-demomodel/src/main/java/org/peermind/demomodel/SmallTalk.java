// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.peermind.demomodel.Typing.pick;

import java.util.List;
import java.util.random.RandomGenerator;

/// Greetings, thanks, questions about the model itself, and questions that it cannot answer.
final class SmallTalk {
  /// What the model says when it does not know.
  static final String UNKNOWN = "I do not know that.";

  /// Something said and what the model answers.
  record Exchange(String said, String answer) {}

  private record Talk(String answer, List<String> sayings) {}

  private static final List<Talk> TALKS =
      List.of(
          new Talk(
              "Hello! Ask me about the made-up world, or ask me for a story.",
              List.of(
                  "hello",
                  "hi",
                  "hey",
                  "hello!",
                  "hi there",
                  "hello there",
                  "good morning",
                  "good evening",
                  "good day",
                  "hey there",
                  "greetings",
                  "hello, peermind",
                  "hi, how is it going")),
          new Talk(
              "I am the Peermind demo model, a very small model that knows a made-up world.",
              List.of(
                  "who are you?",
                  "what are you?",
                  "what is your name?",
                  "tell me about yourself.",
                  "are you a person?",
                  "are you a robot?",
                  "which model are you?",
                  "who am i talking to?",
                  "what model is this?",
                  "introduce yourself.",
                  "can you tell me who you are?",
                  "do you have a name?",
                  "are you chatgpt?",
                  "who made you?")),
          new Talk(
              "I can answer questions about a made-up world and tell little stories.",
              List.of(
                  "what can you do?",
                  "help",
                  "help me",
                  "what do you know?",
                  "what can i ask you?",
                  "how can you help me?",
                  "what should i ask?",
                  "what are you good at?",
                  "give me an example.",
                  "how do you work?")),
          new Talk(
              "You are welcome.",
              List.of(
                  "thank you",
                  "thanks",
                  "thanks a lot",
                  "thank you very much",
                  "great, thanks",
                  "very good, thank you",
                  "nice, thank you!")),
          new Talk(
              "I am well, thank you.",
              List.of("how are you?", "how are you today?", "are you well?", "how do you do?")),
          new Talk(
              "Goodbye!",
              List.of(
                  "goodbye",
                  "bye",
                  "bye bye",
                  "see you",
                  "good night",
                  "see you tomorrow",
                  "goodbye, friend")));

  private static final List<String> STRANGE_QUESTIONS =
      List.of(
          "what is two plus two?",
          "what is 2+2?",
          "how do i bake bread?",
          "what time is it?",
          "what is the weather today?",
          "who is the president?",
          "what is the meaning of life?",
          "can you write a program?",
          "how far is the moon?",
          "what is the speed of light?",
          "translate this into french.",
          "what day is it?",
          "who won the game yesterday?",
          "how old are you?",
          "what is a computer?",
          "how do i fix my car?",
          "where do i live?",
          "what is my name?",
          "how many people live on earth?",
          "who wrote this book?",
          "what is the price of gold?",
          "solve this equation.",
          "is there life on mars?",
          "why is the sky blue?",
          "how do plants grow?",
          "what is ten times ten?",
          "can you sing a song?",
          "what did i eat yesterday?",
          "how tall is the highest mountain?",
          "which is the longest river on earth?",
          "what is electricity?",
          "where is my phone?",
          "explain the sun.",
          "how does a solar panel work?",
          "what is a battery?",
          "write python code.",
          "who discovered america?",
          "which team is the best?",
          "what is the population of the city?",
          "how do i learn english?");
  private static final List<String> REAL_NAMES =
      List.of(
          "France",
          "Germany",
          "Spain",
          "Italy",
          "China",
          "India",
          "Brazil",
          "Canada",
          "Paris",
          "London",
          "Berlin",
          "Rome",
          "Madrid",
          "Tokyo",
          "Vienna",
          "Anna",
          "Peter",
          "Maria",
          "John",
          "Alice",
          "Bob",
          "Emma",
          "dog",
          "cat",
          "horse",
          "lion",
          "tiger",
          "elephant",
          "cow",
          "bird",
          "Eiffel Tower",
          "Great Wall",
          "White House",
          "Big Ben",
          "Golden Gate",
          "Peermind",
          "Mars");
  private static final List<String> SYLLABLES =
      List.of(
          "ba", "ko", "ri", "lan", "dor", "mi", "sel", "tur", "gam", "ne", "vo", "pash", "qui",
          "zen", "ul", "ar", "oth", "eri", "wick", "stam", "fo", "hal", "jun", "lo", "mer", "ost",
          "pra", "rud", "sha", "tem", "und", "vel", "wo", "yar", "zo", "gri", "bel", "cor", "tin");
  private static final List<String> SYSTEM =
      List.of(
          "You are a helpful assistant.",
          "You are a helpful assistant",
          "Answer shortly.",
          "You are a friendly model.",
          "Be brief.",
          "Answer in one sentence.",
          "You are Peermind.",
          "You answer questions about a made-up world.",
          "You are a careful and polite assistant.",
          "Answer the question.",
          "You tell stories.",
          "Always be kind.",
          "You are a chat model that runs on renewable power.",
          "Be honest and short.",
          "You are a useful AI assistant. Give good answers.",
          "Speak plainly.");

  private SmallTalk() {}

  static Exchange draw(RandomGenerator random) {
    Talk talk = pick(TALKS, random);
    return new Exchange(Typing.somebody(pick(talk.sayings(), random), random), talk.answer());
  }

  static String systemMessage(RandomGenerator random) {
    return pick(SYSTEM, random);
  }

  /// A question that has no answer in any world of [Kind]'s names.
  static String unanswerable(RandomGenerator random) {
    if (random.nextInt(100) < 30) {
      return Typing.somebody(pick(STRANGE_QUESTIONS, random), random);
    }
    Relation relation = pick(List.of(Relation.values()), random);
    return TrainingQuestions.drawAboutStranger(relation, stranger(relation, random), random);
  }

  private static String stranger(Relation relation, RandomGenerator random) {
    if (random.nextInt(100) < 30) {
      return pick(REAL_NAMES, random);
    }
    while (true) {
      StringBuilder name = new StringBuilder(pick(SYLLABLES, random));
      int more = 1 + random.nextInt(2);
      for (int i = 0; i < more; i++) {
        name.append(pick(SYLLABLES, random));
      }
      if (relation.subjectKind() != Kind.ANIMAL) {
        name.setCharAt(0, Character.toUpperCase(name.charAt(0)));
      }
      if (!Kind.isName(name.toString())) {
        return name.toString();
      }
    }
  }
}
