// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.peermind.protocol.RefusalCode;

/// An answer as it comes from the node's API, printed while it comes.
final class StreamedAnswer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EVENT_PREFIX = "data: ";
  private static final String QUEUED_PREFIX = ": queued ";
  private static final String END = "[DONE]";

  /// The codes that say that there is no power or place now.
  private static final Set<String> LATER =
      Stream.of(
              RefusalCode.NO_POWER,
              RefusalCode.NO_CAPACITY,
              RefusalCode.NO_USER_SLOT,
              RefusalCode.NO_REFEREE)
          .map(RefusalCode::text)
          .collect(Collectors.toUnmodifiableSet());

  /// The control characters C0 and C1 other than newline and tab.
  private static final Pattern STEERING = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

  private StreamedAnswer() {}

  /// Prints the answer and returns its text.
  ///
  /// @param err hears of the place in a queue
  /// @throws CommandFailed when the node breaks it off, with its sentence
  static String print(HttpResponse<InputStream> response, PrintWriter out, PrintWriter err)
      throws CommandFailed {
    StringBuilder text = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(QUEUED_PREFIX)) {
          err.println(printable(line.substring(2)));
        }
        if (!line.startsWith(EVENT_PREFIX)) {
          continue;
        }
        String event = line.substring(EVENT_PREFIX.length());
        if (event.equals(END)) {
          out.println();
          return text.toString();
        }
        JsonNode chunk = JSON.readTree(event);
        if (chunk.has("error")) {
          out.println();
          throw brokenOff(chunk.path("error"));
        }
        String more = chunk.path("choices").path(0).path("delta").path("content").asText("");
        text.append(more);
        out.print(printable(more));
        out.flush();
      }
    } catch (JsonProcessingException notJson) {
      throw new CommandFailed(ExitCode.FAILED, "The node's answer is no JSON.", notJson);
    } catch (IOException broken) {
      throw new CommandFailed(ExitCode.FAILED, "The node broke off its answer.", broken);
    }
    throw new CommandFailed(ExitCode.FAILED, "The node broke off its answer.");
  }

  /// An error within a stream has no status of its own; its code says what it was.
  private static CommandFailed brokenOff(JsonNode error) {
    boolean later = LATER.contains(error.path("code").asText(""));
    return new CommandFailed(
        later ? ExitCode.NO_POWER_OR_CAPACITY : ExitCode.FAILED,
        printable(error.path("message").asText("The node broke off its answer.")));
  }

  /// Text without what steers a terminal; another machine wrote it.
  static String printable(String text) {
    return STEERING.matcher(text).replaceAll("");
  }
}
