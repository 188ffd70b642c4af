// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.SettingsException;

/// The profiles at hand: those in the jar and those in the owner's directory, which replace ones of
/// the same name. A file of the jar is read, and its samples decoded, when its profile is first
/// asked for; no profile leaves the shelf unproven. A file of the owner's that is refused takes the
/// place of the jar's profile of its name, so that no device is read otherwise than its owner
/// meant.
public final class ProfileShelf {
  private static final String INDEX = "profiles.txt";
  private static final int FILES_MAX = 500;
  private static final int FILE_BYTES_MAX = 1 << 20;
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]+");

  /// What the configuration calls adapters that are no profiles.
  private static final Set<String> TAKEN = Set.of("manual", "replay", "simulated", "site");

  private static final Pattern NAME = Pattern.compile("(?m)^profile: *+([a-z][a-z0-9-]{0,49}) *+$");

  private final SortedMap<String, Place> places = new TreeMap<>();
  private final List<String> refusedFiles = new ArrayList<>();

  private ProfileShelf() {}

  /// The profiles in the jar.
  public static ProfileShelf builtIn() {
    ProfileShelf shelf = new ProfileShelf();
    for (String file : resource(INDEX).lines().filter(line -> !line.isBlank()).toList()) {
      String name = stem(file);
      String yaml = resource(file);
      shelf.places.put(name, new Place(yaml, () -> named(name, file, yaml)));
    }
    return shelf;
  }

  /// The profiles in the jar and every `*.yaml` in `directory`, which need not exist.
  public static ProfileShelf with(Path directory) {
    ProfileShelf shelf = builtIn();
    if (!Files.isDirectory(directory)) {
      return shelf;
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.yaml")) {
      for (Path file : found) {
        if (files.size() == FILES_MAX) {
          shelf.refusedFiles.add("%s holds more than %d profiles.".formatted(directory, FILES_MAX));
          break;
        }
        files.add(file);
      }
    } catch (IOException unreadable) {
      shelf.refusedFiles.add(
          "The profiles in %s cannot be read: %s.".formatted(directory, unreadable.getMessage()));
    }
    Collections.sort(files);
    TreeMap<String, Path> own = new TreeMap<>();
    files.forEach(file -> shelf.add(file, own));
    return shelf;
  }

  /// @param own the owner's files so far, by the names of their profiles
  private void add(Path file, SortedMap<String, Path> own) {
    String yaml = "";
    String name = stem(String.valueOf(file.getFileName()));
    Supplier<Profile> reading;
    try {
      yaml = text(file);
      Matcher line = NAME.matcher(yaml);
      name = line.find() ? line.group(1) : name;
      Profile profile = ProfileReader.read(file.toString(), yaml);
      name = profile.name();
      if (TAKEN.contains(name)) {
        throw new SettingsException(
            "%s: '%s' is the name of an adapter; give the profile another.".formatted(file, name));
      }
      reading = () -> profile;
    } catch (SettingsException wrong) {
      if (!places.containsKey(name)) {
        refusedFiles.add(String.valueOf(wrong.getMessage()));
        return;
      }
      reading = () -> refuse(wrong);
    }
    Path other = own.put(name, file);
    if (other != null) {
      SettingsException twice =
          new SettingsException(
              "%s and %s both describe the profile %s; remove one of them."
                  .formatted(other, file, name));
      reading = () -> refuse(twice);
    }
    places.put(name, new Place(yaml, reading));
  }

  private static Profile refuse(SettingsException wrong) {
    throw new SettingsException(wrong.problems());
  }

  private static Profile named(String name, String file, String yaml) {
    Profile profile = ProfileReader.read(file, yaml);
    if (!profile.name().equals(name)) {
      throw new SettingsException("%s describes the profile %s.".formatted(file, profile.name()));
    }
    return profile;
  }

  private static String stem(String file) {
    return file.endsWith(".yaml") ? file.substring(0, file.length() - 5) : file;
  }

  private static String text(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new SettingsException(file + " is no file that can be read.");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
      if (bytes.length > FILE_BYTES_MAX) {
        throw new SettingsException(file + " is longer than 512 KiB; it is no profile.");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IOException unreadable) {
      throw new SettingsException(
          file + " cannot be read; see that it is UTF-8 text and that the node may read it.");
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

  /// The names of all profiles, also of those that are refused when they are asked for.
  public SortedSet<String> names() {
    return Collections.unmodifiableSortedSet(new TreeMap<>(places).navigableKeySet());
  }

  /// The words of a profile in the jar, which everybody can read; none of an owner's own.
  public static Set<String> publicWords(Profile profile) {
    if (!resource(INDEX).lines().toList().contains(profile.origin())) {
      return Set.of();
    }
    return WORD.matcher(resource(profile.origin()))
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toUnmodifiableSet());
  }

  /// The profile of this name, read and proven; empty when there is none.
  ///
  /// @throws SettingsException when it is refused, with the reasons
  public Optional<Profile> profile(String name) {
    Place place = places.get(name);
    return place == null ? Optional.empty() : Optional.of(place.profile());
  }

  /// The names of the profiles whose text has this word: of all that can be called so or read an
  /// interface that is called so.
  public List<String> mentioning(String word) {
    return places.entrySet().stream()
        .filter(place -> place.getValue().yaml.contains(word))
        .map(Map.Entry::getKey)
        .toList();
  }

  /// All profiles that are not refused.
  public List<Profile> profiles() {
    List<Profile> good = new ArrayList<>();
    for (Place place : places.values()) {
      try {
        good.add(place.profile());
      } catch (SettingsException wrong) {
        // Left out; #refused tells it.
      }
    }
    return List.copyOf(good);
  }

  /// One sentence for each profile that is refused.
  public List<String> refused() {
    List<String> all = new ArrayList<>();
    for (Place place : places.values()) {
      try {
        var _ = place.profile();
      } catch (SettingsException wrong) {
        all.add(String.valueOf(wrong.getMessage()));
      }
    }
    all.addAll(refusedFiles);
    return List.copyOf(all);
  }

  /// Where one profile stands.
  private static final class Place {
    private final String yaml;
    private final Supplier<Profile> reading;
    private @Nullable Profile read;

    /// @param reading gives the proven profile or throws a [SettingsException]
    Place(String yaml, Supplier<Profile> reading) {
      this.yaml = yaml;
      this.reading = reading;
    }

    synchronized Profile profile() {
      Profile known = read;
      if (known == null) {
        known = reading.get();
        read = known;
      }
      return known;
    }
  }
}
