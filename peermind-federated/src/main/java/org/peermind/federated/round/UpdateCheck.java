// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.governance.Digest;

/// Which updates do not count: those with a fault that anyone sees in their bytes. Nobody is
/// excluded for being unlike the others; for that there is the rule of aggregation.
public final class UpdateCheck {
  private UpdateCheck() {}

  /// The exclusions among updates, given as their bytes; in the order of the members.
  public static List<RoundAggregate.Exclusion> exclusions(
      RoundDescriptor descriptor, Map<NodeId, byte[]> vectors) {
    Set<Digest> seen = new HashSet<>();
    List<RoundAggregate.Exclusion> exclusions = new ArrayList<>();
    new TreeMap<>(vectors)
        .forEach(
            (member, vector) -> {
              Optional<RoundAggregate.Fault> fault =
                  seen.add(Digest.over(vector))
                      ? fault(descriptor, vector)
                      : Optional.of(RoundAggregate.Fault.COPY);
              fault.ifPresent(one -> exclusions.add(new RoundAggregate.Exclusion(member, one)));
            });
    return exclusions;
  }

  /// What is wrong with one update.
  public static Optional<RoundAggregate.Fault> fault(RoundDescriptor descriptor, byte[] vector) {
    if (vector.length != descriptor.subspace().length() * FixedPoint.COORDINATE_BYTES) {
      return Optional.of(RoundAggregate.Fault.LENGTH);
    }
    int[] numbers = FixedPoint.ofBytes(vector);
    if (FixedPoint.outOfRange(numbers).isPresent()) {
      return Optional.of(RoundAggregate.Fault.RANGE);
    }
    if (FixedPoint.isLonger(numbers, descriptor.clipUnits())) {
      return Optional.of(RoundAggregate.Fault.NORM);
    }
    for (int number : numbers) {
      if (number != 0) {
        return Optional.empty();
      }
    }
    return Optional.of(RoundAggregate.Fault.EMPTY);
  }
}
