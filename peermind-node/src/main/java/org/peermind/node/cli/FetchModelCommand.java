// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind model fetch`: has the running node fetch a model from its peers. Ctrl-C leaves it to
/// go on in the node.
@Command(
    name = "fetch",
    description = {
      "Has the running node fetch a proposed or adopted model from other nodes, and shows how far",
      "it is. When this command is ended, the node goes on; when the node is stopped, what came",
      "stays, and the next fetch goes on from there."
    },
    mixinStandardHelpOptions = true)
final class FetchModelCommand implements Callable<Integer> {
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final long CHUNK_BYTES = 1L << 20;

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      description = "A proposal, the name of a candidate, or a model's SHA-256.")
  private String model;

  @Override
  public Integer call() throws ConfigException, CommandFailed, InterruptedException {
    ApiClient api = new ApiClient(home.config().api());
    ObjectNode body = new ObjectMapper().createObjectNode().put("model", model);
    JsonNode state = answered(api.post("/peermind/models/fetch", body));
    try (ByteProgress progress = new ByteProgress("fetching", spec.commandLine().getErr())) {
      while (state.path("state").asText().equals("running")) {
        progress.at(
            state.path("chunks").asLong() * CHUNK_BYTES,
            OptionalLong.of(state.path("bytes").asLong()));
        Thread.sleep(LOOK_EVERY);
        state = api.get("/peermind/models/fetching");
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    String said = VoteTable.printable(state.path("said").asText());
    if (!state.path("state").asText().equals("done")) {
      throw new CommandFailed(ExitCode.FAILED, said);
    }
    out.printf("%s: %s%n", VoteTable.printable(state.path("name").asText()), said);
    out.println("sha256 " + state.path("sha256").asText());
    return ExitCode.DONE;
  }

  private static JsonNode answered(HttpResponse<InputStream> response) throws CommandFailed {
    JsonNode document = ApiClient.json(response);
    if (response.statusCode() != 200) {
      throw ApiClient.refused(response.statusCode(), document.path("error"));
    }
    return document;
  }
}
