// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Which inferer answers a query, as a pure core (design section 7).
///
/// Start at [org.peermind.referee.RefereeCore#apply]: a [org.peermind.referee.RefereeInput] and a
/// time go in, [org.peermind.referee.RefereeEffect]s come out, and the shell performs them in
/// order. Behind it, `InfererRegistry` knows who is present, `RequestDesk` leads a request from its
/// arrival to its ticket, `Assigner` picks, `UserSlots` keeps the ratio of users to inferers,
/// `WaitingLine` lets users wait in turns, `TokenBudgets` counts their tokens, `OfferBook` holds
/// requests that wait for an inferer, and `SessionTable` holds answers that run. Conversations to
/// read: `src/test/resources/*.script`; why it is so: ADR 0011.
@NullMarked
package org.peermind.referee;

import org.jspecify.annotations.NullMarked;
