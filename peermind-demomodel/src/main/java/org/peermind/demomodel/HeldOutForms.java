// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.peermind.demomodel.Conversation.Role;
import org.peermind.demomodel.Conversation.Turn;

/// The examination of what the second lesson teaches: calls of tools that it never names, with
/// parameters and values that it never names, asked for in words that it never uses.
public final class HeldOutForms {
  private static final long SEED = 201L;
  private static final int CALLS = 60;
  private static final List<String> TOOLS =
      List.of(
          "translate_sentence",
          "setThermostat",
          "convert_currency",
          "pingHost",
          "schedule_meeting",
          "rotate_image",
          "vacuum",
          "fetchHeadlines",
          "encode_base",
          "orderPizza");
  private static final List<String> PARAMETERS =
      List.of("recipient", "temperature", "hostname", "phrase", "deadline", "angle", "flavour");
  private static final List<String> DESCRIPTIONS =
      List.of("", "Carries out the job.", "Hands over what you pass to it and waits.");
  private static final List<String> VALUES =
      List.of(
          "Hamburg",
          "Sevilla",
          "QX_719",
          "PASS_NOW",
          "lemon cake",
          "313",
          "blinking",
          "Ada",
          "zip-44",
          "HELLO",
          "2031-07-04",
          "northern lights",
          "ab12cd",
          "READY",
          "Zanzibar");
  private static final List<String> REQUESTS =
      List.of(
          "Invoke {t} and pass {v}.",
          "I would like you to trigger {t}, {p} being {v}.",
          "Launch the function with {v}, would you?",
          "Kindly apply the tool to {v}.",
          "Could the {p} be {v}? Go ahead.",
          "Execute {t} where {p} equals {v}.");

  private HeldOutForms() {}

  /// A call that is to be made.
  ///
  /// @param tool its only tool
  /// @param parameter the tool's only parameter, a string
  /// @param description of the tool; may be empty
  /// @param request what the user says
  /// @param value what the argument should be
  public record Call(
      String tool, String parameter, String description, String request, String value) {
    /// What the model is asked, after the tool was told of.
    public Conversation asked() {
      String told = FormConversations.told(tool, List.of(parameter), description);
      return new Conversation(
          List.of(new Turn(Role.SYSTEM, "Tools:" + told), new Turn(Role.USER, request)));
    }

    /// The whole answer that makes the call.
    public String answer() {
      return FormConversations.call(tool, FormWords.json(parameter) + ": " + FormWords.json(value));
    }
  }

  /// 60 calls, drawn once for all.
  public static List<Call> calls() {
    List<Call> all = new ArrayList<>();
    for (String tool : TOOLS) {
      for (String parameter : PARAMETERS) {
        for (String request : REQUESTS) {
          int at = all.size();
          String value = VALUES.get(at % VALUES.size());
          all.add(
              new Call(
                  tool,
                  parameter,
                  DESCRIPTIONS.get(at % DESCRIPTIONS.size()),
                  request.replace("{t}", tool).replace("{p}", parameter).replace("{v}", value),
                  value));
        }
      }
    }
    Collections.shuffle(all, new Random(SEED));
    return List.copyOf(all.subList(0, CALLS));
  }
}
