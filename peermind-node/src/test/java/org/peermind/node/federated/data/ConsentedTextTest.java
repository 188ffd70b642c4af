// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.training.TokenFile;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.RandomModel;
import org.peermind.node.federated.LessonText.Tokenizing;
import org.peermind.testkit.VirtualClock;

/// What a round learns of the owner's texts, and when it learns nothing.
final class ConsentedTextTest {
  private static final Tokenizing LETTERS = (text, special) -> text.chars().boxed().toList();

  @TempDir private Path directory;
  private final VirtualClock clock = new VirtualClock(Instant.parse("2026-06-21T12:00:00Z"));
  private Path notes;
  private Path target;
  private ConsentFile file;
  private ConsentedText text;

  @BeforeEach
  void makeFolders() throws Exception {
    directory = directory.toRealPath();
    Path home = Files.createDirectory(directory.resolve("home"));
    notes = Files.createDirectory(directory.resolve("notes"));
    target = home.resolve("training/round/tokens");
    file = new ConsentFile(home.resolve("consent.json"));
    text =
        new ConsentedText(
            new OwnerData(home), file, new TrainingFolder(home.resolve("training")), clock);
  }

  private void allow() throws IOException {
    file.write(
        Consent.NONE.with(new Consent.Allowed(notes, Instant.EPOCH, "a command", Consent.TERMS)));
  }

  private GgufFile model() throws Exception {
    Path model = directory.resolve("model.gguf");
    RandomModel.of("llama", 1).write(model);
    return GgufReader.read(model);
  }

  @Test
  void saysWhyThereIsNothing_untilTextsAreAllowed() throws Exception {
    assertThat(text.whyNot().orElse("")).startsWith("Its owner allows no text");
    assertThat(text.bytes()).isZero();

    allow();
    assertThat(text.whyNot().orElse("")).startsWith("There is no text in what");

    Files.writeString(notes.resolve("a.txt"), "Tea.");
    assertThat(text.whyNot()).as("looked up less than a minute ago").isPresent();
    clock.advance(Duration.ofMinutes(1));
    assertThat(text.whyNot()).isEmpty();
    assertThat(text.bytes()).isEqualTo(4);
  }

  @Test
  void allowsNothingAtOnce_whenConsentIsTakenBackOrDamaged() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "Tea.");
    allow();
    assertThat(text.whyNot()).isEmpty();

    file.write(Consent.NONE);
    assertThat(text.whyNot()).isPresent();

    allow();
    Files.writeString(directory.resolve("home/consent.json"), "{");
    assertThat(text.whyNot().orElse("")).contains("so nothing is allowed");
    assertThat(text.bytes()).isZero();
    assertThatThrownBy(() -> text.prepare(model(), LETTERS, 32, target))
        .isInstanceOf(IOException.class);
    assertThat(target).doesNotExist();
  }

  @Test
  void writesTokens_asTheModelWantsThem() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "Tea.");
    allow();

    text.prepare(model(), LETTERS, 32, target);

    try (TokenFile tokens = TokenFile.open(target)) {
      assertThat(tokens.sequence(0).tokens()).containsExactly(1, 'T', 'e', 'a', '.');
    }
  }

  @Test
  void leavesNoTokens_whenConsentIsTakenBackMeanwhile() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "Tea.");
    allow();
    Tokenizing forgetting =
        (given, special) -> {
          file.write(Consent.NONE);
          return LETTERS.tokens(given, special);
        };

    assertThatThrownBy(() -> text.prepare(model(), forgetting, 32, target))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("took back");
    assertThat(target).doesNotExist();
  }
}
