// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.GenerationRequest.Priority;
import org.peermind.inference.internal.natives.LlamaModel;

/// Who has which slot and how many cells of the engine's memory.
///
/// A tenant gets a slot only when all cells that it may come to need are free, so that no answer
/// ends for want of memory. What idle conversations keep is dropped for it first; for the owner of
/// the machine, the youngest answers of others end then.
final class SlotTable {
  private final LlamaModel model;
  private final int tenantsMax;
  private final int slots;
  private final List<Tenant> tenants = new ArrayList<>();
  private final BitSet used = new BitSet();
  private final PrefixCache cache = new PrefixCache();

  /// @param tenantsMax how many may be computed at once
  /// @param slots of the model's memory; those above `tenantsMax` are for idle conversations
  SlotTable(LlamaModel model, int tenantsMax, int slots) {
    this.model = model;
    this.tenantsMax = tenantsMax;
    this.slots = slots;
  }

  /// All that have a slot, the oldest first.
  List<Tenant> tenants() {
    return List.copyOf(tenants);
  }

  boolean isEmpty() {
    return tenants.isEmpty();
  }

  /// What became of a wish for a slot.
  sealed interface Outcome {
    /// The tenant has its slot.
    record Admitted() implements Outcome {}

    /// It has to wait.
    record Full() implements Outcome {}

    /// This one has to be ended for the owner's sake; then the wish should be repeated.
    record Preempt(Tenant victim) implements Outcome {}
  }

  /// Gives `tenant` a slot if there is one, dropping what idle conversations keep.
  Outcome admit(Tenant tenant) {
    if (!fits(tenant, tenants)) {
      Optional<Tenant> victim = victim(tenant);
      if (victim.isEmpty()) {
        return new Outcome.Full();
      }
      return new Outcome.Preempt(victim.get());
    }
    Optional<PrefixCache.Idle> own = tenant.conversation().flatMap(cache::take);
    int free = model.cells() - cells(tenants) - tenant.cells();
    while (cache.cells() > free || (own.isEmpty() && used.cardinality() >= slots)) {
      dropOldest();
    }
    tenants.add(tenant);
    if (own.isPresent()) {
      int slot = own.get().slot();
      // The last token is computed in any case: its logits are wanted.
      int common = Math.min(own.get().common(tenant.tokens()), tenant.tokens().length - 1);
      if (!model.removeSequence(slot, common)) {
        model.removeSequence(slot);
        common = 0;
      }
      tenant.admitted(slot, common);
    } else {
      int slot = used.nextClearBit(0);
      used.set(slot);
      tenant.admitted(slot, 0);
    }
    return new Outcome.Admitted();
  }

  private boolean fits(Tenant tenant, List<Tenant> others) {
    return others.size() < tenantsMax && tenant.cells() <= model.cells() - cells(others);
  }

  /// Whose end would help the owner: the youngest of the others, if the owner's request fits
  /// without all of them.
  private Optional<Tenant> victim(Tenant tenant) {
    List<Tenant> owners =
        tenants.stream().filter(other -> other.priority() == Priority.OWNER).toList();
    if (tenant.priority() != Priority.OWNER || !fits(tenant, owners)) {
      return Optional.empty();
    }
    return tenants.reversed().stream()
        .filter(other -> other.priority() == Priority.BORROWED)
        .findFirst();
  }

  private static int cells(List<Tenant> tenants) {
    return tenants.stream().mapToInt(Tenant::cells).sum();
  }

  /// Takes the slot back; with `keep`, what was computed stays for the next question of the same
  /// conversation.
  void release(Tenant tenant, boolean keep, long nowNanos) {
    if (!tenants.remove(tenant)) {
      return;
    }
    int slot = tenant.slot();
    int computed = model.nextPosition(slot);
    if (!keep || tenant.conversation().isEmpty() || computed == 0) {
      free(slot);
      return;
    }
    List<Integer> tokens = Arrays.stream(tenant.tokens(), 0, computed).boxed().toList();
    cache
        .put(new PrefixCache.Idle(tenant.conversation().get(), slot, tokens, nowNanos))
        .ifPresent(before -> free(before.slot()));
  }

  /// Drops what the least recent conversation keeps; false when none keeps anything.
  boolean dropOldest() {
    Optional<PrefixCache.Idle> oldest = cache.takeOldest();
    oldest.ifPresent(idle -> free(idle.slot()));
    return oldest.isPresent();
  }

  /// Drops what nobody asked for in a long time.
  void dropExpired(long nowNanos) {
    cache.takeExpired(nowNanos).ifPresent(idle -> free(idle.slot()));
  }

  private void free(int slot) {
    model.removeSequence(slot);
    used.clear(slot);
  }
}
