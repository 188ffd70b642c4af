// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.peermind.protocol.Sha256;

/// Finds samples that were there before.
///
/// All kinds are compared exactly after normalisation, by SHA-256. Passages of at least
/// [#NEAR_WORDS_MIN] words are also compared roughly: two are alike when at least
/// [#ALIKE_MIN]/[#HASHES] of their runs of [#RUN_WORDS] words are estimated to be common, by
/// MinHash (Broder 1997) with candidates from [#BANDS] bands of rows (Leskovec, Rajaraman, Ullman,
/// Mining of Massive Datasets, chapter 3). Shorter ones are not: two facts that differ in a word
/// are two facts. Nor are conversations and completions, where a long common prompt may have
/// answers that differ.
final class Duplicates {
  /// The most samples that are remembered, and so used.
  static final int SAMPLES_MAX = 1 << 16;

  static final int NEAR_WORDS_MIN = 50;
  static final int RUN_WORDS = 5;
  static final int HASHES = 64;
  static final int BANDS = 16;
  static final int ALIKE_MIN = 51;
  private static final int ROWS = HASHES / BANDS;
  private static final int SLOTS = 1 << 21;

  private final Set<ByteBuffer> exact = new HashSet<>();

  /// Signatures of passages, one after the other, grown by doubling.
  private int[] signatures = new int[HASHES << 4];

  /// For each band and value, 1 + the number of the first passage that had it; 0 where none had.
  /// When the hashed places of two values meet, the later one is not found by: a duplicate may be
  /// missed, never invented, because signatures are compared.
  private int[] slots = new int[0];

  private int passages;

  /// Why a sample is left out, or nothing when it is new, which it then no longer is.
  Optional<LeftOut> repeated(Sample sample) {
    if (exact.size() >= SAMPLES_MAX) {
      return Optional.of(LeftOut.SAMPLES_BEYOND_BOUND);
    }
    if (!exact.add(key(sample))) {
      return Optional.of(LeftOut.DUPLICATE);
    }
    return sample instanceof Sample.Passage(String text) && nearlySeen(text)
        ? Optional.of(LeftOut.NEAR_DUPLICATE)
        : Optional.empty();
  }

  private static ByteBuffer key(Sample sample) {
    MessageDigest digest = Sha256.digest();
    switch (sample) {
      case Sample.Passage(String text) -> add(digest, "passage", text);
      case Sample.Completion(String prompt, String completion) -> {
        add(digest, "prompt", prompt);
        add(digest, "completion", completion);
      }
      case Sample.Dialogue dialogue ->
          dialogue.turns().forEach(turn -> add(digest, turn.role().label(), turn.text()));
    }
    return ByteBuffer.wrap(digest.digest()).asReadOnlyBuffer();
  }

  private static void add(MessageDigest digest, String part, String text) {
    for (String one : new String[] {part, PlainText.normalised(text)}) {
      byte[] bytes = one.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
      digest.update(bytes);
    }
  }

  private boolean nearlySeen(String text) {
    String[] words = PlainText.normalised(text).split(" ", -1);
    if (words.length < NEAR_WORDS_MIN) {
      return false;
    }
    int[] signature = signature(words);
    if (slots.length == 0) {
      slots = new int[SLOTS];
    }
    for (int band = 0; band < BANDS; band++) {
      int candidate = slots[slot(signature, band)] - 1;
      if (candidate >= 0 && alike(signature, candidate)) {
        return true;
      }
    }
    keep(signature);
    return false;
  }

  /// For each of the hash functions the least value over all runs of words.
  private static int[] signature(String[] words) {
    int[] least = new int[HASHES];
    Arrays.fill(least, Integer.MAX_VALUE);
    for (int from = 0; from + RUN_WORDS <= words.length; from++) {
      long run = 0;
      for (int at = from; at < from + RUN_WORDS; at++) {
        run = mixed(run * 31 + wordHash(words[at]));
      }
      for (int i = 0; i < HASHES; i++) {
        least[i] = Math.min(least[i], (int) (mixed(run + i * 0x9e3779b97f4a7c15L) >>> 33));
      }
    }
    return least;
  }

  private static long wordHash(String word) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < word.length(); i++) {
      hash = (hash ^ word.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
  private static long mixed(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static int slot(int[] signature, int band) {
    long hash = band + 1L;
    for (int row = 0; row < ROWS; row++) {
      hash = mixed(hash * 31 + signature[band * ROWS + row]);
    }
    return (int) (hash >>> 43);
  }

  private boolean alike(int[] signature, int passage) {
    int same = 0;
    for (int i = 0; i < HASHES; i++) {
      same += signature[i] == signatures[passage * HASHES + i] ? 1 : 0;
    }
    return same >= ALIKE_MIN;
  }

  private void keep(int[] signature) {
    if ((passages + 1) * HASHES > signatures.length) {
      signatures = Arrays.copyOf(signatures, 2 * signatures.length);
    }
    System.arraycopy(signature, 0, signatures, passages * HASHES, HASHES);
    passages++;
    for (int band = 0; band < BANDS; band++) {
      int slot = slot(signature, band);
      if (slots[slot] == 0) {
        slots[slot] = passages;
      }
    }
  }
}
