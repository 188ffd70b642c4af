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
      areRefused(server, "/v1/chat/completions", HostileRequests.all());
      areRefused(server, "/v1/responses", HostileRequests.responses());
      assertThat(answers.countAsked()).isZero();
    }
  }

  private static void areRefused(ApiServer server, String path, Map<String, byte[]> requests)
      throws Exception {
    for (Map.Entry<String, byte[]> request : requests.entrySet()) {
      String json = new String(request.getValue(), StandardCharsets.UTF_8);
      RawClient.Response response = RawClient.post(server.port(), path, json);

      assertThat(response.status()).as(request.getKey()).isIn(400, 413);
      assertThat(response.body().length()).as(request.getKey()).isLessThan(1_000);
    }
  }
}
