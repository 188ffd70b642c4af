// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind chat`: a conversation in the terminal. It is kept in memory only and is gone at the
/// end.
@Command(
    name = "chat",
    description = {
      "Talks with the network's model; every line is a message.",
      "/new begins another conversation, /quit or the end of input ends."
    },
    mixinStandardHelpOptions = true)
final class ChatCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// The API takes 64 messages; the oldest of a longer conversation are no longer sent.
  private static final int MESSAGES_MAX = 63;

  private static final int LINE_CHARACTERS_MAX = 200_000;

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(names = "--model", description = "The model; default the first that is offered.")
  private @Nullable String model;

  @Option(names = "--system", description = "What the model is told before the conversation.")
  private @Nullable String system;

  @Option(names = "--max-tokens", description = "Most tokens of each answer.")
  private @Nullable Integer maxTokens;

  @Option(names = "--temperature", description = "0 (always the likeliest token) to 2.")
  private @Nullable Double temperature;

  @Override
  public Integer call() throws ConfigException, CommandFailed, InterruptedException {
    ApiClient api = new ApiClient(home.config().api());
    String chosen = model == null ? AskCommand.firstModel(api) : model;
    boolean terminal =
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    PrintWriter out = spec.commandLine().getOut();
    ArrayNode turns = JSON.createArrayNode();
    int failure = ExitCode.DONE;
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (true) {
      if (terminal) {
        out.print("> ");
        out.flush();
      }
      String line = next(lines);
      if (line == null || line.equals("/quit")) {
        return failure;
      }
      if (line.equals("/new")) {
        turns.removeAll();
      } else if (!line.isBlank()) {
        failure = say(api, chosen, turns, line) ? ExitCode.DONE : ExitCode.FAILED;
      }
    }
  }

  private static @Nullable String next(BufferedReader lines) throws CommandFailed {
    try {
      String line = lines.readLine();
      if (line != null && line.length() > LINE_CHARACTERS_MAX) {
        throw new CommandFailed(
            ExitCode.FAILED,
            "A message has at most %,d characters.".formatted(LINE_CHARACTERS_MAX));
      }
      return line == null ? null : line.strip();
    } catch (IOException unreadable) {
      throw new CommandFailed(ExitCode.FAILED, "The input cannot be read.", unreadable);
    }
  }

  /// Sends a message and prints the answer. One that fails is told and taken back, and the
  /// conversation goes on as if it had not been.
  private boolean say(ApiClient api, String chosen, ArrayNode turns, String line)
      throws InterruptedException {
    turns.addObject().put("role", "user").put("content", line);
    while (turns.size() > MESSAGES_MAX) {
      turns.remove(0);
    }
    try {
      HttpResponse<InputStream> response = api.post("/v1/chat/completions", request(chosen, turns));
      if (response.statusCode() != 200) {
        throw ApiClient.refused(response.statusCode(), ApiClient.json(response).path("error"));
      }
      String answer =
          StreamedAnswer.print(response, spec.commandLine().getOut(), spec.commandLine().getErr());
      turns.addObject().put("role", "assistant").put("content", answer);
      return true;
    } catch (CommandFailed failed) {
      spec.commandLine().getErr().println(failed.getMessage());
      turns.remove(turns.size() - 1);
      return false;
    }
  }

  private ObjectNode request(String chosen, ArrayNode turns) {
    ObjectNode request = JSON.createObjectNode();
    request.put("model", chosen).put("stream", true);
    ArrayNode messages = request.putArray("messages");
    if (system != null) {
      messages.addObject().put("role", "system").put("content", system);
    }
    messages.addAll(turns);
    if (maxTokens != null) {
      request.put("max_tokens", maxTokens);
    }
    if (temperature != null) {
      request.put("temperature", temperature);
    }
    return request;
  }
}
