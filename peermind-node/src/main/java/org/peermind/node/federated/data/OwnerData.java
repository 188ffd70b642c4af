// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What there is to learn from in the files that the owner allows: text, Markdown and JSON lines in
/// UTF-8, bounded in number and length, without what repeats itself. The same files give the same
/// samples in the same order.
public final class OwnerData {
  private final Path home;

  /// A file and what is used of it.
  ///
  /// @param samples that are new in it
  public record UsedFile(Path path, int samples) {
    /// Tells no name.
    @Override
    public String toString() {
      return "UsedFile[" + samples + " samples]";
    }
  }

  /// What would be used, for the owner's eyes; it holds names of files and nothing of their
  /// content.
  ///
  /// @param files with at least one sample, in order
  /// @param samples in all files
  /// @param characters of all samples together, UTF-16 units
  public record Survey(List<UsedFile> files, int samples, long characters, LeftOuts leftOut) {
    public Survey {
      files = List.copyOf(files);
    }
  }

  /// @param home of this node, from which nothing is ever used
  public OwnerData(Path home) {
    this.home = home;
  }

  /// Whether a path is a file of a kind that can be used.
  public static boolean isUsable(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && DataFile.kind(path).isPresent();
  }

  /// Reads all that is allowed and tells what would be used.
  ///
  /// @throws InterruptedException when the calling thread was interrupted
  public Survey survey(Consent consent) throws InterruptedException {
    Samples samples = samples(consent, new LeftOuts());
    long characters = 0;
    int count = 0;
    while (samples.hasNext()) {
      stopIfInterrupted();
      characters += characters(samples.next());
      count++;
    }
    // A file whose reading was interrupted must not look like one that cannot be read.
    stopIfInterrupted();
    return new Survey(samples.used, count, characters, samples.leftOut);
  }

  /// How long the files are together, in bytes; nothing is read.
  long bytes(Consent consent) {
    return new DataWalk(home, new LeftOuts())
        .files(consent).stream().mapToLong(DataFile::bytes).sum();
  }

  private static void stopIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private static long characters(Sample sample) {
    return switch (sample) {
      case Sample.Passage(String text) -> text.length();
      case Sample.Completion(String prompt, String completion) ->
          (long) prompt.length() + completion.length();
      case Sample.Dialogue dialogue ->
          dialogue.turns().stream().mapToLong(turn -> turn.text().length()).sum();
    };
  }

  Samples samples(Consent consent, LeftOuts leftOut) {
    return new Samples(new DataWalk(home, leftOut), consent, leftOut);
  }

  /// The samples one after the other; one file at a time is in memory.
  static final class Samples implements Iterator<Sample> {
    private final DataWalk walk;
    private final LeftOuts leftOut;
    private final JsonLines jsonLines;
    private final Duplicates duplicates = new Duplicates();
    private final Iterator<DataFile> files;
    private final List<UsedFile> used = new ArrayList<>();
    private Iterator<Sample> inFile = List.<Sample>of().iterator();
    private @Nullable Sample next;

    private Samples(DataWalk walk, Consent consent, LeftOuts leftOut) {
      this.walk = walk;
      this.leftOut = leftOut;
      this.jsonLines = new JsonLines(leftOut);
      this.files = walk.files(consent).iterator();
    }

    @Override
    public boolean hasNext() {
      while (next == null) {
        if (inFile.hasNext()) {
          next = inFile.next();
        } else if (files.hasNext()) {
          inFile = fresh(files.next());
        } else {
          return false;
        }
      }
      return true;
    }

    private Iterator<Sample> fresh(DataFile file) {
      Optional<String> text = walk.text(file);
      if (text.isEmpty()) {
        return inFile;
      }
      List<Sample> all =
          switch (file.kind()) {
            case TEXT ->
                PlainText.passages(text.get()).stream().<Sample>map(Sample.Passage::new).toList();
            case JSON_LINES -> jsonLines.samples(text.get()).toList();
          };
      List<Sample> fresh = new ArrayList<>();
      for (Sample sample : all) {
        Optional<LeftOut> why = duplicates.repeated(sample);
        why.ifPresentOrElse(leftOut::count, () -> fresh.add(sample));
      }
      if (!fresh.isEmpty()) {
        used.add(new UsedFile(file.path(), fresh.size()));
      }
      return fresh.iterator();
    }

    @Override
    public Sample next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      Sample sample = next;
      next = null;
      return sample;
    }
  }
}
