// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The phrasings that the demo model is trained on, as parts that [TrainingQuestions] puts
/// together.
///
/// For each relation there are whole questions ("what is the capital of {s}"), noun phrases ("the
/// capital of {s}") and clauses ("which town the capital of {s} is"); the frames around noun
/// phrases and clauses are shared by all relations.
record TrainingPhrasings(List<String> questions, List<String> nouns, List<String> clauses) {
  /// Frames around a noun phrase `{n}`.
  static final List<String> NOUN_FRAMES =
      List.of(
          "what is {n}?",
          "what's {n}?",
          "tell me {n}.",
          "can you tell me {n}?",
          "could you tell me {n}?",
          "do you know {n}?",
          "name {n}.",
          "can you name {n}?",
          "give me {n}.",
          "i would like to know {n}.",
          "i want to know {n}.",
          "i am looking for {n}.",
          "i need {n}.",
          "what can you tell me about {n}?",
          "say {n}.",
          "{n}?",
          "{n}.",
          "what do you know about {n}?",
          "remind me of {n}.",
          "any idea what {n} is?",
          "i forgot {n}.",
          "would you say what {n} is?",
          "my friend asked me about {n}.",
          "i am curious what {n} might be.",
          "let me know {n}.");

  /// Frames around a clause `{c}`.
  static final List<String> CLAUSE_FRAMES =
      List.of(
          "tell me {c}.",
          "can you tell me {c}?",
          "could you tell me {c}?",
          "do you know {c}?",
          "do you remember {c}?",
          "i would like to know {c}.",
          "i want to know {c}.",
          "i wonder {c}.",
          "i am curious {c}.",
          "i forgot {c}.",
          "can you say {c}?",
          "would you remind me {c}?",
          "have you any idea {c}?",
          "my friend asked me {c}.",
          "could you explain {c}?",
          "let me know {c}.",
          "i have to find out {c}.");

  /// What may stand before a question.
  static final List<String> PREFIXES =
      List.of(
          "please ",
          "hello, ",
          "hi, ",
          "hey, ",
          "hello! ",
          "hi! ",
          "good morning. ",
          "good day, ",
          "ok, ",
          "so ",
          "so, ",
          "well, ",
          "and ",
          "now ",
          "excuse me, ",
          "sorry, ",
          "quick question: ",
          "one question: ",
          "i have a question. ",
          "a question: ",
          "dear model, ",
          "friend, ",
          "tell me, ",
          "tell me please: ",
          "i am at school. ",
          "i am travelling. ",
          "say, ",
          "peermind, ",
          "just wondering, ",
          "first, ",
          "next, ",
          "again, ");

  /// What may stand after a question.
  static final List<String> SUFFIXES =
      List.of(
          " please",
          " thanks",
          " thank you",
          ", please",
          ", thanks",
          ", do you know",
          " again",
          ", any idea",
          ", can you tell me",
          ", what do you think",
          " exactly",
          ", my friend",
          " today",
          " then",
          ", i forgot",
          ", i wonder");

  private static final Map<Relation, TrainingPhrasings> BY_RELATION = new EnumMap<>(Relation.class);

  static {
    PlacePhrasings.all().forEach(BY_RELATION::put);
    LifePhrasings.all().forEach(BY_RELATION::put);
  }

  TrainingPhrasings {
    questions = List.copyOf(questions);
    nouns = List.copyOf(nouns);
    clauses = List.copyOf(clauses);
    if (questions.isEmpty() || nouns.isEmpty() || clauses.isEmpty()) {
      throw new IllegalArgumentException(
          "A relation needs questions, noun phrases and clauses; give at least one of each");
    }
  }

  static TrainingPhrasings of(Relation relation) {
    TrainingPhrasings phrasings = BY_RELATION.get(relation);
    if (phrasings == null) {
      throw new IllegalStateException(
          "No phrasings for %s; add them beside the others".formatted(relation));
    }
    return phrasings;
  }
}
