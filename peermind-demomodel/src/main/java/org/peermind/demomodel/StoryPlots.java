// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.List;

/// The plots of the little stories. Slots in braces are explained in [Slot].
final class StoryPlots {
  /// One sentence of a plot, in one of several forms; an optional one may be left out.
  record Step(boolean optional, List<String> sentences) {
    Step {
      sentences = List.copyOf(sentences);
    }
  }

  /// Steps in the order in which they are told.
  record Plot(List<Step> steps) {
    Plot {
      steps = List.copyOf(steps);
    }
  }

  private StoryPlots() {}

  static List<Plot> all() {
    return List.of(
        plot(lostPet()), plot(foundThing()), plot(gift()), plot(journey()), plot(storm()));
  }

  private static Plot plot(List<Step> middle) {
    List<Step> steps = new ArrayList<>(opening());
    steps.addAll(middle);
    steps.addAll(ending());
    return new Plot(steps);
  }

  private static Step always(String... sentences) {
    return new Step(false, List.of(sentences));
  }

  private static Step sometimes(String... sentences) {
    return new Step(true, List.of(sentences));
  }

  private static List<Step> opening() {
    return List.of(
        always(
            "Once upon a time, {p} the {craft} lived in {town}.",
            "Long ago, a {craft} called {p} lived in {town}.",
            "In {town} there lived a {craft} whose name was {p}.",
            "This is a story about {p}, a {craft} from {town}."),
        always(
            "{p} kept a {pet}, and the {pet} was {colour}.",
            "{He} had a {colour} {pet} that loved to eat {food}.",
            "{His} best friend was a {colour} {pet}.",
            "{His} {pet} was {colour} and followed {him} everywhere."),
        sometimes(
            "{p} loved the river {river}, which flows through {town}.",
            "Every {time}, {he} walked along the {river} with the {pet}.",
            "People in {town} liked {p}, because {his} work was good.",
            "There was no better {craft} in all of {town}."));
  }

  private static List<Step> ending() {
    return List.of(
        always(
            "That evening, {p} and {q} ate {meal} together.",
            "In the evening they all ate {meal} by the fire.",
            "Back in {town}, {p} cooked {meal} for everybody.",
            "Then {q} brought some {meal}, and they ate until they were full."),
        sometimes(
            "The {pet} got a bowl of {food} and fell asleep.",
            "The {pet} slept by the fire and dreamed of {food}.",
            "Even the {pet} was {feeling}, and it danced around the table."),
        always(
            "From that day on, {p} and {q} were good friends.",
            "{p} never forgot that {time}.",
            "And people in {town} still tell this story.",
            "And {p} was {feeling} for many years."),
        sometimes("The end."));
  }

  private static List<Step> lostPet() {
    return List.of(
        always(
            "One {weather} morning, {p} could not find the {pet}.",
            "One {weather} morning, the {pet} was gone.",
            "On a {weather} {time}, {p} came home and the {pet} was not there."),
        always(
            "{He} looked under the bed and behind the door.",
            "{He} looked in the kitchen, but there was only a bowl of {food}.",
            "{He} called and called, but no {pet} came."),
        always(
            "So {he} asked {q} the {qcraft} for help.",
            "Then {he} ran to {q}, who was a {qcraft}.",
            "On the road {he} met {q} the {qcraft}."),
        always(
            "{q} had seen a {colour} tail near the {landmark}.",
            "{q} said that something {colour} had run to the {landmark}.",
            "{q} pointed to the {landmark}, which was built by {builder}."),
        always(
            "Together they walked to the {landmark}.",
            "{p} and {q} hurried to the {landmark} in {ltown}.",
            "The two of them went to the {landmark} with a {thing}."),
        always(
            "There sat the {pet}, eating {food}.",
            "Behind the {landmark} the {pet} was eating {food}.",
            "The {pet} was sleeping there, full of {food}."),
        always(
            "{p} was so {feeling} that {he} laughed.",
            "{p} took the {pet} home and gave it more {food}.",
            "{He} thanked {q} and carried the {pet} home."));
  }

  private static List<Step> foundThing() {
    return List.of(
        always(
            "One {weather} {time}, {p} found a {thing} by the river {river}.",
            "One {weather} {time}, {p} saw a {thing} in the grass near the {river}.",
            "On a {weather} {time}, the {pet} came home with a {thing}."),
        always(
            "The {thing} was old and very beautiful.",
            "It was a small {thing} with a silver mark.",
            "Nobody in {town} had ever seen such a {thing}."),
        sometimes(
            "{p} wondered who had lost it.",
            "{He} wanted to know whose {thing} it was.",
            "The {pet} looked at the {thing} and made a strange noise."),
        always(
            "First {he} showed it to {q} the {qcraft}.",
            "{He} took it to {q}, who worked as a {qcraft}.",
            "{p} asked {q}, because a {qcraft} knows many things."),
        always(
            "{q} said that the {thing} came from the {landmark}.",
            "{q} knew that {builder} had lost it at the {landmark}.",
            "{q} told {him} to ask {builder}, who built the {landmark}."),
        always(
            "So {p} took the {thing} to the {landmark} in {ltown}.",
            "So {p} and the {pet} carried it all the way to {ltown}."),
        always(
            "{builder} was {feeling} to have the {thing} again.",
            "At the {landmark} stood {builder}, who was looking for the {thing}."),
        always(
            "As a reward, {p} got some {meal} and a bag of {food}.",
            "{builder} thanked {him} and gave the {pet} some {food}."));
  }

  private static List<Step> gift() {
    return List.of(
        always(
            "One {weather} {time}, {p} wanted to make a {thing} for {q}.",
            "The birthday of {q} was near, and {p} wished to give a {thing}."),
        sometimes(
            "A {craft} can make many things, but {he} had never made a {thing}.",
            "{He} asked the {pet} how to make a {thing}, but it only ate {food}."),
        always(
            "{He} tried once, and the {thing} broke.",
            "The first {thing} was too small.",
            "The {pet} sat on the first {thing} and broke it."),
        always(
            "Then {he} walked to the {landmark} in {ltown} to think.",
            "At the {landmark} {he} met {builder}, who had built it.",
            "{builder} came by and told {him} how to do it better."),
        always(
            "{He} worked until the stars came out over {town}.",
            "All night {p} worked, and the {pet} watched.",
            "{He} worked so long that the {pet} ate all the {food}."),
        always(
            "When the next {time} came, the {thing} was ready.",
            "At last there was a fine {thing} on the table.",
            "Now the {thing} was the best in {town}."),
        always(
            "{q} the {qcraft} was {feeling} and thanked {him}.",
            "{q} said that no {qcraft} had ever got a better {thing}."));
  }

  private static List<Step> journey() {
    return List.of(
        always(
            "One {weather} {time}, {p} left {town} to see the {landmark}.",
            "On a {weather} {time}, {p} wanted to see the {landmark} in {ltown}."),
        always(
            "{He} took a {thing}, some {food} and the {pet}.",
            "{He} put a {thing} into a bag and called the {pet}."),
        sometimes(
            "The road went along the river {river}.", "They walked over hills and past old trees."),
        always(
            "Half way {he} met {q}, who was a {qcraft}.",
            "Under a tree sat {q} the {qcraft} with some {meal}."),
        always(
            "{q} told {him} that {builder} had built the {landmark}.",
            "{q} knew the way, because {q} had worked there as a {qcraft}."),
        always(
            "They shared the {food} and walked on together.",
            "{q} played with the {pet} and gave it some {food}."),
        always(
            "At last they saw the {landmark}, and it was higher than any house.",
            "When they came to {ltown}, the {landmark} shone in the sun."),
        always(
            "The {pet} ran around it three times.",
            "{p} left the {thing} there as a gift for {builder}.",
            "{p} was {feeling} and sang a song about {town}."));
  }

  private static List<Step> storm() {
    return List.of(
        always(
            "One {weather} {time}, a storm came to {town}.",
            "On a {weather} {time}, the sky over {town} turned black."),
        always(
            "The wind took the roof from the house of {q} the {qcraft}.",
            "The river {river} rose higher and higher."),
        always(
            "{p} took a {thing} and ran outside.",
            "The {pet} was afraid and hid behind the door.",
            "{p} held the {pet}, and it stopped eating its {food}."),
        always(
            "There {he} heard {q}, who called for help.", "{q} the {qcraft} ran along the road."),
        always(
            "{p} brought {q} to the {landmark}, where it was dry.",
            "Together they ran to the {landmark}, which {builder} had built of strong stone."),
        always(
            "There they lit a fire and told old tales of {ltown}.",
            "They hung up the {thing} and waited for the {time}.",
            "{q} was {feeling} to be safe."),
        always(
            "In the morning the sun was back.",
            "Then the storm was over, and the {pet} ran out to look for {food}."));
  }
}
