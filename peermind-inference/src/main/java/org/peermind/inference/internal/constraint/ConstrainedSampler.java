// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.Optional;
import org.peermind.inference.Sampling;
import org.peermind.inference.internal.text.TokenSampler;

/// Chooses a token under a constraint: always what [TokenSampler] chooses from the masked logits at
/// that position, so that the choice is a function of logits, seed, position and constraint alone,
/// and near-ties are those between tokens that are allowed.
///
/// The mask is often not needed. Every token's noise is a hash of seed, position and id
/// (Gumbel-max), so taking tokens away moves no other one: when the best of all tokens is allowed
/// and nothing comes near it, it is the best of the allowed ones too. For the same reason no second
/// draw with other noise is needed after a rejection; the best of the allowed tokens follows
/// exactly the softmax over them. Only where a cut (top-p, top-k, min-p) depends on all candidates
/// must the mask come first.
public final class ConstrainedSampler {
  /// How often another token is chosen when the mask let through one that the rules refuse.
  private static final int REFUSED_MAX = 64;

  private final TokenSampler sampler;
  private final boolean cuts;

  /// @param sampling what `sampler` was made with
  public ConstrainedSampler(TokenSampler sampler, Sampling sampling) {
    this.sampler = sampler;
    cuts = sampling.topP() < 1 || sampling.topK() > 0 || sampling.minP() > 0;
  }

  /// The choice at `position`; `logits` may come back masked. Empty when the vocabulary has no
  /// token that fits.
  ///
  /// A form that can be read in more ways than are followed at once ([Configuration#STACKS_MAX])
  /// loses some of them on the way through a token, which the mask, made way by way, does not see.
  /// So what was chosen is held against the rules once more, and the next best taken, on every
  /// machine in the same order.
  ///
  /// @throws ArithmeticException when no logit of an allowed token is a finite number
  public Optional<TokenSampler.Choice> choose(
      float[] logits, int position, TokenConstraint constraint) {
    if (!cuts) {
      TokenSampler.Choice choice = sampler.choose(logits, position);
      if (!choice.nearTie() && constraint.allows(choice.tokenId())) {
        return Optional.of(choice);
      }
    }
    if (!constraint.mask(logits)) {
      return Optional.empty();
    }
    for (int refused = 0; refused <= REFUSED_MAX && anyLeft(logits); refused++) {
      TokenSampler.Choice choice = sampler.choose(logits, position);
      if (constraint.allows(choice.tokenId())) {
        return Optional.of(choice);
      }
      logits[choice.tokenId()] = Float.NEGATIVE_INFINITY;
    }
    return Optional.empty();
  }

  /// After a refusal; before one, logits that are no numbers are the sampler's to complain of.
  private static boolean anyLeft(float[] logits) {
    for (float logit : logits) {
      if (logit != Float.NEGATIVE_INFINITY) {
        return true;
      }
    }
    return false;
  }
}
