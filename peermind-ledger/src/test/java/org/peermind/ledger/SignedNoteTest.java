// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Notes and checkpoints as C2SP writes them.
final class SignedNoteTest {
  /// The published example of the Go checksum database's note package.
  private static final String KEY =
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

  private static final String NOTE =
      """
      If you think cryptography is the answer to your problem,
      then you don't know what your problem is.

      — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
      """;

  private static SignedNote parse(String note) throws LedgerException {
    return SignedNote.parse(note.getBytes(StandardCharsets.UTF_8));
  }

  private static SignedNote head(TreeHash root, long size) throws LedgerException {
    Checkpoint head = new Checkpoint("peermind/garden", size, root, List.of());
    return SignedNote.sign(head.text(), Records.REFEREE, keys(), Records.START);
  }

  private static List<NoteKey> keys() throws LedgerException {
    NoteKey log = new NoteKey("peermind/garden", NoteKey.Kind.ED25519, Records.REFEREE.publicKey());
    return List.of(log, LogFormat.witness(log));
  }

  @Test
  void verifiesThePublishedNote_andReadsPublishedKeys() throws Exception {
    NoteKey key = NoteKey.parse(KEY);
    assertThat(parse(NOTE).verify(List.of(key))).containsExactly(key);
    assertThat(parse(NOTE).toString()).isEqualTo(NOTE);
    String checksums = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    assertThat(NoteKey.parse(checksums).toString()).isEqualTo(checksums);
    assertThatThrownBy(() -> parse(NOTE.replace("think", "thank")).verify(List.of(key)))
        .hasMessage("the signature of PeterNeumann does not verify");
  }

  @Test
  void readsThePublishedCheckpoint_withItsCosignature() throws Exception {
    SignedNote note =
        parse(
            """
            example.com/behind-the-sofa
            20852163
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

            — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
            — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
            """);
    Checkpoint head = Checkpoint.parse(note.text());
    assertThat(head.size()).isEqualTo(20_852_163);
    assertThat(head.text()).isEqualTo(note.text());
    assertThatThrownBy(() -> note.verify(keys())).hasMessage("no known key signed the note");
  }

  @Test
  void ignoresUnknownKeys_andFailsForOneBadKnownSignature() throws Exception {
    SignedNote note = head(TreeHash.EMPTY_TREE, 0);
    List<NoteKey> keys = keys();
    assertThat(note.verify(keys)).isEqualTo(keys);
    assertThat(note.time(keys.get(1))).contains(Records.START);
    String stranger = NOTE.lines().toList().getLast() + "\n";
    assertThat(parse(note + stranger).verify(keys)).isEqualTo(keys);
    assertThatThrownBy(
            () -> parse(note + stranger).verify(List.of(keys.get(0), NoteKey.parse(KEY))))
        .hasMessageContaining("does not verify");
  }

  @Test
  void refusesWhatIsNoNote() {
    for (String wrong :
        List.of(
            "",
            "text\n",
            "text\n\n",
            NOTE.strip(),
            NOTE.replace("If", "I\u0001f"),
            NOTE.replace("— ", "- "),
            NOTE.replace("nAM=", "nAN="),
            NOTE + NOTE.substring(0, 5))) {
      assertThatThrownBy(() -> parse(wrong)).as(wrong).isInstanceOf(LedgerException.class);
    }
    assertThatThrownBy(() -> SignedNote.parse(new byte[] {(byte) 0xff, '\n', '\n'}))
        .hasMessage("a note is not UTF-8");
    for (String wrong : List.of("a\n01\nAA==\n", "a\n-1\n", "a\n1\nAA==\n", "\n\n\n")) {
      assertThatThrownBy(() -> Checkpoint.parse(wrong)).isInstanceOf(LedgerException.class);
    }
  }

  @Test
  void provesTwoHeadsOfOneSize() throws Exception {
    SignedNote one = head(TreeHash.leaf(new byte[1]), 1);
    SignedNote other = head(TreeHash.leaf(new byte[2]), 1);
    NoteKey key = keys().getFirst();
    ConflictingHeads proof =
        new ConflictingHeads(SignedNote.parse(one.toBytes()), SignedNote.parse(other.toBytes()));
    proof.verify(key);
    assertThatThrownBy(() -> new ConflictingHeads(one, one).verify(key))
        .hasMessage("the checkpoints agree");
    assertThatThrownBy(
            () -> new ConflictingHeads(one, head(TreeHash.leaf(new byte[2]), 2)).verify(key))
        .hasMessageContaining("two sizes");
    assertThatThrownBy(() -> proof.verify(NoteKey.parse(KEY)))
        .hasMessage("no known key signed the note");
  }
}
