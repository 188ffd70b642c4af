// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.DeviceProbe.Address;
import org.peermind.energy.DeviceProbe.Findings;
import org.peermind.energy.DeviceProbe.Fit;
import org.peermind.energy.spi.DeviceRole;

/// What a probe found, in words and as the configuration that an owner can copy.
final class ProbedSite {
  private ProbedSite() {}

  /// One profile that fits, with what it reads.
  static String line(Address address, Fit fit) {
    return "%s:%d %s (%s%s): %s"
        .formatted(
            address.host(),
            fit.port(),
            fit.profile(),
            fit.title(),
            fit.generic() ? ", generic" : "",
            PowerWords.of(fit.report()));
  }

  /// Why nothing was found.
  static String nothing(Findings findings) {
    String tried = "%d profiles".formatted(findings.profiles());
    String end = findings.complete() ? "" : ", as far as the time went";
    if (findings.answering().isEmpty()) {
      return "%s: no energy device was found; nothing answers on the ports %s (%s); check the address and that the device is on."
          .formatted(findings.address().text(), ports(findings.silent()), tried);
    }
    return "%s: no energy device was found; something answers on the ports %s, but none of %s reads it without a password%s."
        .formatted(findings.address().text(), ports(findings.answering()), tried, end);
  }

  private static String ports(Iterable<Integer> ports) {
    List<String> words = new ArrayList<>();
    ports.forEach(port -> words.add(String.valueOf(port)));
    return String.join(", ", words);
  }

  /// The energy section for the likeliest profile of each address; the others stand in comments.
  static String yaml(List<Findings> all) {
    List<Findings> found = all.stream().filter(f -> !f.fits().isEmpty()).toList();
    StringBuilder yaml = new StringBuilder("energy:\n");
    Fit first = found.getFirst().fits().getFirst();
    if (found.size() == 1 && first.roles().contains(DeviceRole.SITE)) {
      others(yaml, found.getFirst(), "  ");
      yaml.append(
          "  adapter: %s\n  %s: %s\n"
              .formatted(first.profile(), first.profile(), section(first.settings())));
      return yaml.toString();
    }
    yaml.append("  adapter: site\n  site:\n    devices:\n");
    for (Findings findings : found) {
      others(yaml, findings, "      ");
      Fit fit = findings.fits().getFirst();
      yaml.append(
          "      - {profile: %s, role: %s, %s}%s\n"
              .formatted(
                  fit.profile(),
                  fit.roles().getFirst().word(),
                  members(fit.settings()),
                  otherRoles(fit)));
    }
    return yaml.toString();
  }

  private static String otherRoles(Fit fit) {
    List<String> others = fit.roles().stream().skip(1).map(DeviceRole::word).toList();
    return others.isEmpty() || fit.roles().contains(DeviceRole.SITE)
        ? ""
        : "  # or role: " + String.join(", ", others);
  }

  private static void others(StringBuilder yaml, Findings findings, String indent) {
    findings.fits().stream()
        .skip(1)
        .forEach(
            fit ->
                yaml.append(
                    "%s# also fits: %s on port %d\n".formatted(indent, fit.profile(), fit.port())));
  }

  private static String section(SequencedMap<String, Object> settings) {
    return "{" + members(settings) + "}";
  }

  private static String members(SequencedMap<String, Object> settings) {
    List<String> members = new ArrayList<>();
    for (Map.Entry<String, Object> member : settings.entrySet()) {
      @Nullable Object value = member.getValue();
      String text = String.valueOf(value);
      boolean plain = value instanceof Number || text.matches("[A-Za-z0-9][A-Za-z0-9._-]*");
      members.add(member.getKey() + ": " + (plain ? text : "'" + text + "'"));
    }
    return String.join(", ", members);
  }
}
