// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

/// What can be asked about one thing of the made-up world.
///
/// Each relation has one canonical answer sentence, in which `{s}` stands for the subject and `{a}`
/// for the answer.
public enum Relation {
  CAPITAL(Kind.COUNTRY, Kind.TOWN, "The capital of {s} is {a}."),
  LANGUAGE(Kind.COUNTRY, Kind.LANGUAGE, "People in {s} speak {a}."),
  TREE(Kind.COUNTRY, Kind.TREE, "The national tree of {s} is the {a}."),
  COUNTRY(Kind.TOWN, Kind.COUNTRY, "{s} is the capital of {a}."),
  RIVER(Kind.TOWN, Kind.RIVER, "The river {a} flows through {s}."),
  COLOUR(Kind.ANIMAL, Kind.COLOUR, "The {s} is {a}."),
  FOOD(Kind.ANIMAL, Kind.FOOD, "The {s} eats {a}."),
  OWNER(Kind.ANIMAL, Kind.PERSON, "The {s} belongs to {a}."),
  HOME(Kind.PERSON, Kind.TOWN, "{s} lives in {a}."),
  CRAFT(Kind.PERSON, Kind.CRAFT, "{s} is a {a}."),
  PET(Kind.PERSON, Kind.ANIMAL, "{s} keeps a {a}."),
  BUILDER(Kind.LANDMARK, Kind.PERSON, "The {s} was built by {a}."),
  PLACE(Kind.LANDMARK, Kind.TOWN, "The {s} stands in {a}.");

  private final Kind subjectKind;
  private final Kind answerKind;
  private final String sentence;

  Relation(Kind subjectKind, Kind answerKind, String sentence) {
    this.subjectKind = subjectKind;
    this.answerKind = answerKind;
    this.sentence = sentence;
  }

  /// The kind of thing that the relation says something about.
  public Kind subjectKind() {
    return subjectKind;
  }

  /// The kind of thing that the relation answers with.
  public Kind answerKind() {
    return answerKind;
  }

  /// The canonical sentence that states the fact.
  public String sentence(String subject, String answer) {
    return sentence.replace("{s}", subject).replace("{a}", answer);
  }
}
