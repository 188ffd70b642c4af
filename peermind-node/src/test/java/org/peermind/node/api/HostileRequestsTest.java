// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Trust facts 5.4, fault 25: refused before anything is asked. What a refusal costs is measured by
/// [HostileRequestsBench].
@Timeout(60)
final class HostileRequestsTest {
  @Test
  void areRefusedBeforeAnybodyIsAsked() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", ScriptedAnswers.text("x"), ScriptedAnswers.done());
    try (ApiServer server = ApiFixture.start(answers)) {
      for (Map.Entry<String, byte[]> request : HostileRequests.all().entrySet()) {
        String json = new String(request.getValue(), StandardCharsets.UTF_8);
        RawClient.Response response = RawClient.chat(server.port(), json);

        assertThat(response.status()).as(request.getKey()).isIn(400, 413);
        assertThat(response.body().length()).as(request.getKey()).isLessThan(1_000);
      }
      assertThat(answers.countAsked()).isZero();
    }
  }
}
