// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import java.util.List;

/// One file as text.
///
/// @param path below the root of the project, with `/` between its parts
record SourceFile(String path, String text) {
  List<String> lines() {
    return text.lines().toList();
  }

  boolean isTest() {
    return path.contains("src/test/");
  }

  String at(long line, String fault) {
    return path + ":" + line + ": " + fault;
  }
}
