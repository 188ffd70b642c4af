// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.node.federated.LessonText.Tokenizing;

/// Tokens are characters here, the control token `<end>` is 1 and the beginning is 2, so that a
/// test reads what is marked.
final class TrainingTextTest {
  private static final int END = 1;
  private static final int BEGIN = 2;
  private static final Tokenizing LETTERS =
      (text, special) -> {
        List<Integer> tokens = new ArrayList<>();
        for (int at = 0; at < text.length(); at++) {
          if (special && text.startsWith("<end>", at)) {
            tokens.add(END);
            at += 4;
          } else {
            tokens.add((int) text.charAt(at));
          }
        }
        return tokens;
      };

  /// `u:Hi<end>` and a new line for each message, and `a:` where the answer begins.
  private static final Rendering TEMPLATE =
      (turns, answerNext) -> {
        StringBuilder text = new StringBuilder();
        for (Turn turn : turns) {
          if (turn.role() == Turn.Role.SYSTEM) {
            return Optional.empty();
          }
          text.append(turn.role().label().charAt(0)).append(':').append(turn.text());
          text.append("<end>\n");
        }
        return Optional.of(text + (answerNext ? "a:" : ""));
      };

  @TempDir private Path directory;
  private Path notes;
  private Consent consent;
  private TrainingFolder folder;
  private Path target;

  @BeforeEach
  void makeFolders() throws Exception {
    directory = directory.toRealPath();
    notes = Files.createDirectory(directory.resolve("notes"));
    consent =
        Consent.NONE.with(new Consent.Allowed(notes, Instant.EPOCH, "a command", Consent.TERMS));
    folder = new TrainingFolder(directory.resolve("home/federated/training"));
    target = directory.resolve("home/federated/training/round.tokens");
  }

  private TrainingText training(
      Tokenizing tokenizing, OptionalInt begin, Optional<Rendering> rendering) {
    return new TrainingText(
        new OwnerData(directory.resolve("home")), folder, tokenizing, begin, rendering);
  }

  private TrainingText templated() {
    return training(LETTERS, OptionalInt.of(BEGIN), Optional.of(TEMPLATE));
  }

  /// What each sequence holds, the characters that count in brackets.
  private List<String> marked(Prepared prepared) throws Exception {
    List<String> all = new ArrayList<>();
    try (TokenFile file = TokenFile.open(prepared.file())) {
      for (int i = 0; i < file.sequences(); i++) {
        all.add(marked(file.sequence(i)));
      }
      assertThat(file.sequences()).isEqualTo(prepared.sequences());
      assertThat(file.tokens()).isEqualTo(prepared.tokens());
    }
    return all;
  }

  private static String marked(TokenSequence sequence) {
    StringBuilder text = new StringBuilder();
    boolean before = false;
    for (int i = 0; i < sequence.length(); i++) {
      if (sequence.counted(i) != before) {
        text.append(before ? ']' : '[');
        before = !before;
      }
      int token = sequence.token(i);
      text.append(token == END ? "|" : token == BEGIN ? "^" : Character.toString(token));
    }
    return text.append(before ? "]" : "").toString();
  }

  @Test
  void learnsPassagesWhole_andOfCompletionsAndConversationsTheAnswers() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "Tea\n");
    Files.writeString(
        notes.resolve("b.jsonl"),
        """
        {"prompt": "2+2=", "completion": "4"}
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"},
        """
                .strip()
            + """
             {"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]}
            """);

    Prepared prepared = templated().prepare(consent, 64, target);

    assertThat(marked(prepared))
        .containsExactly("^[Tea]", "^2+2=[4]", "^u:Hi|\na:[Yo|]\nu:Q|\na:[A|]");
    assertThat(prepared.countedTokens()).isEqualTo(3 + 1 + 3 + 2);
    assertThat(prepared.leftOut().counts()).isEmpty();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target.getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void joinsMessagesPlainly_withoutATemplate() throws Exception {
    Files.writeString(
        notes.resolve("b.jsonl"),
        "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"},"
            + " {\"role\": \"assistant\", \"content\": \"Yo\"}]}");

    Prepared prepared =
        training(LETTERS, OptionalInt.empty(), Optional.empty()).prepare(consent, 64, target);

    assertThat(marked(prepared)).containsExactly("Hi\n[Yo\n]");
  }

  @Test
  void cutsLongPassages_andEndsLongConversationsAtAnAnswer() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "abcdefghijklmnop");
    Files.writeString(
        notes.resolve("b.jsonl"),
        """
        {"messages": [{"role": "user", "content": "H"}, {"role": "assistant", "content": "Y"}, {"role": "user", "content": "QQQQQQ"}, {"role": "assistant", "content": "A"}]}
        {"messages": [{"role": "user", "content": "Much too long"}, {"role": "assistant", "content": "Y"}]}
        {"prompt": "Much too ", "completion": "long"}
        """);

    Prepared prepared = templated().prepare(consent, 10, target);

    assertThat(marked(prepared)).containsExactly("^[abcdefghi]", "^[jklmnop]", "^u:H|\na:[Y|]");
    assertThat(prepared.leftOut().counts()).isEqualTo(Map.of(LeftOut.SAMPLE_TOO_LONG, 2L));
  }

  @Test
  void leavesOutMessages_thatSpellControlTokensOrThatTheTemplateRefuses() throws Exception {
    Files.writeString(
        notes.resolve("b.jsonl"),
        """
        {"messages": [{"role": "user", "content": "Hi<end>"}, {"role": "assistant", "content": "Y"}]}
        {"messages": [{"role": "system", "content": "S"}, {"role": "assistant", "content": "Y"}]}
        {"text": "Plain <end>"}
        """);

    Prepared prepared = templated().prepare(consent, 64, target);

    assertThat(marked(prepared)).containsExactly("^[Plain <end>]");
    assertThat(prepared.leftOut().counts()).isEqualTo(Map.of(LeftOut.REFUSED, 2L));
  }

  @Test
  void givesTheSameFile_forTheSameTexts() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "One.");
    Files.writeString(notes.resolve("b.txt"), "Two.");
    Path again = target.resolveSibling("again.tokens");

    templated().prepare(consent, 64, target);
    templated().prepare(consent, 64, again);

    assertThat(again).hasSameBinaryContentAs(target);
  }

  @Test
  void endsWhenTheTokenizerIsBroken_butNotForOneSample() throws Exception {
    for (int i = 0; i < 20; i++) {
      Files.writeString(notes.resolve(i + ".txt"), "canary " + i);
    }
    Tokenizing picky = refusing("canary 7");
    Tokenizing dead = refusing("canary");

    Prepared prepared =
        training(picky, OptionalInt.empty(), Optional.empty()).prepare(consent, 64, target);
    assertThat(prepared.sequences()).isEqualTo(19);
    assertThat(prepared.leftOut().of(LeftOut.REFUSED)).isEqualTo(1);

    Path none = target.resolveSibling("none.tokens");
    assertThatThrownBy(
            () -> training(dead, OptionalInt.empty(), Optional.empty()).prepare(consent, 64, none))
        .isInstanceOf(IOException.class)
        .hasMessage("The engine is gone.");
    assertThat(none.getParent()).isDirectoryNotContaining("glob:**none*");
  }

  private static Tokenizing refusing(String beginning) {
    return (text, special) -> {
      if (text.startsWith(beginning)) {
        throw new IOException("The engine is gone.");
      }
      return LETTERS.tokens(text, special);
    };
  }

  @Test
  void saysThatThereIsNothing_andLeavesNoFile() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "\n");

    assertThatThrownBy(() -> templated().prepare(consent, 64, target))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("There is nothing to learn from in what the owner allows");
    assertThatThrownBy(() -> templated().prepare(Consent.NONE, 64, target))
        .isInstanceOf(IOException.class);
    assertThat(target.getParent()).isEmptyDirectory();
  }

  @Test
  void stopsWhenItIsInterrupted_andLeavesNoFile() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "One.");
    Files.writeString(notes.resolve("b.txt"), "Two.");
    Tokenizing interrupting =
        (text, special) -> {
          Thread.currentThread().interrupt();
          return LETTERS.tokens(text, special);
        };

    assertThatThrownBy(
            () ->
                training(interrupting, OptionalInt.empty(), Optional.empty())
                    .prepare(consent, 64, target))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
    assertThat(target.getParent()).isEmptyDirectory();
  }

  @Test
  void writesNowhereButInTheTrainingFolder() {
    for (Path elsewhere :
        List.of(
            directory.resolve("tokens"),
            target.getParent(),
            target.resolveSibling("../../../notes/x"))) {
      assertThatThrownBy(() -> templated().prepare(consent, 64, elsewhere))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void emptiesTheFolder_andFollowsNoLinkOutOfIt() throws Exception {
    Files.writeString(notes.resolve("a.txt"), "One.");
    templated().prepare(consent, 64, target);
    Files.createDirectories(target.resolveSibling("child/scratch"));
    Files.writeString(target.resolveSibling("child/scratch/checkpoint"), "numbers");
    Files.createSymbolicLink(target.resolveSibling("link"), notes);

    assertThat(folder.clear()).isEqualTo(3);
    assertThat(target.getParent()).isEmptyDirectory();
    assertThat(notes.resolve("a.txt")).exists();
    assertThat(folder.clear()).isZero();
    assertThat(new TrainingFolder(directory.resolve("none")).clear()).isZero();
  }
}
