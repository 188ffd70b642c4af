// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.Map;
import java.util.Optional;

/// The values of `format` that are enforced. Each is a part of what its RFC allows, the part that
/// programs agree about. Other formats are annotations, as JSON Schema 2020-12 section 7.2 has it.
final class StringFormat {
  private static final String YEAR = "[0-9]{4}";
  private static final String LEAP_YEAR =
      "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
  private static final String DATE =
      "("
          + YEAR
          + "-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
          + "|02-(0[1-9]|1[0-9]|2[0-8]))|"
          + LEAP_YEAR
          + "-02-29)";
  private static final String CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]";

  /// Without `-00:00`, an offset that RFC 3339 allows and that many readers refuse.
  private static final String OFFSET =
      "(Z|\\+(0[0-9]|1[0-4]):[0-5][0-9]|-(0[1-9]|1[0-4]):[0-5][0-9]|-00:(0[1-9]|[1-5][0-9]))";

  private static final String TIME = CLOCK + ":[0-5][0-9](\\.[0-9]{1,9})?" + OFFSET;
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?";
  private static final String HOST = LABEL + "(\\." + LABEL + "){0,5}";
  private static final String ATOM = "[A-Za-z0-9_+]{1,15}";

  private static final Map<String, String> REGEXES =
      Map.ofEntries(
          Map.entry("date", DATE),
          Map.entry("time", TIME),
          Map.entry("date-time", DATE + "T" + TIME),
          Map.entry(
              "duration",
              "P([0-9]{1,4}W|([0-9]{1,4}D|[0-9]{1,4}M([0-9]{1,4}D)?"
                  + "|[0-9]{1,4}Y([0-9]{1,4}M([0-9]{1,4}D)?)?)(T"
                  + clock()
                  + ")?|T"
                  + clock()
                  + ")"),
          Map.entry("uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
          Map.entry("ipv4", OCTET + "(\\." + OCTET + "){3}"),
          Map.entry("ipv6", "([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|::1|::"),
          Map.entry("hostname", HOST),
          Map.entry(
              "email", ATOM + "([.-]" + ATOM + "){0,3}@(" + LABEL + "\\.){1,4}[A-Za-z]{2,12}"),
          Map.entry(
              "uri",
              "[a-z][a-z0-9]{1,9}://"
                  + HOST
                  + "(:[1-9][0-9]{0,3})?(/[A-Za-z0-9_.~-]*)*(\\?[A-Za-z0-9_.~&=-]*)?"
                  + "(#[A-Za-z0-9_.~-]*)?"));

  private StringFormat() {}

  private static String clock() {
    return "([0-9]{1,4}S|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?)";
  }

  /// JSON strings of a format, quotes included; empty for a format that is not enforced.
  static Optional<Dfa> strings(String format, CompileBudget budget) throws SchemaRefusal {
    String regex = REGEXES.get(format);
    return regex == null
        ? Optional.empty()
        : Optional.of(RegexCompiler.whole("\"(" + regex + ")\"", CharacterForm.PLAIN, budget));
  }
}
