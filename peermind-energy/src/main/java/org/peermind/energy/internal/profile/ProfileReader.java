// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.AnswerFormat;
import org.peermind.energy.internal.format.Formats;
import org.peermind.energy.internal.format.JsonFormat;
import org.peermind.energy.internal.transport.Transport;
import org.peermind.energy.internal.transport.Transports;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/// Reads a profile's YAML. All mistakes are reported together, each with its place; a profile whose
/// samples do not decode to what they promise is refused, too.
public final class ProfileReader {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,49}");

  private static final Pattern VARIABLE = Pattern.compile("[a-z][a-z0-9_]{0,29}");
  private static final int CHARACTERS_MAX = 1 << 19;
  private static final int DEPTH_MAX = 12;
  private static final Duration POLL = Duration.ofSeconds(5);
  private static final Duration STALE_AFTER = Duration.ofSeconds(30);

  private final String origin;
  private final SettingsReader top;

  private ProfileReader(String origin, SettingsReader top) {
    this.origin = origin;
    this.top = top;
  }

  /// @param origin the file's name, for messages
  /// @throws SettingsException with one sentence per mistake
  public static Profile read(String origin, String yaml) {
    ProfileReader reader =
        new ProfileReader(origin, SettingsReader.of(origin, parse(origin, yaml)));
    Profile profile = reader.profile();
    SampleProof.check(profile);
    return profile;
  }

  private static Map<?, ?> parse(String origin, String yaml) {
    if (yaml.length() > CHARACTERS_MAX) {
      throw new SettingsException(origin + " is longer than 512 KiB; it is no profile.");
    }
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setNestingDepthLimit(DEPTH_MAX);
    options.setMaxAliasesForCollections(0);
    try {
      if (new Yaml(new SafeConstructor(options)).load(yaml) instanceof Map<?, ?> map) {
        return map;
      }
    } catch (MarkedYAMLException malformed) {
      int line = malformed.getProblemMark() == null ? 1 : malformed.getProblemMark().getLine() + 1;
      throw new SettingsException(
          "%s, line %d: the YAML cannot be read (%s)."
              .formatted(origin, line, malformed.getProblem()));
    } catch (YAMLException malformed) {
      throw new SettingsException(origin + ": the YAML cannot be read.");
    }
    throw new SettingsException(origin + " is to hold keys and values, one to a line.");
  }

  private Profile profile() {
    String name = name(top, "profile");
    String title = top.text("title", name);
    String transport = transport();
    SequencedMap<String, @Nullable Object> connection = top.members("connection");
    Duration poll = top.duration("poll", POLL);
    Duration staleAfter = top.duration("stale-after", STALE_AFTER);
    String combine = top.text("combine", "merge");
    if (!combine.equals("merge") && !combine.equals("first")) {
      top.problem("combine", "must be merge or first");
    }
    Map<String, Option> options = options();
    List<AnswerRule> answers = new ArrayList<>();
    for (SettingsReader section : top.sections("answers")) {
      answers.add(answer(section, Transports.of(transport)));
    }
    if (answers.isEmpty()) {
      top.problem("answers", "must name at least one answer of the device");
    }
    top.finish();
    return new Profile(
        name,
        title,
        transport,
        connection,
        poll,
        staleAfter,
        combine.equals("first"),
        options,
        answers,
        origin);
  }

  private String transport() {
    String transport = top.text("transport", "file");
    if (Transports.of(transport).isEmpty()) {
      top.problem(
          "transport",
          "must be one of %s, not '%s'"
              .formatted(String.join(", ", Transports.names()), transport));
    }
    return transport;
  }

  private Map<String, Option> options() {
    Map<String, Option> options = new LinkedHashMap<>();
    top.section("options")
        .ifPresent(
            section -> {
              for (String name : section.keys()) {
                section
                    .section(name)
                    .ifPresent(
                        option -> {
                          if (!VARIABLE.matcher(name).matches() || Expression.isTaken(name)) {
                            section.problem(
                                name,
                                "must be lower case letters, digits and _, and no name of a"
                                    + " function");
                          }
                          options.put(
                              name,
                              new Option(
                                  name,
                                  option.text("meaning", name),
                                  option.text("default").orElse(null),
                                  option.flag("secret", false)));
                        });
              }
            });
    return options;
  }

  private static String name(SettingsReader section, String key) {
    Optional<String> name = section.text(key);
    if (name.isEmpty() || !NAME.matcher(name.get()).matches()) {
      section.problem(
          key, "must be a name of lower case letters, digits and hyphens, at most 50 characters");
      return "unnamed";
    }
    return name.get();
  }

  private AnswerRule answer(SettingsReader section, Optional<Transport> transport) {
    String interfaceName = name(section, "interface");
    List<String> otherNames = section.list("also").stream().map(Object::toString).toList();
    String alias = section.text("as", interfaceName.replace('-', '_'));
    if (!VARIABLE.matcher(alias).matches() || Expression.isTaken(alias)) {
      section.problem("as", "must be lower case letters, digits and _, and no name of a function");
    }
    AnswerFormat format = format(section);
    SequencedMap<String, Expression> names = new LinkedHashMap<>();
    section
        .members("let")
        .forEach(
            (name, text) -> {
              if (Expression.isTaken(name)) {
                section.problem("let." + name, "is the name of a function; take another");
              }
              expression(section, "let." + name, text).ifPresent(e -> names.put(name, e));
            });
    List<AnswerRule.Refusal> refusals = new ArrayList<>();
    for (SettingsReader refusal : section.sections("refuse")) {
      Optional<Expression> when = expression(refusal, "when");
      Optional<Expression> because = expression(refusal, "because");
      if (when.isPresent() && because.isPresent()) {
        refusals.add(new AnswerRule.Refusal(when.get(), because.get()));
      }
    }
    boolean optional = section.flag("optional", false);
    SequencedMap<String, @Nullable Object> request = section.members("request");
    transport.ifPresent(known -> check(section, known));
    return new AnswerRule(
        interfaceName,
        otherNames,
        alias,
        format,
        names,
        refusals,
        qualities(section),
        roles(section),
        optional,
        request,
        samples(section));
  }

  private static void check(SettingsReader section, Transport transport) {
    Optional<SettingsReader> request = section.section("request");
    if (request.isPresent()) {
      transport.check(request.get());
      return;
    }
    SettingsReader empty = SettingsReader.of("request", Map.of());
    transport.check(empty);
    try {
      empty.finish();
    } catch (SettingsException incomplete) {
      section.problem("request", "is missing: " + incomplete.problems().getFirst());
    }
  }

  private static AnswerFormat format(SettingsReader section) {
    String name = section.text("format", "json");
    Optional<AnswerFormat.Factory> factory = Formats.of(name);
    if (factory.isEmpty()) {
      section.problem(
          "format",
          "must be one of %s, not '%s'".formatted(String.join(", ", Formats.names()), name));
      return new JsonFormat();
    }
    return factory.get().create(section);
  }

  private static List<AnswerRule.QualityRule> qualities(SettingsReader section) {
    List<AnswerRule.QualityRule> rules = new ArrayList<>();
    for (SettingsReader rule : section.sections("quality")) {
      Optional<Expression> when = expression(rule, "when");
      Optional<Expression> because = expression(rule, "because");
      Optional<Quality> quality = quality(rule.text("is", ""));
      if (quality.isEmpty()) {
        rule.problem("is", "must be a word for a quality, such as degraded or ok_no_production");
      } else if (when.isPresent() && because.isPresent()) {
        rules.add(new AnswerRule.QualityRule(when.get(), quality.get(), because.get()));
      }
    }
    return rules;
  }

  private static Optional<Quality> quality(String word) {
    for (Quality quality : Quality.values()) {
      if (quality.word().equals(word)) {
        return Optional.of(quality);
      }
    }
    return Optional.empty();
  }

  private static Map<DeviceRole, Map<ReadingField, Expression>> roles(SettingsReader section) {
    Map<DeviceRole, Map<ReadingField, Expression>> roles = new EnumMap<>(DeviceRole.class);
    section
        .section("roles")
        .ifPresent(
            all -> {
              for (String word : all.keys()) {
                Optional<DeviceRole> role = DeviceRole.of(word);
                if (role.isEmpty()) {
                  all.problem(
                      word, "is no role; known are site, grid, pv, battery, load, ups, engine");
                  continue;
                }
                roles.put(role.get(), fields(all, word));
              }
            });
    return roles;
  }

  private static Map<ReadingField, Expression> fields(SettingsReader roles, String role) {
    Map<ReadingField, Expression> fields = new EnumMap<>(ReadingField.class);
    roles
        .members(role)
        .forEach(
            (word, text) -> {
              Optional<ReadingField> field = ReadingField.of(word);
              if (field.isEmpty()) {
                roles.problem(
                    role + "." + word,
                    "is no field; known are " + String.join(", ", ReadingField.words()));
              } else {
                expression(roles, role + "." + word, text)
                    .ifPresent(expression -> fields.put(field.get(), expression));
              }
            });
    return fields;
  }

  private static List<AnswerRule.Sample> samples(SettingsReader section) {
    List<AnswerRule.Sample> samples = new ArrayList<>();
    for (SettingsReader sample : section.sections("samples")) {
      Optional<DeviceRole> role = DeviceRole.of(sample.text("role", "site"));
      if (role.isEmpty()) {
        sample.problem("role", "is no role");
      }
      Map<String, String> answers = new HashMap<>();
      sample.members("answers").forEach((alias, text) -> answers.put(alias, String.valueOf(text)));
      Map<String, String> options = new HashMap<>();
      sample.members("options").forEach((name, text) -> options.put(name, String.valueOf(text)));
      samples.add(
          new AnswerRule.Sample(
              sample.text("name", "sample"),
              origin(sample),
              role.orElse(DeviceRole.SITE),
              sample.text("answer", ""),
              answers,
              options,
              sample.members("reading")));
    }
    return samples;
  }

  private static SampleOrigin origin(SettingsReader sample) {
    String word = sample.text("origin", "");
    for (SampleOrigin origin : SampleOrigin.values()) {
      if (origin.name().equals(word.toUpperCase(Locale.ROOT))) {
        return origin;
      }
    }
    sample.problem("origin", "must be recorded, documented or synthetic");
    return SampleOrigin.SYNTHETIC;
  }

  private static Optional<Expression> expression(SettingsReader section, String key) {
    Optional<String> text = section.text(key);
    if (text.isEmpty()) {
      section.problem(key, "is missing");
      return Optional.empty();
    }
    return expression(section, key, text.get());
  }

  private static Optional<Expression> expression(
      SettingsReader section, String key, @Nullable Object text) {
    try {
      return Optional.of(Expression.of(text == null ? "" : text.toString()));
    } catch (IllegalArgumentException malformed) {
      section.problem(key, String.valueOf(malformed.getMessage()));
      return Optional.empty();
    }
  }
}
