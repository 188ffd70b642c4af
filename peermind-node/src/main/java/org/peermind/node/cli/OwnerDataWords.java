// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.peermind.node.federated.data.Consent;
import org.peermind.node.federated.data.OwnerData;
import org.peermind.node.federated.data.OwnerData.Survey;

/// Shows an owner which files are used, and nothing of what is in them.
final class OwnerDataWords {
  private static final int FILES_SHOWN = 40;

  private final PrintWriter out;

  OwnerDataWords(PrintWriter out) {
    this.out = out;
  }

  /// A path without what steers a terminal.
  static String printable(Path path) {
    return path.toString().replaceAll("\\p{Cntrl}", "?");
  }

  /// What is allowed.
  void allowed(Consent consent) {
    for (Consent.Allowed one : consent.allowed()) {
      out.printf(
          "%s  since %s by `%s`%s%n",
          printable(one.path()),
          one.since(),
          one.command(),
          one.current() ? "" : ", in older words: not used until you allow it again");
    }
  }

  /// What would be used of it.
  ///
  /// @param all whether to show all files and not the first of them
  void survey(Survey survey, boolean all) {
    int shown = all ? survey.files().size() : Math.min(FILES_SHOWN, survey.files().size());
    for (OwnerData.UsedFile file : survey.files().subList(0, shown)) {
      out.printf("  %s: %,d %s%n", printable(file.path()), file.samples(), samples(file.samples()));
    }
    if (shown < survey.files().size()) {
      out.printf(
          "  and %,d more; `peermind federated contribute --list` shows all%n",
          survey.files().size() - shown);
    }
    out.printf(
        "To be used: %,d %s, %,d characters, in %,d %s.%n",
        survey.samples(),
        samples(survey.samples()),
        survey.characters(),
        survey.files().size(),
        survey.files().size() == 1 ? "file" : "files");
    survey
        .leftOut()
        .counts()
        .forEach((reason, count) -> out.printf("Left out: %,d, %s.%n", count, reason.words()));
  }

  private static String samples(int count) {
    return count == 1 ? "sample" : "samples";
  }
}
