// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundDescriptor;

final class UpdateCheckTest {
  private final RoundDescriptor descriptor = Circle.descriptor(2, 8);

  @Test
  void namesTheFaultThatAnyoneSees() {
    assertThat(fault(1, 2, 3, 4, 5, 6)).isEmpty();
    assertThat(fault(1, 2, 3)).hasValue(RoundAggregate.Fault.LENGTH);
    assertThat(fault(0, 0, 0, 0, 0, 0)).hasValue(RoundAggregate.Fault.EMPTY);
    assertThat(fault(1, 1 << 23, 0, 0, 0, 0)).hasValue(RoundAggregate.Fault.RANGE);
    assertThat(fault(900_000, 900_000, 0, 0, 0, 0)).hasValue(RoundAggregate.Fault.NORM);
    assertThat(UpdateCheck.fault(descriptor, new byte[23])).hasValue(RoundAggregate.Fault.LENGTH);
  }

  @Test
  void excludesTheSecondOfTwoEqualUpdates() {
    Circle circle = new Circle(3);
    NodeId first = circle.members.getFirst().id();
    NodeId second = circle.members.get(1).id();
    NodeId later = first.compareTo(second) < 0 ? second : first;
    byte[] same = circle.vectors.get(first);
    assertThat(UpdateCheck.exclusions(descriptor, Map.of(first, same, second, same)))
        .containsExactly(new RoundAggregate.Exclusion(later, RoundAggregate.Fault.COPY));
  }

  private Optional<RoundAggregate.Fault> fault(int... numbers) {
    return UpdateCheck.fault(descriptor, FixedPoint.toBytes(numbers));
  }
}
