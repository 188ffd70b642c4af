// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.List;
import java.util.Map;

/// Training phrasings of what is asked about countries, towns and landmarks.
final class PlacePhrasings {
  private PlacePhrasings() {}

  static Map<Relation, TrainingPhrasings> all() {
    return Map.of(
        Relation.CAPITAL, capital(),
        Relation.LANGUAGE, language(),
        Relation.TREE, tree(),
        Relation.COUNTRY, country(),
        Relation.RIVER, river(),
        Relation.BUILDER, builder(),
        Relation.PLACE, place());
  }

  private static TrainingPhrasings capital() {
    return new TrainingPhrasings(
        List.of(
            "which town is the capital of {s}?",
            "what town is the capital of {s}?",
            "which city is the capital of {s}?",
            "what is the capital city of {s}?",
            "what is the capital of the country {s}?",
            "{s} has which capital?",
            "{s}: which town is the capital?",
            "what capital does {s} have?",
            "what do people call the capital of {s}?",
            "where is the capital of {s}?",
            "from which town is {s} governed?",
            "from what town do they rule {s}?",
            "which town rules {s}?",
            "where does the government of {s} sit?",
            "i am travelling to {s}, what is the capital?",
            "how is the capital of {s} called?",
            "in {s}, what is the capital called?",
            "the capital of {s} is which town?"),
        List.of(
            "the capital of {s}",
            "the capital city of {s}",
            "{s}'s capital",
            "the name of the capital of {s}",
            "the main town of {s}",
            "the town that is the capital of {s}",
            "the town that {s} is ruled by"),
        List.of(
            "which town is the capital of {s}",
            "what the capital of {s} is",
            "what the capital of {s} is called",
            "which capital {s} has",
            "where {s} has its capital",
            "which town {s} is governed from"));
  }

  private static TrainingPhrasings language() {
    return new TrainingPhrasings(
        List.of(
            "what language do people speak in {s}?",
            "which language is spoken in {s}?",
            "what do they speak in {s}?",
            "what do people in {s} speak?",
            "how do people talk in {s}?",
            "in {s}, which language do people use?",
            "what language is used in {s}?",
            "which language do i need in {s}?",
            "what language do the people of {s} have?",
            "what tongue do they use in {s}?",
            "which tongue is heard in {s}?",
            "what language would i hear in {s}?",
            "people from {s} speak what?",
            "which language should one learn for {s}?",
            "what is spoken in {s}?",
            "i am going to {s}, which language do they speak there?"),
        List.of(
            "the language of {s}",
            "{s}'s language",
            "the language spoken in {s}",
            "the tongue of {s}",
            "the language that people speak in {s}",
            "the name of the language of {s}",
            "the language they use in {s}"),
        List.of(
            "what language people speak in {s}",
            "which language is spoken in {s}",
            "what they speak in {s}",
            "how people in {s} talk",
            "which language i will need in {s}",
            "which tongue the people of {s} use"));
  }

  private static TrainingPhrasings tree() {
    return new TrainingPhrasings(
        List.of(
            "which tree is the national tree of {s}?",
            "what tree is the symbol of {s}?",
            "which tree does {s} have as its national tree?",
            "what national tree does {s} have?",
            "what kind of tree is the tree of {s}?",
            "which tree did {s} choose?",
            "{s} has which national tree?",
            "what tree stands on the flag of {s}?",
            "in {s}, what is the national tree?",
            "which tree do people in {s} love most?",
            "what tree is {s} known for?",
            "the national tree of {s} is which one?",
            "what is the tree of the country {s} called?",
            "which tree is on the coins of {s}?"),
        List.of(
            "the national tree of {s}",
            "{s}'s national tree",
            "the tree of {s}",
            "the name of the national tree of {s}",
            "the tree that stands for {s}",
            "the tree that {s} has chosen",
            "{s}'s tree"),
        List.of(
            "which tree is the national tree of {s}",
            "what the national tree of {s} is",
            "which tree {s} has",
            "what tree is the symbol of {s}",
            "which tree {s} is known for",
            "which tree represents the country {s}"));
  }

  private static TrainingPhrasings country() {
    return new TrainingPhrasings(
        List.of(
            "{s} is the capital of what?",
            "{s} is the capital of which country?",
            "which country has {s} as its capital?",
            "what country has the capital {s}?",
            "of which country is {s} the capital?",
            "which country is ruled from {s}?",
            "what country is {s} the capital of?",
            "{s} is the capital of what country?",
            "in which country is {s}?",
            "which country does {s} belong to?",
            "what country is {s} in?",
            "which country calls {s} its capital?",
            "to which country does the capital {s} belong?",
            "where in the world is {s}, which country?"),
        List.of(
            "the country of {s}",
            "the country whose capital is {s}",
            "the country that has {s} as its capital",
            "the name of the country with the capital {s}",
            "the country around {s}",
            "the country governed from {s}",
            "{s}'s country"),
        List.of(
            "which country has {s} as its capital",
            "what country {s} is the capital of",
            "of which country {s} is the capital",
            "which country {s} belongs to",
            "in which country {s} is",
            "what country is ruled from {s}"));
  }

  private static TrainingPhrasings river() {
    return new TrainingPhrasings(
        List.of(
            "which river flows through {s}?",
            "what river flows through {s}?",
            "what is the river in {s} called?",
            "which river runs through {s}?",
            "on which river is {s}?",
            "what river is {s} on?",
            "which river passes {s}?",
            "by which river does {s} lie?",
            "{s} lies on which river?",
            "what water flows through the town of {s}?",
            "which river can i see in {s}?",
            "how is the river at {s} called?",
            "what river do the boats of {s} use?",
            "under the bridges of {s} flows which river?",
            "what do people in {s} call their river?",
            "in {s}, which river is there?"),
        List.of(
            "the river of {s}",
            "the river in {s}",
            "the river at {s}",
            "{s}'s river",
            "the name of the river that flows through {s}",
            "the river that runs through {s}",
            "the water near {s}"),
        List.of(
            "which river flows through {s}",
            "what river runs through {s}",
            "which river {s} lies on",
            "what the river in {s} is called",
            "on which river {s} was built",
            "by what river {s} stands"));
  }

  private static TrainingPhrasings builder() {
    return new TrainingPhrasings(
        List.of(
            "who built the {s}?",
            "who made the {s}?",
            "who was the builder of the {s}?",
            "by whom was the {s} built?",
            "who is the one that built the {s}?",
            "which person built the {s}?",
            "the {s} was built by whom?",
            "the {s} was made by which person?",
            "who has built the {s}?",
            "whose work is the {s}?",
            "who put up the {s}?",
            "who planned the {s}?",
            "who created the {s}?",
            "who did build the {s} long ago?",
            "who laid the stones of the {s}?"),
        List.of(
            "the builder of the {s}",
            "the person who built the {s}",
            "the maker of the {s}",
            "the name of the builder of the {s}",
            "the {s}'s builder",
            "the one who made the {s}",
            "the creator of the {s}"),
        List.of(
            "who built the {s}",
            "who made the {s}",
            "who the builder of the {s} was",
            "by whom the {s} was built",
            "which person built the {s}",
            "whose hands built the {s}"));
  }

  private static TrainingPhrasings place() {
    return new TrainingPhrasings(
        List.of(
            "where is the {s}?",
            "where does the {s} stand?",
            "in which town is the {s}?",
            "in what town does the {s} stand?",
            "which town has the {s}?",
            "where can i find the {s}?",
            "where can i see the {s}?",
            "the {s} is in which town?",
            "the {s} stands where?",
            "in which place is the {s}?",
            "where do i have to go for the {s}?",
            "what town is the {s} in?",
            "to which town does the {s} belong?",
            "where would i visit the {s}?",
            "which town do i travel to for the {s}?"),
        List.of(
            "the town of the {s}",
            "the place of the {s}",
            "the town where the {s} stands",
            "the town that has the {s}",
            "the location of the {s}",
            "the {s}'s town",
            "the place where the {s} is"),
        List.of(
            "where the {s} is",
            "where the {s} stands",
            "in which town the {s} is",
            "which town has the {s}",
            "where to find the {s}",
            "what town i must visit to see the {s}"));
  }
}
