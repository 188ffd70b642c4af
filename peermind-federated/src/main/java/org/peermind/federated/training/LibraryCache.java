// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Where the libraries of libtorch are unpacked to, about 450 MB, once for all nodes of a user.
public final class LibraryCache {
  private LibraryCache() {}

  /// `libtorch` in the user's folder for caches: `$XDG_CACHE_HOME/peermind`, else
  /// `~/.cache/peermind`.
  public static Path usual() {
    return usual(System.getenv(), System.getProperty("user.home"));
  }

  /// A relative `XDG_CACHE_HOME` counts for nothing (XDG Base Directory Specification 0.8).
  static Path usual(Map<String, String> environment, String home) {
    Path caches =
        Optional.ofNullable(environment.get("XDG_CACHE_HOME"))
            .map(Path::of)
            .filter(Path::isAbsolute)
            .orElse(Path.of(home, ".cache"));
    return caches.resolve("peermind").resolve("libtorch");
  }
}
