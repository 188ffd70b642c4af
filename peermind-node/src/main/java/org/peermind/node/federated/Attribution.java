// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.peermind.federated.gate.Judgement;
import org.peermind.federated.gate.LeaveOneOut;
import org.peermind.federated.round.Round;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.governance.Digest;

/// Whose updates made an update fail, found on this machine by trying the aggregate without them
/// ([LeaveOneOut]). Every trial costs a whole evaluation: with `n` members at least `n` of them. It
/// names suspects, never culprits, and nothing follows from it by itself.
public final class Attribution {
  private static final double MICRO = 1e-6;

  private final Combining combining;
  private final Examiner examiner;

  public Attribution(Combining combining, Examiner examiner) {
    this.combining = combining;
    this.examiner = examiner;
  }

  /// What a round left.
  ///
  /// @param updates bytes of each member's update
  /// @param items of the gate
  /// @param parent the adapter that the round began with; empty for the bare model
  public record Left(
      Round round, Map<NodeId, ByteString> updates, ByteString items, Optional<ByteString> parent) {
    public Left {
      updates = Map.copyOf(updates);
    }

    /// What is still on the disk of an aggregator or a member.
    ///
    /// @param folder of the rounds
    /// @param round that has an aggregate
    /// @throws IOException in a sentence when something is gone
    public static Left in(Path folder, Round round) throws IOException {
      BlobShelf shelf = new BlobShelf(folder.resolve("blobs"));
      Map<NodeId, ByteString> updates = new HashMap<>();
      for (Map.Entry<NodeId, Update> one : round.updates().entrySet()) {
        updates.put(one.getKey(), found(shelf, one.getValue().vector(), "An update"));
      }
      Optional<ByteString> parent = Optional.empty();
      Optional<AdapterCheckpoint> before = round.descriptor().parent();
      if (before.isPresent()) {
        parent = Optional.of(found(shelf, before.get().adapter(), "The adapter before it"));
      }
      Digest items = round.aggregate().orElseThrow().items();
      return new Left(round, updates, found(shelf, items, "The file of the gate's items"), parent);
    }

    private static ByteString found(BlobShelf shelf, Digest name, String what) throws IOException {
      return ByteString.copyFrom(
          shelf
              .find(name)
              .orElseThrow(
                  () -> new IOException(what + " of this round is not on this node any more.")));
    }
  }

  /// What the gate says here of the aggregate of all. Whom to leave out is worth asking only when
  /// it fails here too.
  ///
  /// @param left of a round that has an aggregate
  /// @throws IOException in a sentence when it cannot be tried here
  public Judgement whole(Left left) throws IOException, InterruptedException {
    return judged(left, List.of());
  }

  /// The course of trials before the first: a third of all members are left out together at most.
  /// Empty when fewer than two updates count.
  public static Optional<LeaveOneOut> course(Left left) {
    List<NodeId> members = List.copyOf(counted(left).keySet());
    return members.size() < 2
        ? Optional.empty()
        : Optional.of(LeaveOneOut.of(members, Math.max(1, members.size() / 3)));
  }

  /// The course with what its next trial found; one that has none is given back as it is.
  ///
  /// @throws IOException in a sentence when it cannot be tried here
  public LeaveOneOut tried(Left left, LeaveOneOut course) throws IOException, InterruptedException {
    Optional<List<NodeId>> out = course.next();
    return out.isPresent() ? course.tried(judged(left, out.get())) : course;
  }

  /// The updates that are in the aggregate. A copy would count once the update that it copies is
  /// left out, and so would what was refused for another update's sake.
  private static SortedMap<NodeId, byte[]> counted(Left left) {
    Set<NodeId> excluded =
        left.round().aggregate().orElseThrow().exclusions().stream()
            .map(RoundAggregate.Exclusion::member)
            .collect(Collectors.toSet());
    SortedMap<NodeId, byte[]> counted = new TreeMap<>();
    left.updates()
        .forEach(
            (member, update) -> {
              if (!excluded.contains(member)) {
                counted.put(member, update.toByteArray());
              }
            });
    return counted;
  }

  private Judgement judged(Left left, List<NodeId> out) throws IOException, InterruptedException {
    Map<NodeId, byte[]> others = counted(left);
    out.forEach(others::remove);
    ByteString adapter;
    try {
      adapter = combining.combine(left.round(), others).adapter();
    } catch (IllegalArgumentException nothing) {
      return new Judgement(
          Double.NaN, Double.NaN, List.of("Nothing comes of the others: " + nothing.getMessage()));
    }
    Examiner.Finding found = examiner.examine(left.round(), left.items(), left.parent(), adapter);
    return new Judgement(loss(found.parentLossMicro()), loss(found.lossMicro()), found.reasons());
  }

  private static double loss(long micro) {
    return micro == RoundEvaluation.NO_LOSS ? Double.NaN : micro * MICRO;
  }
}
