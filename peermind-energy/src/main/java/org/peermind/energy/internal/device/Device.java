// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.device;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.AnswerSet;
import org.peermind.energy.internal.profile.Decoder.Decoded;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.transport.DeviceLink;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// One device of the site: asks what its profile says and decodes the answers.
public final class Device implements AutoCloseable {
  private final String label;
  private final Profile profile;
  private final DeviceRole role;
  private final Map<String, String> options;
  private final DeviceLink link;

  /// @param label what the owner calls it, for messages
  public Device(
      String label,
      Profile profile,
      DeviceRole role,
      Map<String, String> options,
      DeviceLink link) {
    this.label = label;
    this.profile = profile;
    this.role = role;
    this.options = Map.copyOf(options);
    this.link = link;
  }

  public String label() {
    return label;
  }

  public DeviceRole role() {
    return role;
  }

  /// Whether no recorded answer shows that the profile reads the real device.
  public boolean unverified() {
    return !profile.verified();
  }

  public Profile profile() {
    return profile;
  }

  /// The values of the profile's options.
  public Map<String, String> options() {
    return options;
  }

  /// How long it leaves the device alone from now, because it failed. Only between two readings.
  public Duration rest() {
    return link.rest();
  }

  /// Asks the device once.
  ///
  /// @throws EnergyAdapterException when no reading results; one sentence for the owner
  public DeviceReading read() throws EnergyAdapterException, InterruptedException {
    return read((_, _) -> {});
  }

  /// Asks the device once.
  ///
  /// @param heard is told each answer's text
  /// @throws EnergyAdapterException when no reading results; one sentence for the owner
  public DeviceReading read(BiConsumer<AnswerRule, String> heard)
      throws EnergyAdapterException, InterruptedException {
    AnswerSet answers = new AnswerSet(profile, role, options);
    EnergyAdapterException lost = null;
    for (AnswerRule rule : profile.answers()) {
      try {
        DeviceLink.Answer answer = link.ask(request(rule));
        heard.accept(rule, answer.text());
        String refused = answers.add(rule, answer.text(), answer.receivedAt());
        if (refused != null) {
          throw new EnergyAdapterException("%s gives no reading: %s.".formatted(label, refused));
        }
      } catch (EnergyAdapterException failed) {
        if (!rule.optional() && !profile.firstAnswerOnly()) {
          throw failed;
        }
        lost = lost == null ? failed : lost;
      }
      if (answers.enough()) {
        break;
      }
    }
    return switch (answers.decoded()) {
      case Decoded.Read(DeviceReading reading) -> reading;
      case Decoded.Refused(String clause) -> {
        if (lost != null) {
          throw lost;
        }
        throw new EnergyAdapterException("%s gives no reading: %s.".formatted(label, clause));
      }
    };
  }

  private SettingsReader request(AnswerRule rule) {
    Map<String, @Nullable Object> filled = new LinkedHashMap<>();
    rule.request().forEach((key, value) -> filled.put(key, filledIn(value)));
    return SettingsReader.of(profile.name() + ".request", filled);
  }

  private @Nullable Object filledIn(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case String text -> {
        String filled = text;
        for (Map.Entry<String, String> option : options.entrySet()) {
          filled = filled.replace("{" + option.getKey() + "}", option.getValue());
        }
        yield filled;
      }
      case List<?> list -> {
        List<@Nullable Object> all = new ArrayList<>();
        list.forEach(element -> all.add(filledIn(element)));
        yield all;
      }
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        map.forEach((key, member) -> all.put(String.valueOf(key), filledIn(member)));
        yield all;
      }
      default -> value;
    };
  }

  @Override
  public void close() {
    link.close();
  }
}
