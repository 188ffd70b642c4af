// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.DeviceRole;

/// One kind of device: how it is reached, what is asked, what the answers mean.
///
/// @param name its name in the configuration, such as `fronius`
/// @param title the name that people know it by
/// @param transport how it is reached, such as `http`
/// @param connection the transport's defaults, which the owner may override
/// @param poll how often it may be asked
/// @param staleAfter how old the device's own time may be
/// @param firstAnswerOnly whether the first answer that gives a reading is enough; otherwise all
///   answers are put together
/// @param origin the file it was read from, for messages
public record Profile(
    String name,
    String title,
    String transport,
    Map<String, @Nullable Object> connection,
    Duration poll,
    Duration staleAfter,
    boolean firstAnswerOnly,
    Map<String, Option> options,
    List<AnswerRule> answers,
    String origin) {
  public Profile {
    connection = Collections.unmodifiableMap(new LinkedHashMap<>(connection));
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    answers = List.copyOf(answers);
  }

  /// The roles that a device of this kind can have, in their own order.
  public SequencedSet<DeviceRole> roles() {
    SequencedSet<DeviceRole> roles = new TreeSet<>();
    for (AnswerRule answer : answers) {
      for (DeviceRole role : answer.fields().keySet()) {
        roles.add(role);
        if (role == DeviceRole.SITE) {
          roles.addAll(SiteParts.ROLES);
        }
      }
    }
    return roles;
  }

  /// Whether a sample was captured from a running device.
  public boolean verified() {
    return answers.stream()
        .flatMap(answer -> answer.samples().stream())
        .anyMatch(sample -> sample.origin() == SampleOrigin.RECORDED);
  }
}
