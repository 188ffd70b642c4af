// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.peermind.protocol.governance.Digest;
import org.peermind.voting.Governance;
import org.peermind.voting.UpdateRollout;

/// The adapters of the update in use and of the one before: read and hashed once in the life of the
/// process, and fetched when they are not here or the disk changed them. One thread looks; any may
/// ask.
final class AdaptersInUse {
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final int DOUBLINGS_MAX = 6;

  private final BlobShelf shelf;
  private final Fetching fetching;
  private final Map<Digest, Wait> waits = new HashMap<>();
  private volatile Set<Digest> verified = Set.of();

  /// From the disk, or else from whoever gives it, with the right hash.
  @FunctionalInterface
  interface Fetching {
    Optional<byte[]> blob(Digest name) throws IOException, InterruptedException;
  }

  private record Wait(Instant until, int failures) {}

  AdaptersInUse(BlobShelf shelf, Fetching fetching) {
    this.shelf = shelf;
    this.fetching = fetching;
  }

  /// Fetches what is missing; called about once a second. What nobody gave is asked for again after
  /// a second, two, and so on up to a minute.
  void look(Governance governance, Instant now) throws IOException, InterruptedException {
    Set<Digest> wanted = new HashSet<>();
    Optional<UpdateRollout> rollout = governance.updateRollout();
    rollout.flatMap(one -> one.checkpoint().adapter()).ifPresent(wanted::add);
    rollout.flatMap(one -> one.checkpoint().former()).ifPresent(wanted::add);
    waits.keySet().retainAll(wanted);
    Set<Digest> here = new HashSet<>(verified);
    here.retainAll(wanted);
    for (Digest name : wanted) {
      Wait wait = waits.get(name);
      boolean isDue = wait == null || !now.isBefore(wait.until());
      if (!here.contains(name) && isDue) {
        if (fetching.blob(name).isPresent()) {
          here.add(name);
          waits.remove(name);
        } else {
          int failures = wait == null ? 0 : wait.failures();
          Duration next = FIRST_WAIT.multipliedBy(1L << Math.min(failures, DOUBLINGS_MAX));
          waits.put(name, new Wait(now.plus(next), failures + 1));
        }
      }
    }
    verified = Set.copyOf(here);
  }

  /// The file of an adapter that was verified; empty while it is not here. Answers at once.
  Optional<Path> find(Digest name) {
    return verified.contains(name) ? Optional.of(shelf.file(name)) : Optional.empty();
  }
}
