// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

final class SequenceOrderTest {
  @Test
  void showsEverySequenceOnceBeforeOneTwice() {
    Property.forAll(
        1,
        50,
        random -> {
          int count = random.nextInt(1, 50);
          SequenceOrder order = new SequenceOrder(random.nextLong(), count);
          for (long pass = 0; pass < 3; pass++) {
            assertThat(LongStream.range(pass * count, (pass + 1) * count).mapToInt(order::at))
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, count).boxed().toList());
          }
        });
  }

  @Test
  void isTheSame_whereverItIsBegun() {
    SequenceOrder whole = new SequenceOrder(3, 17);
    int[] seen = LongStream.range(0, 60).mapToInt(whole::at).toArray();

    for (int at : new int[] {59, 3, 40, 17, 16}) {
      assertThat(new SequenceOrder(3, 17).at(at)).isEqualTo(seen[at]);
      assertThat(whole.at(at)).isEqualTo(seen[at]);
    }
  }

  @Test
  void isAnotherOneInEachPassAndForEachSeed() {
    SequenceOrder order = new SequenceOrder(3, 17);
    int[] first = LongStream.range(0, 17).mapToInt(order::at).toArray();
    int[] second = LongStream.range(17, 34).mapToInt(order::at).toArray();
    SequenceOrder other = new SequenceOrder(4, 17);

    assertThat(second).isNotEqualTo(first);
    assertThat(LongStream.range(0, 17).mapToInt(other::at).toArray()).isNotEqualTo(first);
  }
}
