// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;

/// A token of an answer and how likely it was before anything was sampled, penalised or forbidden.
///
/// @param top the likeliest tokens at this place, the likeliest first; none when not asked for
public record TokenLogprob(Candidate token, List<Candidate> top) {
  public static final int TOP_MAX = 20;

  public TokenLogprob {
    top = List.copyOf(top);
  }

  /// One token.
  ///
  /// @param text of the token; what is no UTF-8 by itself stands as replacement characters
  /// @param bytes 0 to 255 each
  /// @param logprob natural logarithm of the probability, at most 0
  public record Candidate(String text, List<Integer> bytes, double logprob) {
    public Candidate {
      bytes = List.copyOf(bytes);
    }

    @Override
    public String toString() {
      return "Candidate[" + bytes.size() + " bytes]";
    }
  }
}
