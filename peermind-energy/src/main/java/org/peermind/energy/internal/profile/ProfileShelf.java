// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.peermind.energy.spi.SettingsException;

/// The profiles at hand: those in the jar and those in the owner's directory, which replace ones of
/// the same name. A profile that is refused is left out, and its reason kept.
public final class ProfileShelf {
  private static final String INDEX = "profiles.txt";
  private static final int FILES_MAX = 500;

  private final SortedMap<String, Profile> profiles = new TreeMap<>();
  private final List<String> refused = new ArrayList<>();

  private ProfileShelf() {}

  /// The profiles in the jar.
  public static ProfileShelf builtIn() {
    ProfileShelf shelf = new ProfileShelf();
    for (String file : resource(INDEX).lines().filter(line -> !line.isBlank()).toList()) {
      shelf.add(file, resource(file));
    }
    return shelf;
  }

  /// The profiles in the jar and every `*.yaml` in `directory`, which need not exist.
  public static ProfileShelf with(Path directory) {
    ProfileShelf shelf = builtIn();
    if (!Files.isDirectory(directory)) {
      return shelf;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.yaml")) {
      int count = 0;
      for (Path file : files) {
        if (++count > FILES_MAX) {
          shelf.refused.add("%s holds more than %d profiles.".formatted(directory, FILES_MAX));
          break;
        }
        shelf.add(file.toString(), Files.readString(file));
      }
    } catch (IOException unreadable) {
      shelf.refused.add(
          "The profiles in %s cannot be read: %s.".formatted(directory, unreadable.getMessage()));
    }
    return shelf;
  }

  private void add(String origin, String yaml) {
    try {
      Profile profile = ProfileReader.read(origin, yaml);
      profiles.put(profile.name(), profile);
    } catch (SettingsException wrong) {
      refused.add(String.valueOf(wrong.getMessage()));
    }
  }

  private static String resource(String name) {
    try (InputStream in = ProfileShelf.class.getResourceAsStream("/profiles/" + name)) {
      if (in == null) {
        throw new IllegalStateException("The jar lacks its profile " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException broken) {
      throw new IllegalStateException("The jar's profile " + name + " cannot be read", broken);
    }
  }

  public List<Profile> profiles() {
    return List.copyOf(profiles.values());
  }

  public Optional<Profile> profile(String name) {
    return Optional.ofNullable(profiles.get(name));
  }

  /// One sentence for each profile that was refused.
  public List<String> refused() {
    return List.copyOf(refused);
  }
}
