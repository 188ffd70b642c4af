// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

/// What one rendering may use. A template comes from an untrusted file; whatever it does, it ends
/// within these bounds, in well under a second.
final class Budget {
  /// The longest text, in UTF-16 units.
  static final int TEXT_CHARS_MAX = 4 << 20;

  /// The most elements of a list.
  static final int ITEMS_MAX = 100_000;

  private static final int STEPS_MAX = 3_000_000;
  private static final long COPIED_CHARS_MAX = 24L << 20;
  private static final int DEPTH_MAX = 200;
  private static final int READ_CHARS_PER_STEP = 64;

  private int steps;
  private long copiedChars;
  private int depth;

  /// One expression or statement was reached, one element was made.
  void step() {
    steps(1);
  }

  void steps(int count) {
    steps += count;
    if (steps > STEPS_MAX || count < 0 || steps < 0) {
      throw Refusal.because("it takes more than %,d steps".formatted(STEPS_MAX));
    }
  }

  /// A text of `chars` UTF-16 units is about to be made.
  void text(long chars) {
    if (chars > TEXT_CHARS_MAX) {
      throw Refusal.because(
          "it makes a text of more than %,d characters".formatted(TEXT_CHARS_MAX));
    }
    copiedChars += chars;
    if (copiedChars > COPIED_CHARS_MAX) {
      throw Refusal.because("it copies more than %,d characters".formatted(COPIED_CHARS_MAX));
    }
  }

  /// A list of `items` elements is about to be made.
  void items(long items) {
    if (items > ITEMS_MAX) {
      throw Refusal.because("it makes a list of more than %,d elements".formatted(ITEMS_MAX));
    }
    steps((int) items);
  }

  /// A text of `chars` UTF-16 units is about to be read through.
  void read(int chars) {
    steps(1 + chars / READ_CHARS_PER_STEP);
  }

  void enter() {
    depth++;
    if (depth > DEPTH_MAX) {
      throw Refusal.because("it nests or calls itself more than %d deep".formatted(DEPTH_MAX));
    }
  }

  void leave() {
    depth--;
  }
}
