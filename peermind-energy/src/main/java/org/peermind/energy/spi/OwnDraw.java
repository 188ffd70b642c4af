// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.time.Instant;
import org.peermind.protocol.Watts;

/// The power our own engine draws. A real meter sees it anyway; the simulated and replayed sites
/// add it to load and grid, so that a closed loop behaves as at a real site.
@FunctionalInterface
public interface OwnDraw {
  OwnDraw NONE = _ -> Watts.ZERO;

  Watts at(Instant now);
}
