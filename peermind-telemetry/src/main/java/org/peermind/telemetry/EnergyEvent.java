// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.Activation;
import org.peermind.protocol.Watts;
import org.slf4j.event.Level;

/// What happens on the way from the inverter to the activation (design section 5).
public sealed interface EnergyEvent extends Event {
  /// The engine may do more or less than before.
  ///
  /// @param headroom the averaged headroom that decided; empty when it is unknown
  record ActivationChanged(Activation from, Activation to, Optional<Watts> headroom, Reason reason)
      implements EnergyEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "activation %s -> %s at headroom %s: %s"
          .formatted(Texts.word(from), Texts.word(to), Texts.watts(headroom), reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("from", from),
          Field.of("to", to),
          Field.watts("headroomWatts", headroom),
          Field.reason(reason));
    }
  }

  /// The energy adapter gave no usable sample; told once per outage.
  record AdapterFailed(Word adapter, Reason reason) implements EnergyEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "energy adapter %s failed: %s".formatted(adapter, reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("adapter", adapter), Field.reason(reason));
    }
  }

  /// The energy adapter gives usable samples again.
  record AdapterRecovered(Word adapter, Duration outage) implements EnergyEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "energy adapter %s answers again after %s".formatted(adapter, Texts.duration(outage));
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("adapter", adapter), Field.seconds("outageSeconds", outage));
    }
  }

  /// A file with what the node remembers of its site cannot be believed and was renamed; the memory
  /// begins anew.
  record MemorySetAside(Word file, Reason reason) implements EnergyEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "%s is set aside as %s.set-aside and begins anew: %s".formatted(file, file, reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("file", file), Field.reason(reason));
    }
  }

  /// What the node remembers of its site could not be written.
  ///
  /// @param exception the simple name of its class
  record MemoryNotKept(Word file, Word exception) implements EnergyEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "%s could not be written (%s); free the disk or give the node its directory back"
          .formatted(file, exception);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("file", file), Field.of("exception", exception));
    }
  }

  /// An inferer signed and sent what it has.
  record HeadroomReported(long sequence, Activation activation, Optional<Watts> headroom)
      implements EnergyEvent {
    @Override
    public Level level() {
      return Level.DEBUG;
    }

    @Override
    public String sentence() {
      return "headroom report %d sent: %s, %s"
          .formatted(sequence, Texts.word(activation), Texts.watts(headroom));
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("sequence", sequence),
          Field.of("activation", activation),
          Field.watts("headroomWatts", headroom));
    }
  }
}
