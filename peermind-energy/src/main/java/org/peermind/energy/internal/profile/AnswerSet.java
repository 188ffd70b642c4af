// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.UnreadableAnswer;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;

/// Makes one reading of all that a device answered in one poll: the first answer that knows a
/// quantity gives it, the oldest time and the worst quality count.
public final class AnswerSet {
  private final Profile profile;
  private final DeviceRole role;
  private final Map<String, Object> variables;
  private final List<DeviceReading> readings = new ArrayList<>();
  private @Nullable String refused;

  /// @param options the values of the profile's options
  public AnswerSet(Profile profile, DeviceRole role, Map<String, String> options) {
    this.profile = profile;
    this.role = role;
    this.variables = new HashMap<>(options);
  }

  /// Takes the answer to the profile's answer `rule`.
  ///
  /// @return why the device gives no reading, if this answer says so
  public @Nullable String add(AnswerRule rule, String text, Instant receivedAt) {
    Object document;
    try {
      document = rule.format().document(text);
    } catch (UnreadableAnswer unreadable) {
      return refuse(rule, unreadable.clause());
    }
    if (rule.fields().isEmpty()) {
      variables.put(rule.alias(), document);
      return null;
    }
    Decoder.Decoded decoded = Decoder.decode(rule, role, document, variables, receivedAt);
    variables.put(rule.alias(), document);
    return switch (decoded) {
      case Decoder.Decoded.Refused(String clause) -> refuse(rule, clause);
      case Decoder.Decoded.Read(DeviceReading reading) -> {
        readings.add(reading);
        yield null;
      }
    };
  }

  /// Takes an answer that only helps others to be understood.
  ///
  /// @return why it cannot be read, null when it can
  public @Nullable String context(AnswerRule rule, String text) {
    try {
      variables.put(rule.alias(), rule.format().document(text));
      return null;
    } catch (UnreadableAnswer unreadable) {
      return unreadable.clause();
    }
  }

  private @Nullable String refuse(AnswerRule rule, String clause) {
    if (rule.optional() || profile.firstAnswerOnly()) {
      refused = refused == null ? clause : refused;
      return null;
    }
    return clause;
  }

  /// Whether the answers so far are all that is needed.
  public boolean enough() {
    return profile.firstAnswerOnly() && readings.stream().anyMatch(DeviceReading::saysAnything);
  }

  /// What the answers say together.
  public Decoder.Decoded decoded() {
    if (readings.isEmpty()) {
      return new Decoder.Decoded.Refused(
          refused == null ? "the device says nothing for the role " + role.word() : refused);
    }
    return new Decoder.Decoded.Read(readings.size() == 1 ? readings.getFirst() : merged());
  }

  private DeviceReading merged() {
    List<DeviceReading> speaking = readings.stream().filter(DeviceReading::saysAnything).toList();
    List<DeviceReading> all = speaking.isEmpty() ? readings : speaking;
    DeviceReading first = all.getFirst();
    DeviceReading worst =
        all.stream().max((a, b) -> a.quality().compareTo(b.quality())).orElse(first);
    return new DeviceReading(
        role,
        all.stream()
            .map(DeviceReading::sourceKind)
            .filter(kind -> !kind.canBeRenewable())
            .findFirst()
            .orElse(first.sourceKind()),
        readings.stream()
            .map(DeviceReading::gridConnection)
            .filter(connection -> connection != GridConnection.UNKNOWN)
            .findFirst()
            .orElse(GridConnection.UNKNOWN),
        first(DeviceReading::production),
        first(DeviceReading::load),
        first(DeviceReading::grid),
        first(DeviceReading::battery),
        first(DeviceReading::stateOfCharge),
        first(DeviceReading::capacity),
        first(DeviceReading::reserve),
        first(DeviceReading::nameplate),
        readings.stream().anyMatch(DeviceReading::throttled),
        all.stream()
            .map(DeviceReading::deviceTime)
            .filter(time -> time != null)
            .min(Instant::compareTo)
            .orElse(null),
        first.deviceLocalTime(),
        all.stream().map(DeviceReading::receivedAt).min(Instant::compareTo).orElseThrow(),
        worst.quality() == Quality.OK ? first.quality() : worst.quality(),
        worst.remark());
  }

  private <T> Reading<T> first(Function<DeviceReading, Reading<T>> quantity) {
    return readings.stream()
        .map(quantity)
        .filter(Reading::isKnown)
        .findFirst()
        .orElseGet(() -> quantity.apply(readings.getFirst()));
  }
}
