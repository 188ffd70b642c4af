// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;

final class OwnUpdatesTest {
  private static final Digest ROUND = new Digest("1a".repeat(32));

  @TempDir private Path folder;

  @Test
  void deletesTheUpdate_andKeepsTheCommitment() throws Exception {
    MemberFiles files = new MemberFiles(folder);
    SignedEnvelope commit =
        SignedEnvelope.seal(
            IdentityKey.generate(new SecureRandom()), "update-commit", new byte[] {1});
    Digest other = files.shelf().put(new byte[] {7});
    files.bind(ROUND, new byte[] {3, 4}, commit);
    assertThat(files.update(ROUND)).isPresent();

    assertThat(new OwnUpdates(folder).delete()).isEqualTo(1);

    assertThat(files.update(ROUND)).isEmpty();
    assertThat(files.shelf().has(Digest.over(new byte[] {3, 4}))).isFalse();
    assertThat(files.said(ROUND, MemberFiles.Saying.COMMIT)).contains(commit);
    assertThat(files.shelf().has(other)).isTrue();
    assertThat(new OwnUpdates(folder).delete()).isZero();
    assertThat(new OwnUpdates(folder.resolve("none")).delete()).isZero();
    assertThat(Files.exists(folder.resolve("none"))).isFalse();
  }
}
