// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// How a node votes for its owner: models that fit and whose licence the owner likes, the fewest
/// watt-hours first, `KEEP` next, and no rank for the others. It says what it would do and why
/// before it does.
///
/// @param memoryMib that the owner's machine has for a model
/// @param licences SPDX names that the owner takes; empty for any
/// @param isThrifty whether fewer watt-hours are better; models alike otherwise
public record Preference(long memoryMib, Set<String> licences, boolean isThrifty) {
  /// What a node would rank.
  ///
  /// @param vramMib peak that was measured
  /// @param energyPermille energy per token in thousandths of the incumbent's; 0 when unknown
  public record Option(String name, String licence, long vramMib, int energyPermille) {}

  /// @param ranks one for each option and then for `KEEP`; 0 is unranked
  /// @param reasons a sentence for each option
  public record Choice(List<Integer> ranks, List<String> reasons) {
    public Choice {
      ranks = List.copyOf(ranks);
      reasons = List.copyOf(reasons);
    }
  }

  public Preference {
    licences = Set.copyOf(licences);
  }

  /// The ballot for `options`, in their order.
  public Choice choice(List<Option> options) {
    List<Integer> liked =
        options.stream()
            .filter(this::isBetterThanKeep)
            .map(Preference::energy)
            .distinct()
            .sorted(Comparator.naturalOrder())
            .toList();
    List<Integer> ranks = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    for (Option option : options) {
      boolean isLiked = isBetterThanKeep(option);
      ranks.add(!isLiked ? 0 : isThrifty ? liked.indexOf(energy(option)) + 1 : 1);
      reasons.add(option.name() + " " + reason(option));
    }
    int last = ranks.stream().mapToInt(Integer::intValue).max().orElse(0);
    ranks.add(last + 1);
    return new Choice(ranks, reasons);
  }

  private boolean isBetterThanKeep(Option option) {
    return fits(option)
        && isLicensed(option)
        && (!isThrifty || (option.energyPermille() > 0 && option.energyPermille() < 1_000));
  }

  private boolean fits(Option option) {
    return option.vramMib() <= memoryMib;
  }

  private boolean isLicensed(Option option) {
    return licences.isEmpty() || licences.contains(option.licence());
  }

  private static int energy(Option option) {
    return option.energyPermille();
  }

  private String reason(Option option) {
    if (!fits(option)) {
      return "is left out: it takes %d MiB, and this machine has %d MiB."
          .formatted(option.vramMib(), memoryMib);
    }
    if (!isLicensed(option)) {
      return "is left out: the owner does not take the licence " + option.licence() + ".";
    }
    if (isThrifty && option.energyPermille() == 0) {
      return "is left out: nobody knows whether it takes less energy.";
    }
    if (isThrifty && option.energyPermille() >= 1_000) {
      return "is left out: it takes no less energy than the model in use.";
    }
    return isThrifty
        ? String.format(
            Locale.ROOT,
            "is ranked above KEEP: it fits and takes %.1f %% of the energy of the model in use.",
            option.energyPermille() / 10.0)
        : "is ranked above KEEP: it fits.";
  }
}
