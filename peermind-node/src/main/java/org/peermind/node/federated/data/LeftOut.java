// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

/// Why something that lies in an allowed folder is not used.
public enum LeftOut {
  /// A symbolic link, which is never followed.
  LINK("symbolic links"),
  /// A file or folder whose name begins with a dot, unless it was named itself.
  HIDDEN("hidden files and folders"),
  /// Neither `.txt`, `.md` nor `.jsonl`, or no regular file.
  OTHER_KIND("files that are not .txt, .md or .jsonl"),
  /// The home of this node.
  NODE_HOME("this node's own directory"),
  /// A folder too deep below the allowed one.
  TOO_DEEP("folders more than %d deep".formatted(DataWalk.DEPTH_MAX)),
  /// A file that is too long.
  FILE_TOO_LONG("files of more than %d MiB".formatted(DataWalk.FILE_BYTES_MAX >> 20)),
  /// Beyond the number of files or the bytes of all together.
  BEYOND_BOUND("files beyond the bounds"),
  /// It cannot be read, or is no longer there.
  UNREADABLE("paths that cannot be read"),
  /// Its bytes are no UTF-8, or it has control characters.
  NOT_TEXT("files that are no UTF-8 text"),
  /// A line of a `.jsonl` file that is no sample.
  MALFORMED("lines that are no sample"),
  /// The same as an earlier sample but for case and white space.
  DUPLICATE("repeated samples"),
  /// A passage that has most of its words in common with an earlier one.
  NEAR_DUPLICATE("passages much like another"),
  /// Beyond the number of samples.
  SAMPLES_BEYOND_BOUND("samples beyond the bounds"),
  /// The model's tokens or chat template do not take it.
  REFUSED("samples that the model cannot read"),
  /// Longer than a sequence may be.
  SAMPLE_TOO_LONG("samples longer than a sequence");

  private final String words;

  LeftOut(String words) {
    this.words = words;
  }

  /// What is left out, in the plural.
  public String words() {
    return words;
  }
}
