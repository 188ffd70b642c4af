// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.peermind.protocol.Id16;

/// The random values that one assignment may need. The shell draws them, because the core has no
/// randomness of its own.
///
/// @param job used when the request starts a new answer
/// @param offers one for each try, [#OFFERS] of them
/// @param seed of the sampling, used when the request starts a new answer
public record FreshIds(Id16 ticket, Id16 session, Id16 job, List<Id16> offers, long seed) {
  /// How many inferers are asked before a request is refused (design section 6).
  public static final int OFFERS = 3;

  public FreshIds {
    offers = List.copyOf(offers);
    if (offers.size() != OFFERS) {
      throw new IllegalArgumentException("fresh ids hold one offer id for each of the three tries");
    }
  }

  /// Draws everything from `random`, which should be a [java.security.SecureRandom] in production.
  public static FreshIds draw(RandomGenerator random) {
    Id16 ticket = id(random);
    Id16 session = id(random);
    Id16 job = id(random);
    List<Id16> offers = new ArrayList<>();
    for (int i = 0; i < OFFERS; i++) {
      offers.add(id(random));
    }
    return new FreshIds(ticket, session, job, offers, random.nextLong());
  }

  private static Id16 id(RandomGenerator random) {
    return new Id16(random.nextLong(), random.nextLong());
  }
}
