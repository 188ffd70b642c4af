// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind ask`: one question, the answer as it comes.
@Command(
    name = "ask",
    description = "Asks the network a question and prints the answer as it comes.",
    mixinStandardHelpOptions = true)
final class AskCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "QUESTION", arity = "1..*", description = "The question.")
  private List<String> words;

  @Option(names = "--model", description = "The model; default the first that is offered.")
  private @Nullable String model;

  @Option(names = "--max-tokens", description = "Most tokens of the answer.")
  private @Nullable Integer maxTokens;

  @Option(names = "--temperature", description = "0 (always the likeliest token) to 2; default 0.")
  private double temperature;

  @Option(
      names = "--top-p",
      description = "Share of the likeliest tokens to choose from; default 1.")
  private @Nullable Double topP;

  @Option(names = "--seed", description = "Makes a sampled answer repeatable.")
  private @Nullable Long seed;

  @Option(names = "--json", description = "Prints the whole answer as JSON once it is complete.")
  private boolean json;

  @Override
  public Integer call() throws ConfigException, CommandFailed, InterruptedException {
    ApiClient api = new ApiClient(home.config().api());
    ObjectNode request = JSON.createObjectNode();
    request.put("model", model == null ? firstModel(api) : model);
    request
        .putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", String.join(" ", words));
    request.put("temperature", temperature);
    request.put("stream", !json);
    if (maxTokens != null) {
      request.put("max_tokens", maxTokens);
    }
    if (topP != null) {
      request.put("top_p", topP);
    }
    if (seed != null) {
      request.put("seed", seed);
    }
    HttpResponse<InputStream> response = api.post("/v1/chat/completions", request);
    if (response.statusCode() != 200) {
      throw ApiClient.refused(response.statusCode(), ApiClient.json(response).path("error"));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(ApiClient.json(response).toPrettyString());
    } else {
      StreamedAnswer.print(response, out, spec.commandLine().getErr());
    }
    return ExitCode.DONE;
  }

  static String firstModel(ApiClient api) throws CommandFailed, InterruptedException {
    JsonNode answer = api.get("/v1/models");
    JsonNode first = answer.path("data").path(0).path("id");
    if (first.isMissingNode()) {
      throw new CommandFailed(
          ExitCode.NO_POWER_OR_CAPACITY, "No inferer of the network serves a model now.");
    }
    return first.asText();
  }
}
