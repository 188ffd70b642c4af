// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.time.Duration;
import java.time.Instant;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// A link to one device; used by one thread at a time. It connects when it is first asked and again
/// after it was lost, with growing pauses.
public interface DeviceLink extends AutoCloseable {
  /// The device's answer to one request of its profile.
  ///
  /// @param request the request's section, already checked by [Transport#check]
  /// @throws EnergyAdapterException when there is none within the patience; one sentence for the
  ///   owner, without secrets
  /// @throws InterruptedException when the caller gives up
  Answer ask(SettingsReader request) throws EnergyAdapterException, InterruptedException;

  /// How long the device is left alone from now, because it failed; whoever asks sooner gets the
  /// failure again. Only between two questions.
  default Duration rest() {
    return Duration.ZERO;
  }

  /// Ends the connection. Safe from any thread.
  @Override
  void close();

  /// @param text in the form that the answer's format reads
  /// @param receivedAt for a device that pushes, the oldest receipt among what the text holds
  record Answer(String text, Instant receivedAt) {}
}
