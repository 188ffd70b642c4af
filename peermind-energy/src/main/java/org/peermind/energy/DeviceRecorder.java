// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.internal.site.SiteRecorder;

/// Takes recordings of devices for a bug report, without what tells who and where they are.
public final class DeviceRecorder {
  private final SiteRecorder recorder;

  /// @param profiles the owner's directory of profiles, which need not exist
  /// @param home the node's directory
  /// @param random draws what stands in for what is replaced
  public DeviceRecorder(Path profiles, Path home, InstantSource time, RandomGenerator random) {
    this.recorder = new SiteRecorder(ProfileShelf.with(profiles), home, time, random);
  }

  /// What came of one device.
  public sealed interface Outcome {
    /// Answers that decode to the same reading as the device's own.
    ///
    /// @param answers scrubbed texts by the interface that `peermind energy decode` names
    /// @param replaced what was replaced, in words
    /// @param reading as `peermind energy decode` prints it
    record Recorded(
        String profile,
        String role,
        SequencedMap<String, String> answers,
        SequencedSet<String> replaced,
        SequencedMap<String, @Nullable Object> reading)
        implements Outcome {
      public Recorded {
        answers = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(answers));
        reading = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(reading));
      }
    }

    /// Nothing that could be given away; one sentence.
    record Refused(String profile, String sentence) implements Outcome {}
  }

  /// Asks every device of the section once.
  ///
  /// @param adapter `site` or the name of a profile
  /// @throws org.peermind.energy.spi.SettingsException when the section is wrong
  public List<Outcome> record(String adapter, Map<String, ?> section) throws InterruptedException {
    return recorder.record(adapter, section);
  }
}
