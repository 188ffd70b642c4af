// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.SignedEnvelope;

/// Forms of answers by real inference in another process, asked at a light user's node: schemas,
/// tools, probabilities, vectors, reuse and receipts (ADR 0013, ADR 0016, ADR 0017).
@Timeout(120)
class FormsIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CHAT = "/v1/chat/completions";
  private static final String RESPONSES = "/v1/responses";
  private static final String INFERER = "noon";
  private static final String CAPITAL = "What is the capital of Dorrin?";

  @BeforeAll
  static void startNetwork() {
    NETWORK.startReferee();
    NETWORK.startInferer(INFERER, Site.sunny(1_000));
    NETWORK.startUser(TestNetwork.USER);
    NETWORK.awaitReady(1);
  }

  private static JsonNode ask(String path, ObjectNode body) {
    ChatClient.Reply reply = NETWORK.client(TestNetwork.USER).post(path, body.toString());
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    return reply.json();
  }

  private static JsonNode json(String text) throws Exception {
    return JSON.readTree(text.replace('\'', '"'));
  }

  private static List<Double> vector(JsonNode reply, int text) {
    List<Double> values = new ArrayList<>();
    reply.path("data").path(text).path("embedding").forEach(value -> values.add(value.asDouble()));
    return values;
  }

  private static double product(List<Double> one, List<Double> other) {
    double sum = 0;
    for (int i = 0; i < one.size(); i++) {
      sum += one.get(i) * other.get(i);
    }
    return sum;
  }

  @Test
  void holdsAnAnswerToItsSchema() throws Exception {
    ObjectNode body = ChatClient.question(CAPITAL, 200);
    body.set(
        "response_format",
        json(
            "{'type':'json_schema','json_schema':{'name':'town','strict':true,'schema':{"
                + "'type':'object','additionalProperties':false,'required':['name','kind','age'],"
                + "'properties':{'name':{'type':'string','maxLength':20},"
                + "'kind':{'enum':['town','village']},"
                + "'age':{'type':'integer','minimum':10,'maximum':900}}}}}"));

    JsonNode choice = ask(CHAT, body).path("choices").path(0);
    JsonNode town = JSON.readTree(choice.path("message").path("content").asText());

    assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
    assertThat(town.fieldNames()).toIterable().containsExactly("name", "kind", "age");
    assertThat(town.path("name").isTextual()).isTrue();
    assertThat(town.path("name").asText()).hasSizeLessThanOrEqualTo(20);
    assertThat(town.path("kind").asText()).isIn("town", "village");
    assertThat(town.path("age").isIntegralNumber()).isTrue();
    assertThat(town.path("age").asInt()).isBetween(10, 900);
  }

  @Test
  void callsATool_andGoesOnWithItsResult() throws Exception {
    ObjectNode body = ChatClient.question("Call the tool.", 120);
    body.set(
        "tools",
        json(
            "[{'type':'function','function':{'name':'echo','parameters':{'type':'object',"
                + "'properties':{'value':{'type':'string','enum':['OK']}},"
                + "'required':['value'],'additionalProperties':false}}}]"));
    body.set("tool_choice", json("{'type':'function','function':{'name':'echo'}}"));

    JsonNode choice = ask(CHAT, body).path("choices").path(0);
    JsonNode call = choice.path("message").path("tool_calls").path(0);

    assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
    assertThat(choice.path("message").path("tool_calls")).hasSize(1);
    assertThat(call.path("function").path("name").asText()).isEqualTo("echo");
    assertThat(JSON.readTree(call.path("function").path("arguments").asText()))
        .isEqualTo(json("{'value':'OK'}"));

    ObjectNode next = ChatClient.question("Call the tool.", 16);
    ArrayNode messages = next.withArray("messages");
    messages.add(choice.path("message"));
    messages
        .addObject()
        .put("role", "tool")
        .put("tool_call_id", call.path("id").asText())
        .put("content", "OK");
    assertThat(ask(CHAT, next).path("choices").path(0).path("message").path("content").asText())
        .isNotEmpty();
  }

  @Test
  void givesTheSameAnswers_inTheFormOfResponses() throws Exception {
    String chat =
        ask(CHAT, ChatClient.question(CAPITAL, 16))
            .path("choices")
            .path(0)
            .path("message")
            .path("content")
            .asText();
    ObjectNode body = JSON.createObjectNode().put("model", TestNetwork.MODEL).put("input", CAPITAL);
    body.put("max_output_tokens", 16).put("temperature", 0);

    JsonNode response = ask(RESPONSES, body);
    assertThat(response.path("output").path(0).path("content").path(0).path("text").asText())
        .isNotEmpty()
        .isEqualTo(chat);
    assertThat(response.path("usage").path("output_tokens").asInt()).isBetween(1, 16);
    assertThat(response.path("usage").path("peermind").path("complete").asBoolean()).isTrue();

    ChatClient.Reply stream =
        NETWORK.client(TestNetwork.USER).post(RESPONSES, body.put("stream", true).toString());
    assertThat(stream.status()).as(stream.body()).isEqualTo(200);
    assertThat(stream.body()).startsWith("event: response.created\n");
    String last = stream.body().substring(stream.body().lastIndexOf("data: ") + 6);
    assertThat(JSON.readTree(last).path("response").path("output").path(0).path("content"))
        .isEqualTo(response.path("output").path(0).path("content"));
  }

  @Test
  void callsATool_andGoesOnWithItsResult_inTheFormOfResponses() throws Exception {
    ObjectNode body = JSON.createObjectNode().put("model", TestNetwork.MODEL);
    ArrayNode input = body.withArray("input");
    input.addObject().put("role", "user").put("content", "Call the tool.");
    body.put("max_output_tokens", 120).put("temperature", 0).put("tool_choice", "required");
    body.set(
        "tools",
        json(
            "[{'type':'function','name':'echo','parameters':{'type':'object',"
                + "'properties':{'value':{'type':'string','enum':['OK']}},"
                + "'required':['value'],'additionalProperties':false}}]"));

    JsonNode call = ask(RESPONSES, body).path("output").path(0);
    assertThat(call.path("type").asText()).isEqualTo("function_call");
    assertThat(call.path("name").asText()).isEqualTo("echo");
    assertThat(JSON.readTree(call.path("arguments").asText())).isEqualTo(json("{'value':'OK'}"));

    input.add(call);
    input
        .addObject()
        .put("type", "function_call_output")
        .put("call_id", call.path("call_id").asText())
        .put("output", "OK");
    JsonNode next = ask(RESPONSES, body.put("max_output_tokens", 16).put("tool_choice", "none"));
    assertThat(next.path("output").path(0).path("content").path(0).path("text").asText())
        .isNotEmpty();
  }

  @Test
  void tellsTheProbabilitiesOfWhatItSays() {
    ObjectNode body = ChatClient.question(CAPITAL, 8).put("logprobs", true).put("top_logprobs", 2);

    JsonNode choice = ask(CHAT, body).path("choices").path(0);
    ByteArrayOutputStream spelled = new ByteArrayOutputStream();
    for (JsonNode token : choice.path("logprobs").path("content")) {
      double logprob = token.path("logprob").asDouble();
      assertThat(logprob).isNotPositive();
      assertThat(token.path("top_logprobs")).hasSize(2);
      JsonNode best = token.path("top_logprobs").path(0);
      assertThat(best.path("token")).isEqualTo(token.path("token"));
      assertThat(best.path("logprob").asDouble()).isEqualTo(logprob);
      assertThat(token.path("top_logprobs").path(1).path("logprob").asDouble())
          .isLessThanOrEqualTo(logprob);
      token.path("bytes").forEach(each -> spelled.write(each.asInt()));
    }

    assertThat(spelled.toString(StandardCharsets.UTF_8))
        .isNotEmpty()
        .isEqualTo(choice.path("message").path("content").asText());
  }

  @Test
  void makesVectorsOfLengthOne_thatDiffer_inBothEncodings() throws Exception {
    ObjectNode body = JSON.createObjectNode().put("model", TestNetwork.MODEL);
    body.set("input", json("['the sun over the mill','a river of cold stones']"));

    JsonNode reply = ask("/v1/embeddings", body);
    List<Double> sun = vector(reply, 0);
    List<Double> river = vector(reply, 1);
    assertThat(sun).hasSameSizeAs(river);
    assertThat(product(sun, sun)).isCloseTo(1, within(1e-3));
    assertThat(product(river, river)).isCloseTo(1, within(1e-3));
    assertThat(product(sun, river)).isLessThan(0.999);

    JsonNode packed = ask("/v1/embeddings", body.put("encoding_format", "base64"));
    ByteBuffer values =
        ByteBuffer.wrap(
                Base64.getDecoder().decode(packed.path("data").path(0).path("embedding").asText()))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(values.remaining()).isEqualTo(sun.size() * Float.BYTES);
    for (double value : sun) {
      assertThat((double) values.getFloat()).isCloseTo(value, within(1e-4));
    }
  }

  @Test
  void refusesATextThatIsTooLongForAVector_asTheClientsFault() {
    ObjectNode body = JSON.createObjectNode().put("model", TestNetwork.MODEL);
    body.put("input", "zqxj".repeat(300));

    ChatClient.Reply refused =
        NETWORK.client(TestNetwork.USER).post("/v1/embeddings", body.toString());

    assertThat(refused.status()).as(refused.body()).isEqualTo(400);
    JsonNode error = refused.json().path("error");
    assertThat(error.path("code").asText()).isEqualTo("context_length_exceeded");
    assertThat(error.path("param").asText()).isEqualTo("input");
  }

  @Test
  void givesAReceiptThatTheInfererSigned() throws Exception {
    JsonNode reply = ask(CHAT, ChatClient.question("Tell me a story.", 12));

    JsonNode green = reply.path("usage").path("peermind");
    assertThat(green.path("complete").asBoolean()).isTrue();
    assertThat(green.path("receipts")).hasSize(1);
    SignedEnvelope envelope =
        SignedEnvelope.ofBytes(Base64.getDecoder().decode(green.path("receipts").path(0).asText()));
    GreenReceipt receipt = GreenReceipt.open(envelope, NETWORK.home(INFERER).identity().id());
    assertThat(receipt.promptTokens()).isEqualTo(reply.path("usage").path("prompt_tokens").asInt());
    assertThat(receipt.completionTokens())
        .isEqualTo(reply.path("usage").path("completion_tokens").asInt());
    assertThat(receipt.trustLevel()).isZero();
  }

  @Test
  void readsOnlyWhatIsNew_inASecondTurn() {
    JsonNode first = ask(CHAT, ChatClient.question(CAPITAL, 16));
    ObjectNode again = ChatClient.question(CAPITAL, 16);
    ArrayNode messages = again.withArray("messages");
    messages.add(first.path("choices").path(0).path("message"));
    messages.addObject().put("role", "user").put("content", "Who built the Round Mill?");

    JsonNode second = ask(CHAT, again);

    assertThat(cachedTokens(second)).isPositive();
    assertThat(cachedTokens(second)).isLessThan(second.path("usage").path("prompt_tokens").asInt());
  }

  private static int cachedTokens(JsonNode reply) {
    return reply.path("usage").path("prompt_tokens_details").path("cached_tokens").asInt();
  }
}
