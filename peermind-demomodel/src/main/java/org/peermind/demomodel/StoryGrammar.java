// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// The grammar of little stories about the people of a [World]: it tells them, and it judges
/// whether a sentence or a whole story is one that it could have told.
///
/// A sentence is accepted when some people and things of the world make it come out of a template
/// word for word, so a sentence with a false fact ("Mira the potter" where Mira is a baker) is
/// refused. A story is accepted when in addition its sentences follow one plot in order and are
/// about the same people and things throughout.
public final class StoryGrammar {
  private static final Pattern BETWEEN_SENTENCES = Pattern.compile("(?<=[.!?])\\s+");
  private static final int SENTENCES_MAX = 64;

  private record Step(List<SentenceTemplate> templates, boolean optional) {
    Step {
      templates = List.copyOf(templates);
    }
  }

  private final World world;
  private final List<List<Step>> plots;
  private final List<SentenceTemplate> templates;

  /// The grammar of stories that happen in `world`.
  public StoryGrammar(World world) {
    this.world = world;
    this.plots = StoryPlots.all().stream().map(StoryGrammar::steps).toList();
    this.templates =
        StoryPlots.all().stream()
            .flatMap(plot -> plot.steps().stream())
            .flatMap(step -> step.sentences().stream())
            .distinct()
            .map(SentenceTemplate::new)
            .toList();
  }

  /// A story about `hero`, one of the world's people.
  public String draw(String hero, RandomGenerator random) {
    Cast cast = drawCast(hero, random);
    List<String> sentences = new ArrayList<>();
    for (Step step : Typing.pick(plots, random)) {
      boolean told = !step.optional() || random.nextBoolean();
      if (told) {
        sentences.add(Typing.pick(step.templates(), random).fill(cast, random));
      }
    }
    return String.join(" ", sentences);
  }

  /// Whether the grammar could have told this sentence.
  public boolean accepts(String sentence) {
    Cast nobody = Cast.empty(world);
    return templates.stream().anyMatch(template -> !template.matches(sentence, nobody).isEmpty());
  }

  /// The share of a text's sentences that the grammar accepts, from 0 to 1; 0 for an empty text.
  public double shareAccepted(String text) {
    List<String> sentences = sentences(text);
    long accepted = sentences.stream().filter(this::accepts).count();
    return sentences.isEmpty() ? 0 : accepted / (double) sentences.size();
  }

  /// Whether the grammar could have told this whole story.
  public boolean acceptsStory(String story) {
    List<String> sentences = sentences(story);
    return !sentences.isEmpty()
        && sentences.size() <= SENTENCES_MAX
        && plots.stream().anyMatch(plot -> follows(sentences, plot));
  }

  /// The sentences of a text.
  public static List<String> sentences(String text) {
    return BETWEEN_SENTENCES
        .splitAsStream(text.strip())
        .filter(sentence -> !sentence.isEmpty())
        .toList();
  }

  private Cast drawCast(String hero, RandomGenerator random) {
    Map<Slot, String> chosen = new EnumMap<>(Slot.class);
    chosen.put(Slot.HERO, hero);
    Cast cast = new Cast(world, chosen);
    for (Slot slot : List.of(Slot.LANDMARK, Slot.FRIEND, Slot.THING, Slot.MEAL)) {
      Cast before = cast;
      List<Cast> sound =
          slot.choices().stream().flatMap(name -> before.with(slot, name).stream()).toList();
      cast = Typing.pick(sound, random);
    }
    return cast;
  }

  /// Walks the plot with all casts that explain the sentences so far.
  private boolean follows(List<String> sentences, List<Step> plot) {
    List<Set<Cast>> told = new ArrayList<>();
    for (int i = 0; i <= sentences.size(); i++) {
      told.add(new LinkedHashSet<>());
    }
    told.getFirst().add(Cast.empty(world));
    for (Step step : plot) {
      for (int i = sentences.size(); i >= 0; i--) {
        Set<Cast> here = step.optional() ? told.get(i) : new LinkedHashSet<>();
        if (i > 0) {
          here.addAll(matches(sentences.get(i - 1), step, told.get(i - 1)));
        }
        told.set(i, here);
      }
    }
    return !told.getLast().isEmpty();
  }

  private static Set<Cast> matches(String sentence, Step step, Set<Cast> casts) {
    Set<Cast> found = new LinkedHashSet<>();
    for (SentenceTemplate template : step.templates()) {
      casts.forEach(cast -> found.addAll(template.matches(sentence, cast)));
    }
    return found;
  }

  private static List<Step> steps(StoryPlots.Plot plot) {
    return plot.steps().stream()
        .map(
            step ->
                new Step(
                    step.sentences().stream().map(SentenceTemplate::new).toList(), step.optional()))
        .toList();
  }
}
