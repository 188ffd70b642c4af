// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.UnreadableAnswer;
import org.peermind.energy.internal.profile.Expression.EvaluationFailed;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.energy.spi.WattHours;
import org.peermind.protocol.Watts;

/// From one answer of a device to its reading, by the rules of its profile. Pure, and total: what
/// does not fit is [Decoded.Refused] with the reason, never an exception and never a guess.
public final class Decoder {
  private static final double MAGNITUDE_MAX = 1e9;
  private static final double MILLIS_FROM = 1e11;

  private Decoder() {}

  /// Either a reading or why there is none.
  public sealed interface Decoded {
    record Read(DeviceReading reading) implements Decoded {}

    /// `clause` has no full stop.
    record Refused(String clause) implements Decoded {}
  }

  /// Decodes `answer`.
  ///
  /// @param variables options of the profile, and the documents of its other answers by alias
  /// @param receivedAt when the answer came
  static Decoded decode(
      AnswerRule rule,
      DeviceRole role,
      String answer,
      Map<String, Object> variables,
      Instant receivedAt) {
    try {
      return decode(rule, role, rule.format().document(answer), variables, receivedAt);
    } catch (UnreadableAnswer unreadable) {
      return new Decoded.Refused(unreadable.clause());
    }
  }

  static Decoded decode(
      AnswerRule rule,
      DeviceRole role,
      Object document,
      Map<String, Object> variables,
      Instant receivedAt) {
    Map<ReadingField, Expression> fields = rule.fields().get(role);
    boolean part = fields == null;
    if (part) {
      fields = SiteParts.ROLES.contains(role) ? rule.fields().get(DeviceRole.SITE) : null;
    }
    if (fields == null) {
      return new Decoded.Refused(
          "%s says nothing for the role %s".formatted(rule.interfaceName(), role.word()));
    }
    try {
      Map<String, Object> known = new HashMap<>(variables);
      known.put("role", role.word());
      for (Map.Entry<String, Expression> name : rule.names().entrySet()) {
        Optional<Object> value = name.getValue().evaluateAny(document, known);
        value.ifPresent(v -> known.put(name.getKey(), v));
      }
      for (AnswerRule.Refusal refusal : rule.refusals()) {
        if (holds(refusal.when(), document, known)) {
          return new Decoded.Refused(words(refusal.because(), document, known));
        }
      }
      Map<ReadingField, Object> values = new EnumMap<>(ReadingField.class);
      for (Map.Entry<ReadingField, Expression> field : fields.entrySet()) {
        if (!part || SiteParts.keeps(role, field.getKey())) {
          field
              .getValue()
              .evaluate(document, known)
              .ifPresent(value -> values.put(field.getKey(), value));
        }
      }
      Quality quality = Quality.OK;
      @Nullable String remark = null;
      for (AnswerRule.QualityRule candidate : rule.qualities()) {
        if (holds(candidate.when(), document, known)) {
          quality = candidate.quality();
          remark = words(candidate.because(), document, known);
          break;
        }
      }
      return reading(role, values, receivedAt, quality, remark);
    } catch (EvaluationFailed failed) {
      return new Decoded.Refused(String.valueOf(failed.getMessage()));
    } catch (NotThatKind wrong) {
      return new Decoded.Refused(String.valueOf(wrong.getMessage()));
    }
  }

  private static boolean holds(Expression when, Object document, Map<String, Object> known)
      throws EvaluationFailed {
    return when.evaluate(document, known).map(Boolean.TRUE::equals).orElse(false);
  }

  private static String words(Expression because, Object document, Map<String, Object> known)
      throws EvaluationFailed {
    String words = because.evaluate(document, known).map(Object::toString).orElse("no reason");
    return words.length() <= 200 ? words : words.substring(0, 200) + "...";
  }

  private static Decoded reading(
      DeviceRole role,
      Map<ReadingField, Object> values,
      Instant receivedAt,
      Quality quality,
      @Nullable String remark)
      throws NotThatKind {
    Instant deviceTime = instant(values.get(ReadingField.DEVICE_TIMESTAMP));
    Instant at = deviceTime == null ? receivedAt : deviceTime;
    DeviceReading reading =
        new DeviceReading(
            role,
            source(values.get(ReadingField.SOURCE), role),
            connection(values.get(ReadingField.ISLANDED)),
            of(values, ReadingField.PV_POWER_W, at, Watts::new),
            of(values, ReadingField.LOAD_W, at, Watts::new),
            of(values, ReadingField.GRID_POWER_W, at, Watts::new),
            of(values, ReadingField.BATTERY_POWER_W, at, Watts::new),
            of(values, ReadingField.BATTERY_SOC, at, Percent::new),
            of(values, ReadingField.BATTERY_CAPACITY_WH, at, WattHours::new),
            of(values, ReadingField.BATTERY_RESERVE_PERCENT, at, Percent::new),
            of(values, ReadingField.NAMEPLATE_W, at, Watts::new),
            flag(values, ReadingField.THROTTLED),
            deviceTime,
            localTime(values.get(ReadingField.DEVICE_LOCAL_TIME)),
            receivedAt,
            quality,
            remark);
    if (quality == Quality.ERROR) {
      return new Decoded.Refused(remark == null ? "the device reports an error" : remark);
    }
    if (quality == Quality.OK && !reading.saysAnything()) {
      return new Decoded.Read(empty(reading));
    }
    return new Decoded.Read(reading);
  }

  private static DeviceReading empty(DeviceReading reading) {
    return new DeviceReading(
        reading.role(),
        reading.sourceKind(),
        reading.gridConnection(),
        reading.production(),
        reading.load(),
        reading.grid(),
        reading.battery(),
        reading.stateOfCharge(),
        reading.capacity(),
        reading.reserve(),
        reading.nameplate(),
        reading.throttled(),
        reading.deviceTime(),
        reading.deviceLocalTime(),
        reading.receivedAt(),
        Quality.NO_DEVICE,
        "the answer is valid and says nothing for this role");
  }

  private static <T> Reading<T> of(
      Map<ReadingField, Object> values, ReadingField field, Instant at, DoubleFunction<T> unit)
      throws NotThatKind {
    Object value = values.get(field);
    if (value == null) {
      return Reading.unknown("the device does not say");
    }
    if (!(value instanceof Number number)
        || !(Math.abs(number.doubleValue()) <= MAGNITUDE_MAX)) { // also false for NaN
      throw new NotThatKind(field.word() + " is not a number of a believable size");
    }
    try {
      return new Reading.Known<>(unit.apply(number.doubleValue() + 0.0), at, Quality.OK); // no -0.0
    } catch (IllegalArgumentException range) {
      throw new NotThatKind(
          "%s of %s is out of range".formatted(field.word(), number.doubleValue()));
    }
  }

  private static boolean flag(Map<ReadingField, Object> values, ReadingField field)
      throws NotThatKind {
    return switch (values.get(field)) {
      case null -> false;
      case Boolean flag -> flag;
      default -> throw new NotThatKind(field.word() + " is neither true nor false");
    };
  }

  private static GridConnection connection(@Nullable Object value) throws NotThatKind {
    return switch (value) {
      case null -> GridConnection.UNKNOWN;
      case Boolean islanded -> islanded ? GridConnection.ISLANDED : GridConnection.CONNECTED;
      default -> throw new NotThatKind(ReadingField.ISLANDED.word() + " is neither true nor false");
    };
  }

  private static SourceKind source(@Nullable Object value, DeviceRole role) throws NotThatKind {
    if (value == null) {
      return role == DeviceRole.BATTERY ? SourceKind.BATTERY : SourceKind.PV;
    }
    try {
      return SourceKind.valueOf(value.toString().toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw new NotThatKind("source is no kind of source");
    }
  }

  private static @Nullable Instant instant(@Nullable Object value) throws NotThatKind {
    try {
      return switch (value) {
        case null -> null;
        case Number number when number.doubleValue() > MILLIS_FROM ->
            Instant.ofEpochMilli(number.longValue());
        case Number number when number.doubleValue() > 0 ->
            Instant.ofEpochMilli(Math.round(number.doubleValue() * 1000));
        default -> OffsetDateTime.parse(value.toString()).toInstant();
      };
    } catch (DateTimeException | ArithmeticException malformed) {
      throw new NotThatKind("the device's time cannot be read");
    }
  }

  private static @Nullable LocalDateTime localTime(@Nullable Object value) throws NotThatKind {
    try {
      return value == null ? null : LocalDateTime.parse(value.toString());
    } catch (DateTimeException malformed) {
      throw new NotThatKind("the device's local time cannot be read");
    }
  }

  /// A field has a value of the wrong kind; the message is a clause.
  private static final class NotThatKind extends Exception {
    private static final long serialVersionUID = 1;

    NotThatKind(String clause) {
      super(clause);
    }
  }
}
