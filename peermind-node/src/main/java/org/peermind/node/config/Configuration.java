// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/// Reads `peermind.yaml` and lays the environment over it: `PEERMIND_API_LISTEN` replaces
/// `api.listen`.
public final class Configuration {
  private static final String ENVIRONMENT_PREFIX = "PEERMIND_";
  private static final int FILE_BYTES_MAX = 256 * 1024;

  private Configuration() {}

  /// @throws ConfigException when the file cannot be read or is not YAML, with the line
  public static Settings read(Path file, Map<String, String> environment) throws ConfigException {
    Map<String, Object> values = parse(file);
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(ENVIRONMENT_PREFIX)) {
            overlay(values, name.substring(ENVIRONMENT_PREFIX.length()), value);
          }
        });
    return Settings.root(values);
  }

  /// Whether a configuration text can be read and lists this referee.
  static boolean holdsReferee(String text, String node) {
    try {
      for (Settings referee : Settings.root(parse("the text", text)).sections("referees")) {
        if (referee.text("node", "").equals(node)) {
          return true;
        }
      }
      return false;
    } catch (ConfigException unreadable) {
      return false;
    }
  }

  private static Map<String, Object> parse(Path file) throws ConfigException {
    String text;
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new ConfigException(file + " is larger than 256 KiB; it is no configuration.");
      }
      text = Files.readString(file);
    } catch (CharacterCodingException binary) {
      throw new ConfigException(
          file + " is not UTF-8 text; save it as UTF-8, or put it away and run `peermind init`.",
          binary);
    } catch (IOException unreadable) {
      throw new ConfigException(
          file + " cannot be read; `peermind init` writes a first configuration.", unreadable);
    }
    return parse(file.toString(), text);
  }

  private static Map<String, Object> parse(String file, String text) throws ConfigException {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setNestingDepthLimit(20);
    options.setMaxAliasesForCollections(0);
    try {
      Object loaded = new Yaml(new SafeConstructor(options)).load(text);
      return switch (loaded) {
        case null -> new LinkedHashMap<>();
        case Map<?, ?> map -> stringKeys(map, file);
        default -> throw new ConfigException(file + " is to hold keys and values, one to a line.");
      };
    } catch (MarkedYAMLException malformed) {
      int line = malformed.getProblemMark() == null ? 1 : malformed.getProblemMark().getLine() + 1;
      throw new ConfigException(
          "%s, line %d: the YAML cannot be read (%s)."
              .formatted(file, line, malformed.getProblem()),
          malformed);
    } catch (YAMLException malformed) {
      throw new ConfigException(file + ": the YAML cannot be read.", malformed);
    }
  }

  static Map<String, Object> stringKeys(Map<?, ?> map, String where) throws ConfigException {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String key)) {
        throw new ConfigException(where + " has a key that is not a text: " + entry.getKey() + ".");
      }
      if (entry.getValue() != null) {
        values.put(key, entry.getValue());
      }
    }
    return values;
  }

  /// Replaces the value whose path in upper snake case is `name`, or adds it to the section whose
  /// name begins it. Other variables of the environment are left alone.
  private static void overlay(Map<String, Object> values, String name, String value) {
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      String key = upperSnake(entry.getKey());
      if (name.equals(key)) {
        entry.setValue(value);
        return;
      }
    }
    for (String key : NodeConfig.TOP_LEVEL_TEXTS) {
      if (name.equals(upperSnake(key))) {
        values.put(key, value);
        return;
      }
    }
    for (String section : NodeConfig.SECTIONS) {
      String prefix = upperSnake(section) + "_";
      if (name.startsWith(prefix)) {
        Object inner = values.computeIfAbsent(section, _ -> new LinkedHashMap<String, Object>());
        if (inner instanceof Map<?, ?> map) {
          Map<String, Object> replaced = new LinkedHashMap<>();
          map.forEach((key, old) -> replaced.put(String.valueOf(key), old));
          String rest = name.substring(prefix.length());
          replaced.put(matching(replaced, rest), value);
          values.put(section, replaced);
        }
        return;
      }
    }
  }

  private static String matching(Map<String, Object> section, String upperSnakeKey) {
    for (String key : section.keySet()) {
      if (upperSnake(key).equals(upperSnakeKey)) {
        return key;
      }
    }
    return upperSnakeKey.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String upperSnake(String key) {
    return key.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_');
  }
}
