// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.testkit.GoldenScript;

final class RefereeScriptsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "an-answer",
        "sunset",
        "more-users-than-slots",
        "silence-and-clocks",
        "waiting-in-the-queue",
        "a-contributor-comes-first",
        "slots-pass-on",
        "home-moves-to-the-standby",
        "a-conversation-stays",
        "a-handover",
        "tokens-of-an-hour"
      })
  void saysWhatTheScriptSays(String script) throws Exception {
    RefereeConversation conversation = new RefereeConversation();

    GoldenScript.replay(Path.of("src", "test", "resources", script + ".script"), conversation::run);
  }
}
