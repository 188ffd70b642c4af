// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.inference.Embeddings;

@Timeout(30)
final class EmbeddingsPageTest {
  private final ScriptedAnswers answers =
      new ScriptedAnswers()
          .embedding("m", new Embeddings(List.of(List.of(0.6f, -0.8f), List.of(1f, 0f)), 5));

  private RawClient.Response post(String json) throws Exception {
    try (ApiServer server = ApiFixture.start(answers)) {
      return RawClient.post(server.port(), "/v1/embeddings", json.replace('\'', '"'));
    }
  }

  @Test
  void givesVectorsInTheOrderOfTheTexts() throws Exception {
    RawClient.Response response = post("{'model':'m','input':['one','two'],'user':'u'}");

    assertThat(response.body())
        .isEqualTo(
            "{\"object\":\"list\",\"data\":["
                + "{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.6,-0.8]},"
                + "{\"object\":\"embedding\",\"index\":1,\"embedding\":[1.0,0.0]}],"
                + "\"model\":\"m\",\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}");
    assertThat(answers.lastAsked().embed()).containsExactly("one", "two");
    assertThat(answers.lastAsked().promptBytes()).isEqualTo(6);
  }

  @Test
  void packsVectors_whenBase64IsAskedFor() throws Exception {
    JsonNode body =
        new ObjectMapper()
            .readTree(post("{'model':'m','input':'x','encoding_format':'base64'}").body());
    ByteBuffer packed =
        ByteBuffer.wrap(
                Base64.getDecoder().decode(body.path("data").path(0).path("embedding").asText()))
            .order(ByteOrder.LITTLE_ENDIAN);

    assertThat(packed.getFloat()).isEqualTo(0.6f);
    assertThat(packed.getFloat()).isEqualTo(-0.8f);
    assertThat(packed.hasRemaining()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'model':'m','input':'x','dimensions':2}|200|",
        "{'model':'m','input':'x','dimensions':3}|400|dimensions",
        "{'model':'m','input':'x','dimensions':0}|400|dimensions",
        "{'model':'m','input':'x','encoding_format':'hex'}|400|encoding_format",
        "{'model':'m','input':[1,2]}|400|input",
        "{'model':'m','input':[[1,2]]}|400|input",
        "{'model':'m','input':[]}|400|input",
        "{'model':'m','input':''}|400|input",
        "{'model':'m','input':['x','']}|400|input",
        "{'model':'m','input':5}|400|input",
        "{'model':'m'}|400|input",
        "{'input':'x'}|400|model",
        "{'model':'m','input':'x','mood':1}|400|mood",
        "{'model':'other','input':'x'}|404|model",
      })
  void refusesTheRest_namingTheField(String json, int status, String param) throws Exception {
    RawClient.Response response = post(json);

    assertThat(response.status()).isEqualTo(status);
    if (status != 200) {
      assertThat(new ObjectMapper().readTree(response.body()).path("error").path("param").asText())
          .isEqualTo(status == 404 ? "model" : param);
    }
  }

  @Test
  void refusesTooMuchText() throws Exception {
    String long32 = "'" + "x".repeat(32 * 1024) + "'";

    assertThat(post("{'model':'m','input':'" + "x".repeat(33_000) + "'}").body())
        .contains("context_length_exceeded");
    assertThat(post("{'model':'m','input':[" + (long32 + ",").repeat(8) + "'one more']}").body())
        .contains("context_length_exceeded");
    assertThat(post("{'model':'m','input':[" + "'x',".repeat(256) + "'x']}").body())
        .contains("input");
  }
}
