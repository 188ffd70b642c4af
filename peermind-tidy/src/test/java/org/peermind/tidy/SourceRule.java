// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import java.util.List;
import java.util.function.Function;

/// A rule about one Java source.
///
/// @param name a sentence that says what holds
/// @param broken a line for each fault
record SourceRule(String name, Function<SourceFile, List<String>> broken) {
  List<String> check(List<SourceFile> files) {
    return files.stream().flatMap(file -> broken.apply(file).stream()).toList();
  }
}
