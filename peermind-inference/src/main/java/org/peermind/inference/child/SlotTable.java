// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.peermind.inference.GenerationRequest.Priority;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.protocol.Id16;

/// Who has which slot and how many cells of the engine's memory.
///
/// A tenant gets a slot only when all cells that it may come to need are free, so that no answer
/// ends for want of memory. For the owner of the machine, the youngest answers of others end then.
///
/// Only those that are computed lie in the context, for llama.cpp looks at every cell up to the
/// highest used one. What an idle conversation keeps goes out of it ([IdleConversations]) as soon
/// as anybody else is computed, and comes back with its next question. The last answer's stays
/// where it is until then: whoever talks with an engine alone pays for no copy.
final class SlotTable {
  private final LlamaModel model;
  private final int tenantsMax;
  private final List<Tenant> tenants = new ArrayList<>();
  private final BitSet used = new BitSet();
  private final IdleConversations idle;

  /// The conversation that was answered last, present only while there is no tenant.
  private Optional<Resident> resident = Optional.empty();

  /// An idle conversation that still lies in the context.
  private record Resident(Id16 conversation, int slot, List<Integer> tokens, long sinceNanos) {
    Resident {
      tokens = List.copyOf(tokens);
    }
  }

  /// @param tenantsMax how many may be computed at once, as many as the model has sequences
  /// @param idleBytesMax how much may be kept of idle conversations outside the context
  SlotTable(LlamaModel model, int tenantsMax, long idleBytesMax) {
    this.model = model;
    this.tenantsMax = tenantsMax;
    idle = new IdleConversations(idleBytesMax);
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

  /// Gives `tenant` a slot if there is one, with what its conversation kept.
  Outcome admit(Tenant tenant) {
    if (!fits(tenant, tenants)) {
      Optional<Tenant> victim = victim(tenant);
      if (victim.isEmpty()) {
        return new Outcome.Full();
      }
      return new Outcome.Preempt(victim.get());
    }
    Optional<Resident> last = resident;
    resident = Optional.empty();
    boolean own =
        last.isPresent() && tenant.conversation().equals(Optional.of(last.get().conversation()));
    tenants.add(tenant);
    if (own) {
      int slot = last.get().slot();
      tenant.admitted(slot, cut(slot, last.get().tokens(), tenant));
      return new Outcome.Admitted();
    }
    last.ifPresent(this::moveOut);
    int slot = used.nextClearBit(0);
    used.set(slot);
    Optional<IdleConversations.Idle> kept = tenant.conversation().flatMap(idle::take);
    tenant.admitted(slot, kept.map(what -> bringBack(what, slot, tenant)).orElse(0));
    return new Outcome.Admitted();
  }

  /// Puts into an empty slot what `tenant` begins with of an idle conversation, and returns how
  /// many tokens that is: none when the library has no room for it, for then all are computed
  /// again.
  private int bringBack(IdleConversations.Idle kept, int slot, Tenant tenant) {
    try (kept) {
      boolean useful = IdleConversations.common(kept.tokens(), tenant.tokens()) > 0;
      return useful && model.restore(slot, kept.state()) ? cut(slot, kept.tokens(), tenant) : 0;
    }
  }

  /// Leaves in a slot what `tenant` begins with, and returns how many tokens that is. The last one
  /// is computed in any case: its logits are wanted.
  private int cut(int slot, List<Integer> known, Tenant tenant) {
    int[] wanted = tenant.tokens();
    int common = Math.min(IdleConversations.common(known, wanted), wanted.length - 1);
    if (model.removeSequence(slot, common)) {
      return common;
    }
    model.removeSequence(slot);
    return 0;
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
    Resident last = new Resident(tenant.conversation().get(), slot, tokens, nowNanos);
    if (tenants.isEmpty()) {
      resident = Optional.of(last);
    } else {
      moveOut(last);
    }
  }

  /// Keeps a conversation outside the context, if there is room; if not, it is computed again when
  /// it goes on.
  private void moveOut(Resident last) {
    if (idle.makeRoom(model.stateBytes(last.slot()))) {
      model
          .save(last.slot())
          .map(
              state ->
                  new IdleConversations.Idle(
                      last.conversation(), last.tokens(), state, last.sinceNanos()))
          .ifPresent(idle::put);
    }
    free(last.slot());
  }

  /// Drops what nobody asked for in a long time.
  void dropExpired(long nowNanos) {
    idle.dropExpired(nowNanos);
    if (resident.isPresent()
        && nowNanos - resident.get().sinceNanos() > IdleConversations.IDLE_NANOS_MAX) {
      free(resident.get().slot());
      resident = Optional.empty();
    }
  }

  /// Empties the context, with what the last answer left there; for when what is no number got into
  /// it. Only while there is no tenant.
  void clear() {
    resident.ifPresent(last -> used.clear(last.slot()));
    resident = Optional.empty();
    model.clear();
  }

  /// Forgets all that was computed, in the context and outside of it; for when it would not be
  /// computed again as it was. Only while there is no tenant.
  void forget() {
    clear();
    idle.clear();
  }

  /// The slots that nobody has, for use within one computation.
  int[] spare() {
    return IntStream.range(0, tenantsMax).filter(slot -> !used.get(slot)).toArray();
  }

  private void free(int slot) {
    model.removeSequence(slot);
    used.clear(slot);
  }
}
