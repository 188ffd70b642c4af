// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.AnswerSet;
import org.peermind.energy.internal.profile.Decoder.Decoded;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.internal.profile.ReadingReport;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.SettingsException;

/// The device profiles that this node knows (design section 5, "adapters as data").
public final class Profiles {
  private final ProfileShelf shelf;

  private Profiles(ProfileShelf shelf) {
    this.shelf = shelf;
  }

  /// Those in the jar.
  public static Profiles builtIn() {
    return new Profiles(ProfileShelf.builtIn());
  }

  /// Those in the jar and those in the owner's directory, which need not exist.
  public static Profiles with(Path directory) {
    return new Profiles(ProfileShelf.with(directory));
  }

  /// What a person sees of a profile.
  ///
  /// @param interfaces names of the answers it reads, for [#decode]
  /// @param verified whether it carries an answer captured from a running device
  public record Listing(
      String name,
      String title,
      String transport,
      List<String> interfaces,
      List<DeviceRole> roles,
      boolean verified,
      String origin) {
    public Listing {
      interfaces = List.copyOf(interfaces);
      roles = List.copyOf(roles);
    }
  }

  /// All profiles by name.
  public List<Listing> listings() {
    return shelf.profiles().stream()
        .map(
            profile ->
                new Listing(
                    profile.name(),
                    profile.title(),
                    profile.transport(),
                    profile.answers().stream()
                        .flatMap(
                            rule ->
                                Stream.concat(
                                    Stream.of(rule.interfaceName()), rule.otherNames().stream()))
                        .toList(),
                    List.copyOf(profile.roles()),
                    profile.verified(),
                    profile.origin()))
        .toList();
  }

  /// One sentence for each profile that was refused, with the reason.
  public List<String> refused() {
    return shelf.refused();
  }

  /// What a recorded answer means.
  public sealed interface Decoding {
    /// @param report the members that `peermind energy decode` prints; null means unknown
    record Read(DeviceReading reading, SequencedMap<String, @Nullable Object> report)
        implements Decoding {}

    /// No reading results; one sentence.
    record Refused(String sentence) implements Decoding {}
  }

  /// Decodes one recorded answer without any device.
  ///
  /// @param name of an interface such as `fronius-solarapi-powerflow`, or of a profile that reads
  ///   only one
  /// @param role null for the only role that the answer has, or for `site` where it has it
  /// @param options values of the profile's options
  /// @param others texts of other answers that this one needs, by alias
  public Decoding decode(
      String name,
      @Nullable DeviceRole role,
      String answer,
      Map<String, String> options,
      Map<String, String> others) {
    @Nullable String refusal = null;
    for (String candidate : name.isBlank() ? List.<String>of() : shelf.mentioning(name)) {
      try {
        Profile profile = shelf.profile(candidate).orElseThrow();
        boolean only = profile.answers().size() == 1 && profile.name().equals(name);
        for (AnswerRule rule : profile.answers()) {
          if (rule.isCalled(name) || only) {
            return decode(profile, rule, role, answer, options, others);
          }
        }
      } catch (SettingsException refused) {
        refusal = refusal == null ? refused.problems().getFirst() : refusal;
      }
    }
    if (refusal != null) {
      return new Decoding.Refused(refusal);
    }
    return new Decoding.Refused(
        "Nothing reads '%s'; known are %s."
            .formatted(
                name,
                listings().stream()
                    .flatMap(listing -> listing.interfaces().stream())
                    .collect(Collectors.joining(", "))));
  }

  private static Decoding decode(
      Profile profile,
      AnswerRule rule,
      @Nullable DeviceRole role,
      String answer,
      Map<String, String> options,
      Map<String, String> others) {
    DeviceRole chosen = role;
    if (chosen == null) {
      List<DeviceRole> roles = rule.fields().keySet().stream().sorted().toList();
      if (roles.isEmpty() || (roles.size() > 1 && roles.getFirst() != DeviceRole.SITE)) {
        return new Decoding.Refused(
            "%s needs --role, because a bare meter has no role of its own: %s."
                .formatted(
                    rule.interfaceName(),
                    String.join(", ", roles.stream().map(DeviceRole::word).toList())));
      }
      chosen = roles.getFirst();
    }
    Map<String, String> values = new HashMap<>();
    profile
        .options()
        .forEach(
            (key, option) -> {
              if (option.otherwise() != null) {
                values.put(key, option.otherwise());
              }
            });
    values.putAll(options);
    AnswerSet answers = new AnswerSet(profile, chosen, values);
    for (AnswerRule other : profile.answers()) {
      String text = others.get(other.alias());
      if (text != null) {
        String refused = answers.context(other, text);
        if (refused != null) {
          return new Decoding.Refused("%s: %s.".formatted(other.interfaceName(), refused));
        }
      }
    }
    String refused = answers.add(rule, answer, Instant.EPOCH);
    return refused != null
        ? new Decoding.Refused("%s gives no reading: %s.".formatted(rule.interfaceName(), refused))
        : switch (answers.decoded()) {
          case Decoded.Read(DeviceReading reading) ->
              new Decoding.Read(reading, ReadingReport.of(reading));
          case Decoded.Refused(String clause) ->
              new Decoding.Refused(
                  "%s gives no reading: %s.".formatted(rule.interfaceName(), clause));
        };
  }
}
