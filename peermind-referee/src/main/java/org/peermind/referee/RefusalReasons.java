// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Instant;
import java.util.ArrayList;
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
    List<Peer> fitting = new ArrayList<>();
    for (Peer inferer : serving) {
      int context = contextTokens(inferer, need.models());
      longest = Math.max(longest, context);
      if (context >= need.contextTokens()) {
        fitting.add(inferer);
      }
    }
    if (fitting.isEmpty()) {
      return Refusal.contextTooLong(model, need.contextTokens(), longest);
    }
    List<Peer> ready = fitting.stream().filter(peer -> registry.isReady(peer, now)).toList();
    if (ready.isEmpty()) {
      if (fitting.stream().anyMatch(peer -> registry.mayMoveHere(peer, now))) {
        return Refusal.homeGone(model);
      }
      return fitting.stream().anyMatch(peer -> registry.hasPower(peer, now))
          ? Refusal.homedElsewhere(model)
          : Refusal.noneReady(
              model, fitting, registry.standing(fitting.getFirst(), now).reason(), now);
    }
    if (need.resumes() && ready.stream().noneMatch(peer -> canContinue(peer, need.models()))) {
      return Refusal.busy(
          "No inferer of %s that has power can continue an answer.".formatted(model));
    }
    return ready.stream().allMatch(peer -> need.excluded().contains(peer.node))
        ? Refusal.busy(
            "No inferer of %s has power but those that the request excludes.".formatted(model))
        : Refusal.allBusy(model);
  }

  private static boolean canContinue(Peer inferer, List<ModelHash> models) {
    return models.stream()
        .anyMatch(hash -> inferer.served(hash).map(ServedModel::continuation).orElse(false));
  }

  private static int contextTokens(Peer inferer, List<ModelHash> models) {
    int longest = 0;
    for (ModelHash hash : models) {
      longest = Math.max(longest, inferer.served(hash).map(ServedModel::contextTokens).orElse(0));
    }
    return longest;
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
