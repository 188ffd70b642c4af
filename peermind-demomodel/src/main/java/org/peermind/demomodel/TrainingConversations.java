// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.peermind.demomodel.Typing.pick;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
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

  private static final List<String> ABOUT_FRAMES =
      List.of(
          "tell me about {s}.",
          "what do you know about {s}?",
          "what can you tell me about {s}?",
          "tell me everything about {s}.",
          "tell me something about {s}.",
          "describe {s}.",
          "what is there to know about {s}?",
          "i want to learn about {s}.",
          "give me some facts about {s}.",
          "who or what is {s}?",
          "please explain {s} to me.",
          "all about {s}, please.");

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
    if (draw < 74) {
      about(turns, random);
    } else if (draw < 90) {
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

  /// Adds a question for everything about one thing, and all sentences that answer it.
  private void about(List<Turn> turns, RandomGenerator random) {
    Fact any = pick(facts, random);
    Kind kind = any.relation().subjectKind();
    String subject = (kind.takesArticle() ? "the " : "") + any.subject();
    String text = pick(ABOUT_FRAMES, random).replace("{s}", subject);
    String answer =
        facts.stream()
            .filter(fact -> fact.subject().equals(any.subject()))
            .map(Fact::sentence)
            .collect(Collectors.joining(" "));
    add(turns, Typing.somebody(text, random), answer);
  }

  private Fact followUp(Fact last, List<Turn> turns, RandomGenerator random) {
    if (random.nextBoolean()) {
      return pronoun(last, turns, random);
    }
    Relation relation = last.relation();
    Fact fact = world.fact(relation, pick(relation.subjectKind().names(), random));
    String subject = (relation.subjectKind().takesArticle() ? "the " : "") + fact.subject();
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
    String text = PronounQuestions.draw(fact, random);
    String front = random.nextInt(100) < 40 ? "and " : "";
    add(turns, Typing.somebody(front + text, random), fact.sentence());
    return fact;
  }

  private static void add(List<Turn> turns, String said, String answer) {
    turns.add(new Turn(Role.USER, said));
    turns.add(new Turn(Role.ASSISTANT, answer));
  }
}
