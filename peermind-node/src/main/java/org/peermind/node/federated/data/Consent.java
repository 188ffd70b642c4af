// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What the owner allows to be learned from.
///
/// @param allowed no path twice and none below another, at most [#PATHS_MAX]
public record Consent(List<Allowed> allowed) {
  /// The most folders and files.
  public static final int PATHS_MAX = 64;

  /// The version of the words that the owner agrees to now; see [ConsentTerms].
  public static final int TERMS = 1;

  /// Nothing is allowed.
  public static final Consent NONE = new Consent(List.of());

  /// One folder with all below it, or one file.
  ///
  /// @param path absolute, without symbolic links when it was allowed
  /// @param command by which the owner allowed it
  /// @param terms version of the words that the owner agreed to
  public record Allowed(Path path, Instant since, String command, int terms) {
    static final int COMMAND_CHARACTERS_MAX = 200;

    /// @throws IllegalArgumentException when the path is not absolute and plain, the command empty
    ///   or too long, or the version below 1
    public Allowed {
      if (!path.isAbsolute() || !path.normalize().equals(path)) {
        throw new IllegalArgumentException("an allowed path is absolute and has no . or ..");
      }
      if (command.isBlank() || command.length() > COMMAND_CHARACTERS_MAX) {
        throw new IllegalArgumentException("a command has 1 to 200 characters");
      }
      if (terms < 1) {
        throw new IllegalArgumentException("the version of the terms is at least 1");
      }
    }

    /// Whether the owner agreed to the words of today; an older agreement allows nothing.
    public boolean current() {
      return terms == TERMS;
    }

    /// Tells no name of a file.
    @Override
    public String toString() {
      return "Allowed[since " + since + ", terms " + terms + "]";
    }
  }

  /// @throws IllegalArgumentException when there are too many paths or one twice
  public Consent {
    allowed = List.copyOf(allowed);
    if (allowed.size() > PATHS_MAX) {
      throw new IllegalArgumentException("at most %d paths are allowed".formatted(PATHS_MAX));
    }
    Set<Path> seen = new HashSet<>();
    for (Allowed one : allowed) {
      if (!seen.add(one.path())) {
        throw new IllegalArgumentException("a path is allowed twice");
      }
    }
  }

  /// The paths that may be used today.
  public List<Path> paths() {
    return allowed.stream().filter(Allowed::current).map(Allowed::path).toList();
  }

  /// Which allowed path covers another one, being that one or a folder above it.
  public Optional<Allowed> covering(Path path) {
    return allowed.stream()
        .filter(Allowed::current)
        .filter(one -> path.startsWith(one.path()))
        .findFirst();
  }

  /// This and one more; those that the new one covers are left out.
  ///
  /// @throws IllegalArgumentException when there are too many
  public Consent with(Allowed added) {
    List<Allowed> all = new ArrayList<>(allowed);
    all.removeIf(one -> one.path().startsWith(added.path()));
    all.add(added);
    return new Consent(all);
  }

  /// This without one path.
  public Consent without(Path path) {
    return new Consent(allowed.stream().filter(one -> !one.path().equals(path)).toList());
  }

  /// Whether all that `earlier` allowed is allowed still.
  public boolean allowsAllOf(Consent earlier) {
    return earlier.paths().stream().allMatch(path -> covering(path).isPresent());
  }
}
