// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.model.GgufFile;
import org.peermind.node.federated.LessonText;

/// What the owner of this node allows, for rounds. The consent is read anew each time; how much
/// text there is, is looked up once a minute. Safe for use by several threads.
public final class ConsentedText implements LessonText {
  private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
  private static final String NOTHING =
      "Its owner allows no text to be trained on; `peermind federated contribute` does.";
  private static final String TAKEN_BACK =
      "Its owner took back what it allowed while the text was being read.";

  private final OwnerData data;
  private final ConsentFile consent;
  private final TrainingFolder folder;
  private final InstantSource clock;
  private @Nullable Looked last;

  /// How much there was when it was last looked at.
  private record Looked(Consent consent, Instant at, long bytes) {}

  public ConsentedText(
      OwnerData data, ConsentFile consent, TrainingFolder folder, InstantSource clock) {
    this.data = data;
    this.consent = consent;
    this.folder = folder;
    this.clock = clock;
  }

  @Override
  public Optional<String> whyNot() {
    try {
      Consent allowed = consent.read();
      if (allowed.paths().isEmpty()) {
        return Optional.of(NOTHING);
      }
      return bytes(allowed) > 0
          ? Optional.empty()
          : Optional.of("There is no text in what its owner allows to be trained on.");
    } catch (IOException damaged) {
      return Optional.of(String.valueOf(damaged.getMessage()));
    }
  }

  @Override
  public long bytes() {
    try {
      return bytes(consent.read());
    } catch (IOException damaged) {
      return 0;
    }
  }

  private synchronized long bytes(Consent allowed) {
    Instant now = clock.instant();
    Looked before = last;
    if (before == null
        || !before.consent().equals(allowed)
        || now.isBefore(before.at())
        || !now.isBefore(before.at().plus(LOOK_EVERY))) {
      before = new Looked(allowed, now, data.bytes(allowed));
      last = before;
    }
    return before.bytes();
  }

  @Override
  public void prepare(GgufFile model, Tokenizing tokenizing, int sequenceTokensMax, Path target)
      throws IOException, InterruptedException {
    Consent allowed = consent.read();
    if (allowed.paths().isEmpty()) {
      throw new IOException(NOTHING);
    }
    ModelText text = ModelText.of(model);
    new TrainingText(data, folder, tokenizing, text.beginToken(), text.rendering())
        .prepare(allowed, sequenceTokensMax, target);
    // Who takes consent back changes the consent first and deletes then: one of both sees the
    // other.
    if (!consent.stillAllows(allowed)) {
      Files.deleteIfExists(target);
      throw new IOException(TAKEN_BACK);
    }
  }
}
