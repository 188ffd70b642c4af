// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.voting;

import java.nio.file.Files;
import java.nio.file.Path;

final class Reads {
  boolean read() {
    return Files.exists(Path.of("x"));
  }
}
