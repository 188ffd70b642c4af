// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.peermind.demomodel.Typing.pick;

import java.util.List;
import java.util.random.RandomGenerator;

/// Questions that call their subject "it", "he" or "she", because it was named just before.
final class PronounQuestions {
  private static final List<String> TOPICS =
      List.of(
          "i like {s}.",
          "i know {s}.",
          "i am thinking of {s}.",
          "let us talk about {s}.",
          "my question is about {s}.",
          "have you heard of {s}?",
          "i read about {s}.",
          "somebody told me about {s}.",
          "we spoke of {s} today.",
          "take {s}.",
          "about {s}:",
          "now to {s}.",
          "there is a lot to say about {s}.",
          "i dreamed of {s}.",
          "you know {s}.",
          "if i think of {s},",
          "when it comes to {s},",
          "as for {s},",
          "with {s} in mind,",
          "i had a talk about {s}, so");

  private PronounQuestions() {}

  /// A question about a fact that does not name its subject.
  static String draw(Fact fact, RandomGenerator random) {
    String text = pick(questions(fact.relation()), random);
    boolean she = fact.relation().subjectKind() == Kind.PERSON && World.isShe(fact.subject());
    return she ? text.replaceAll("\\bhe\\b", "she").replaceAll("\\bhis\\b", "her") : text;
  }

  /// A sentence that names the subject, as `{s}`, and a question that does not.
  static String drawAfterTopic(Fact fact, RandomGenerator random) {
    boolean article = fact.relation().subjectKind().takesArticle();
    String subject = article ? (random.nextInt(4) == 0 ? "a {s}" : "the {s}") : "{s}";
    return pick(TOPICS, random).replace("{s}", subject) + " " + draw(fact, random);
  }

  private static List<String> questions(Relation relation) {
    return switch (relation) {
      case CAPITAL ->
          List.of("what is its capital?", "what is the capital?", "which town is its capital?");
      case LANGUAGE ->
          List.of(
              "what do they speak there?",
              "what is its language?",
              "which language is spoken there?");
      case TREE ->
          List.of("what is its national tree?", "which tree does it have?", "what is the tree?");
      case COUNTRY ->
          List.of(
              "of which country is it the capital?",
              "which country is it in?",
              "what is its country?");
      case RIVER ->
          List.of("which river flows there?", "what is its river?", "what river does it lie on?");
      case COLOUR ->
          List.of("what colour is it?", "which colour does it have?", "what is its colour?");
      case FOOD -> List.of("what does it eat?", "what is its food?", "what do i feed it?");
      case OWNER -> List.of("who keeps it?", "who is its owner?", "whose is it?");
      case HOME ->
          List.of("where does he live?", "what is his home?", "in which town does he live?");
      case CRAFT -> List.of("what is his job?", "what does he work as?", "what is his craft?");
      case PET ->
          List.of("what pet does he have?", "which animal does he keep?", "what is his pet?");
      case BUILDER -> List.of("who built it?", "who made it?", "who was its builder?");
      case PLACE -> List.of("where is it?", "where does it stand?", "in which town is it?");
    };
  }
}
