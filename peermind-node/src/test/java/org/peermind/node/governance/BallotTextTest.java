// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peermind.node.governance.BallotText.Named;
import org.peermind.protocol.governance.Digest;

/// How people write ballots.
final class BallotTextTest {
  private static final Digest SMALL = VotingTown.digest("small");
  private static final Digest LARGE = VotingTown.digest("large");
  private static final Digest OTHER = VotingTown.digest("other");
  private static final List<Named> ONE = List.of(new Named(SMALL, "small"));
  private static final List<Named> THREE =
      List.of(new Named(SMALL, "small"), new Named(LARGE, "large"), new Named(OTHER, "other"));

  private static void refuses(String text, List<Named> candidates, String sentence) {
    assertThatThrownBy(() -> BallotText.read(text, candidates))
        .isInstanceOf(BallotText.Unclear.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void readsYesAndNo_aboutOneCandidate() throws Exception {
    assertThat(BallotText.read(" Yes ", ONE).ranks(List.of(SMALL))).containsExactly(1, 2);
    assertThat(BallotText.read("no", ONE).ranks(List.of(SMALL))).containsExactly(0, 1);
    refuses("yes", THREE, "There are 3 candidates (small, large, other); rank them");
  }

  @Test
  void readsTiers_withKeepWhereItStands() throws Exception {
    BallotWish wish = BallotText.read("small > LARGE = other > keep", THREE);

    assertThat(wish.ranks(List.of(SMALL, LARGE, OTHER))).containsExactly(1, 2, 2, 3);
    assertThat(wish.ranks(List.of(OTHER))).containsExactly(2, 3);
    assertThat(BallotText.read("KEEP > small", THREE).ranks(List.of(SMALL, LARGE)))
        .containsExactly(2, 0, 1);
  }

  @Test
  void putsKeepBehindAllThatAreNamed_whenItIsLeftOut() throws Exception {
    String digits = LARGE.hex().substring(0, 8);

    assertThat(BallotText.read(digits, THREE).ranks(List.of(SMALL, LARGE, OTHER)))
        .containsExactly(0, 1, 0, 2);
  }

  @Test
  void saysWhatIsUnclear() {
    refuses("tiny", THREE, "no candidate tiny; its candidates are small, large, other");
    refuses("small > > large", THREE, "A name is missing");
    refuses("small > small", THREE, "small is named twice");
    refuses("KEEP = small > keep", THREE, "keep is named twice");
    refuses("x".repeat(4_001), THREE, "4000 characters at most");
    refuses("a", List.of(new Named(SMALL, "a"), new Named(LARGE, "A")), "first digits of one");
  }

  @Test
  void writesTheRankingBack() {
    assertThat(BallotText.words(Map.of("KEEP", 3, "b", 2, "a", 2, "c", 1)))
        .isEqualTo("c > a = b > KEEP");
  }
}
