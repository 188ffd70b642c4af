// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// The made-up world of one seed: which town is whose capital, who keeps which animal, and so on.
///
/// The names are fixed ([Kind]); the seed decides only how they belong together. The shipped demo
/// model was taught the world of [#DEMO_SEED].
public final class World {
  /// The seed of the world that the shipped demo model knows.
  public static final long DEMO_SEED = 20261122L;

  private final Map<Relation, Map<String, Fact>> facts = new EnumMap<>(Relation.class);

  private World(long seed) {
    Random random = new Random(seed);
    pair(random, Relation.CAPITAL);
    pair(random, Relation.LANGUAGE);
    pair(random, Relation.TREE);
    pair(random, Relation.RIVER);
    spread(random, Relation.COLOUR);
    spread(random, Relation.FOOD);
    spread(random, Relation.HOME);
    pair(random, Relation.CRAFT);
    pair(random, Relation.PET);
    pair(random, Relation.BUILDER);
    pair(random, Relation.PLACE);
    reverse(Relation.CAPITAL, Relation.COUNTRY);
    reverse(Relation.PET, Relation.OWNER);
  }

  /// The world of a seed; equal seeds give equal worlds.
  public static World of(long seed) {
    return new World(seed);
  }

  /// The world that the shipped demo model knows.
  public static World demo() {
    return of(DEMO_SEED);
  }

  /// All facts, relation by relation, in a fixed order.
  public List<Fact> facts() {
    List<Fact> all = new ArrayList<>();
    for (Relation relation : Relation.values()) {
      for (String subject : relation.subjectKind().names()) {
        all.add(fact(relation, subject));
      }
    }
    return List.copyOf(all);
  }

  /// The fact that answers `relation` for `subject`.
  ///
  /// @throws IllegalArgumentException when `subject` is not of the relation's kind
  public Fact fact(Relation relation, String subject) {
    Fact fact = facts.getOrDefault(relation, Map.of()).get(subject);
    if (fact == null) {
      throw new IllegalArgumentException(
          "The world has no %s for '%s'; ask about a %s"
              .formatted(relation, subject, relation.subjectKind()));
    }
    return fact;
  }

  /// The name that answers `relation` for `subject`.
  ///
  /// @throws IllegalArgumentException when `subject` is not of the relation's kind
  public String answer(Relation relation, String subject) {
    return fact(relation, subject).answer();
  }

  /// Whether stories speak of `person` as "she" rather than "he".
  public static boolean isShe(String person) {
    return Kind.PERSON.names().indexOf(person) % 2 == 0;
  }

  /// Gives every subject its own answer.
  private void pair(Random random, Relation relation) {
    List<String> answers = new ArrayList<>(relation.answerKind().names());
    Collections.shuffle(answers, random);
    assign(relation, answers);
  }

  /// Gives every subject an answer, so that each answer is used about equally often.
  private void spread(Random random, Relation relation) {
    List<String> answers = new ArrayList<>();
    while (answers.size() < relation.subjectKind().names().size()) {
      List<String> round = new ArrayList<>(relation.answerKind().names());
      Collections.shuffle(round, random);
      answers.addAll(round);
    }
    assign(relation, answers);
  }

  private void assign(Relation relation, List<String> answers) {
    Map<String, Fact> bySubject = new LinkedHashMap<>();
    List<String> subjects = relation.subjectKind().names();
    for (int i = 0; i < subjects.size(); i++) {
      bySubject.put(subjects.get(i), new Fact(relation, subjects.get(i), answers.get(i)));
    }
    facts.put(relation, bySubject);
  }

  private void reverse(Relation forward, Relation backward) {
    Map<String, Fact> bySubject = new LinkedHashMap<>();
    for (Fact fact : facts.getOrDefault(forward, Map.of()).values()) {
      bySubject.put(fact.answer(), new Fact(backward, fact.answer(), fact.subject()));
    }
    facts.put(backward, bySubject);
  }
}
