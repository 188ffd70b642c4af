// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Instant;
import java.util.List;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;

/// Finds out why no inferer can be asked: an honest refusal says what is missing.
final class RefusalReasons {
  private final InfererRegistry registry;
  private final Assigner assigner;

  RefusalReasons(InfererRegistry registry, Assigner assigner) {
    this.registry = registry;
    this.assigner = assigner;
  }

  /// @param model as the user named it
  Refusal whyNobody(String model, Assigner.Need need, Instant now) {
    List<Peer> serving = assigner.serving(need.models());
    if (serving.isEmpty()) {
      return whyUnserved(model, now);
    }
    int longest = 0;
    for (Peer inferer : serving) {
      for (ModelHash hash : need.models()) {
        longest = Math.max(longest, inferer.served(hash).map(ServedModel::contextTokens).orElse(0));
      }
    }
    if (longest < need.contextTokens()) {
      return Refusal.contextTooLong(model, need.contextTokens(), longest);
    }
    List<Peer> ready = serving.stream().filter(peer -> registry.isReady(peer, now)).toList();
    if (ready.isEmpty()) {
      String reason = registry.standing(serving.getFirst(), now).reason();
      return Refusal.noneReady(model, serving, reason, now);
    }
    boolean allExcluded = ready.stream().allMatch(peer -> need.excluded().contains(peer.node));
    return Refusal.busy(
        allExcluded
            ? "No inferer of %s has power but those that the request excludes.".formatted(model)
            : "All inferers of %s that have power are busy.".formatted(model));
  }

  private Refusal whyUnserved(String model, Instant now) {
    if (registry.firstReportsAwaited(now)) {
      return Refusal.busy(
          "Inferers are still attaching, and none has reported %s yet.".formatted(model));
    }
    boolean left = registry.departedModels().anyMatch(served -> goesBy(served, model));
    return left
        ? Refusal.busy("The inferers that served %s have left the network.".formatted(model))
        : Refusal.unknownModel(model, assigner.modelNames());
  }

  private static boolean goesBy(ServedModel served, String model) {
    return served.name().equals(model) || served.hash().hex().equalsIgnoreCase(model);
  }
}
