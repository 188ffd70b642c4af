// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.peermind.demomodel.Typing.pick;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.peermind.demomodel.Conversation.Role;
import org.peermind.demomodel.Conversation.Turn;

/// Draws the conversations that the demo model is trained on.
///
/// About two thirds ask for facts (with follow-ups such as "And Oren?" and "Where does she live?"),
/// a quarter for stories, the rest is small talk and questions that nobody in this world can
/// answer.
public final class TrainingConversations {
  private static final List<String> AND_FRAMES =
      List.of(
          "and {s}?",
          "and what about {s}?",
          "what about {s}?",
          "and {s}, please?",
          "{s}?",
          "how about {s}?",
          "and for {s}?",
          "the same for {s}?");

  private final World world;
  private final List<Fact> facts;
  private final StoryGrammar stories;

  /// Conversations about `world`.
  public TrainingConversations(World world) {
    this.world = world;
    this.facts = world.facts();
    this.stories = new StoryGrammar(world);
  }

  /// A short conversation: one to three exchanges.
  public Conversation draw(RandomGenerator random) {
    return draw(random, exchanges(random));
  }

  /// A conversation of the given number of exchanges, each a question and its answer.
  public Conversation draw(RandomGenerator random, int exchanges) {
    List<Turn> turns = new ArrayList<>();
    if (random.nextInt(100) < 20) {
      turns.add(new Turn(Role.SYSTEM, SmallTalk.systemMessage(random)));
    }
    Optional<Fact> last = Optional.empty();
    for (int i = 0; i < exchanges; i++) {
      last = exchange(last, turns, random);
    }
    return new Conversation(turns);
  }

  private static int exchanges(RandomGenerator random) {
    int draw = random.nextInt(100);
    return draw < 60 ? 1 : draw < 90 ? 2 : 3;
  }

  /// Adds a question and its answer; returns the fact that they were about.
  private Optional<Fact> exchange(Optional<Fact> last, List<Turn> turns, RandomGenerator random) {
    int draw = random.nextInt(100);
    if (last.isPresent() && draw < 45) {
      return Optional.of(followUp(last.get(), turns, random));
    }
    if (draw < 70) {
      Fact fact = pick(facts, random);
      add(turns, TrainingQuestions.draw(fact, random).text(), fact.sentence());
      return Optional.of(fact);
    }
    if (draw < 88) {
      StoryPrompts.Prompt prompt = StoryPrompts.draw(world, random);
      add(turns, prompt.text(), stories.draw(prompt.hero(), random));
    } else if (draw < 95) {
      add(turns, SmallTalk.unanswerable(random), SmallTalk.UNKNOWN);
    } else {
      SmallTalk.Exchange talk = SmallTalk.draw(random);
      add(turns, talk.said(), talk.answer());
    }
    return Optional.empty();
  }

  private Fact followUp(Fact last, List<Turn> turns, RandomGenerator random) {
    if (random.nextBoolean()) {
      return pronoun(last, turns, random);
    }
    Relation relation = last.relation();
    Fact fact = world.fact(relation, pick(relation.subjectKind().names(), random));
    boolean article =
        relation.subjectKind() == Kind.ANIMAL || relation.subjectKind() == Kind.LANDMARK;
    String subject = (article ? "the " : "") + fact.subject();
    String text = pick(AND_FRAMES, random).replace("{s}", subject);
    add(turns, Typing.somebody(text, random), fact.sentence());
    return fact;
  }

  private Fact pronoun(Fact last, List<Turn> turns, RandomGenerator random) {
    Kind kind = last.relation().subjectKind();
    List<Relation> relations =
        List.of(Relation.values()).stream()
            .filter(relation -> relation.subjectKind() == kind && relation != last.relation())
            .toList();
    Fact fact = world.fact(pick(relations, random), last.subject());
    String text = pick(pronounQuestions(fact.relation()), random);
    if (kind == Kind.PERSON && World.isShe(fact.subject())) {
      text = text.replaceAll("\\bhe\\b", "she").replaceAll("\\bhis\\b", "her");
    }
    String front = random.nextInt(100) < 40 ? "and " : "";
    add(turns, Typing.somebody(front + text, random), fact.sentence());
    return fact;
  }

  private static List<String> pronounQuestions(Relation relation) {
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

  private static void add(List<Turn> turns, String said, String answer) {
    turns.add(new Turn(Role.USER, said));
    turns.add(new Turn(Role.ASSISTANT, answer));
  }
}
