// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What every adapter is given beside its own settings.
///
/// @param place where the site is; null when the owner did not say
/// @param pollInterval how often it will be read
/// @param ownDraw our own consumption, for sites without a real meter
/// @param baseDirectory where relative file names start, usually the node's home
public record AdapterContext(
    @Nullable Place place, Duration pollInterval, OwnDraw ownDraw, Path baseDirectory) {
  public AdapterContext {
    requireNonNull(pollInterval);
    requireNonNull(ownDraw);
    requireNonNull(baseDirectory);
  }

  public Optional<Place> knownPlace() {
    return Optional.ofNullable(place);
  }
}
