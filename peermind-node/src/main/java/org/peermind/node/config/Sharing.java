// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.protocol.Role;

/// Whether and how this node gives models to others, and how fast it fetches them: the section
/// `models`.
///
/// @param listen where others fetch models from; empty when none are given
/// @param isDefault whether the owner did not write an address, so that another port will do
/// @param address what others are told, where it is not the address of this machine
/// @param uploadBytesPerSecond of all that is given together; empty for no limit
/// @param downloadBytesPerSecond of all that is fetched together
public record Sharing(
    Optional<HostPort> listen,
    boolean isDefault,
    Optional<HostPort> address,
    OptionalLong uploadBytesPerSecond,
    OptionalLong downloadBytesPerSecond) {
  /// Where inferers give models, unless their owner says otherwise.
  public static final String USUAL = "0.0.0.0:4479";

  private static final String OFF = "off";
  private static final Pattern RATE = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?)\\s*(KB|MB|GB)/s");
  private static final long RATE_LEAST = 20_000;

  static Sharing of(Settings section, Set<Role> roles) throws ConfigException {
    Optional<String> written = section.text("listen");
    String listen = written.orElse(roles.contains(Role.INFERER) ? USUAL : OFF);
    Optional<String> address = section.text("address");
    Sharing sharing =
        new Sharing(
            listen.equals(OFF)
                ? Optional.empty()
                : Optional.of(HostPort.parse("models.listen", listen)),
            written.isEmpty(),
            address.isEmpty()
                ? Optional.empty()
                : Optional.of(HostPort.parse("models.address", address.get())),
            rate(section, "upload-rate"),
            rate(section, "download-rate"));
    section.refuseUnread();
    if (sharing.address.map(told -> !told.isReachable()).orElse(false)) {
      throw new ConfigException(
          "models.address is to be an address and port that others can reach.");
    }
    return sharing;
  }

  private static OptionalLong rate(Settings section, String key) throws ConfigException {
    Optional<String> text = section.text(key);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    Matcher matcher = RATE.matcher(text.get().strip());
    if (matcher.matches()) {
      double unit =
          switch (matcher.group(2).toUpperCase(Locale.ROOT)) {
            case "KB" -> 1e3;
            case "MB" -> 1e6;
            default -> 1e9;
          };
      long bytes = Math.round(Double.parseDouble(matcher.group(1)) * unit);
      if (bytes >= RATE_LEAST) {
        return OptionalLong.of(bytes);
      }
    }
    throw new ConfigException(
        "models.%s is to be a rate such as 500 KB/s or 2.5 MB/s, at least 20 KB/s, not \"%s\"."
            .formatted(key, text.get()));
  }
}
