// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Recordings of a Victron D-Bus service: the first line names the service, each further one a
/// value, as `path TAB type TAB value TAB text` (dbus-recorder) or `path,type,value` (the maker's
/// simulator). Timed changes after the first values are not looked at.
///
/// The document has `service` (`battery` of `com.victronenergy.battery.ttyO0`), `form` (`recording`
/// or `csv`), and the values by path without the leading `/`; an invalid value is left out.
final class VictronDbusFormat implements AnswerFormat {
  private static final String SERVICES = "com.victronenergy.";
  private static final int VALUES_MAX = 5000;

  @Override
  public Object document(String answer) throws UnreadableAnswer {
    if (answer.length() > ANSWER_CHARACTERS_MAX) {
      throw new UnreadableAnswer("the answer is longer than 1 MiB");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    String[] lines = answer.split("\\R", -1);
    String service = lines[0].replace("\uFEFF", "").strip();
    if (!service.startsWith(SERVICES)) {
      throw new UnreadableAnswer("the first line names no service of Victron");
    }
    document.put("service", service.substring(SERVICES.length()).split("[.,\\s]", 2)[0]);
    boolean csv = false;
    for (int i = 1; i < lines.length && document.size() < VALUES_MAX; i++) {
      String line = lines[i].strip();
      if (!line.startsWith("/")) { // a blank line, or a change with its seconds in front
        continue;
      }
      boolean tabs = line.indexOf('\t') >= 0;
      csv |= !tabs;
      String[] parts = line.split(tabs ? "\t" : ",", tabs ? 4 : 3);
      Object value = parts.length < 3 ? null : value(parts[1].strip(), parts[2].strip());
      if (value != null) {
        document.putIfAbsent(parts[0].strip().substring(1), value);
      }
    }
    document.put("form", csv ? "csv" : "recording");
    return document;
  }

  /// Null for an invalid value, which D-Bus shows as an empty array.
  private static @Nullable Object value(String type, String text) {
    boolean array = type.equals("ARRAY") || text.equals("[]") || text.isEmpty();
    if (array || type.equals("STRING") || type.equals("s")) {
      return array ? null : text;
    }
    try {
      double number = Double.parseDouble(text);
      return Double.isFinite(number) ? (Object) number : null;
    } catch (NumberFormatException noNumber) {
      return null;
    }
  }
}
