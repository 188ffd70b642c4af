// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import org.peermind.protocol.RefusalCode;
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
  private static final String EVENT_PREFIX = "data: ";
  private static final String END = "[DONE]";

  /// The codes that say that there is no power or place now.
  private static final Set<String> LATER =
      Stream.of(
              RefusalCode.NO_POWER,
              RefusalCode.NO_CAPACITY,
              RefusalCode.NO_USER_SLOT,
              RefusalCode.BUDGET_SPENT,
              RefusalCode.NO_REFEREE)
          .map(RefusalCode::text)
          .collect(Collectors.toUnmodifiableSet());

  /// The control characters C0 and C1 other than newline and tab.
  private static final Pattern STEERING = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

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
      stream(response, out);
    }
    return ExitCode.DONE;
  }

  private static String firstModel(ApiClient api) throws CommandFailed, InterruptedException {
    JsonNode answer = api.get("/v1/models");
    JsonNode first = answer.path("data").path(0).path("id");
    if (first.isMissingNode()) {
      throw new CommandFailed(
          ExitCode.NO_POWER_OR_CAPACITY, "No inferer of the network serves a model now.");
    }
    return first.asText();
  }

  /// An error within a stream has no status of its own; its code says what it was.
  private static CommandFailed brokenOff(JsonNode error) {
    boolean later = LATER.contains(error.path("code").asText(""));
    return new CommandFailed(
        later ? ExitCode.NO_POWER_OR_CAPACITY : ExitCode.FAILED,
        printable(error.path("message").asText("The node broke off its answer.")));
  }

  /// Text without what steers a terminal; another machine wrote it.
  private static String printable(String text) {
    return STEERING.matcher(text).replaceAll("");
  }

  private static void stream(HttpResponse<InputStream> response, PrintWriter out)
      throws CommandFailed {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith(EVENT_PREFIX)) {
          continue;
        }
        String event = line.substring(EVENT_PREFIX.length());
        if (event.equals(END)) {
          out.println();
          return;
        }
        JsonNode chunk = JSON.readTree(event);
        if (chunk.has("error")) {
          out.println();
          throw brokenOff(chunk.path("error"));
        }
        out.print(
            printable(chunk.path("choices").path(0).path("delta").path("content").asText("")));
        out.flush();
      }
    } catch (JsonProcessingException notJson) {
      throw new CommandFailed(ExitCode.FAILED, "The node's answer is no JSON.", notJson);
    } catch (IOException broken) {
      throw new CommandFailed(ExitCode.FAILED, "The node broke off its answer.", broken);
    }
    throw new CommandFailed(ExitCode.FAILED, "The node broke off its answer.");
  }
}
