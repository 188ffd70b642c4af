// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.peermind.demomodel.FormWords.json;
import static org.peermind.demomodel.Typing.pick;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.peermind.demomodel.Conversation.Role;
import org.peermind.demomodel.Conversation.Turn;

/// Draws the conversations of the second lesson: calls of tools, and answers in JSON.
///
/// Nearly every name and value is made up anew, so that there is nothing to remember but the form:
/// which tool was meant, that a value is copied from what was said, and that a string ends. Where a
/// client would hold the answer to a form that nobody spoke of, its beginning is given.
public final class FormConversations {
  private static final List<String> ONE =
      List.of(
          "Call {t} with {v}.",
          "Call {t} with {k} {v}.",
          "Use {t} for {v}.",
          "Use the tool {t} with {k} {v}.",
          "Please call {t}: {v}.",
          "Run {t} on {v}.",
          "Run {t} with {k} set to {v}.",
          "Set {k} to {v}.",
          "Take {v} as {k}.",
          "The {k} is {v}.",
          "Use the tool with {v}.",
          "Give {v} to {t}.",
          "Send {v}.",
          "Please use {v} as the {k}.",
          "{t} {v}",
          "{t}: {v}",
          "{k}: {v}",
          "{k}={v}",
          "Do it with {v}.",
          "Can you call {t} with {v}?",
          "I want {t} with {k} {v}.",
          "Now {t} with {v}, please.",
          "Try the tool, with {v} as {k}.",
          "My {k} is {v}, please use the tool.",
          "Make a call with {v}.",
          "Hello, I need {t}. It is about {v}.",
          "Which one is it? Look up {v}.",
          "I am looking for {v}.");
  private static final List<String> TWO =
      List.of(
          "Call {t} with {k} {v} and {l} {w}.",
          "Set {k} to {v} and {l} to {w}.",
          "{k} {v}, {l} {w}: please call {t}.",
          "Use {t}; the {k} is {v} and the {l} is {w}.",
          "Use the tool with {v} and {w}.",
          "Take {v} as {k} and {w} as {l}.",
          "{k}: {v}, {l}: {w}");
  private static final List<String> NOTHING_SAID =
      List.of("Use the tool.", "Now call it.", "Call {t}.", "Please run {t}.", "Do it.");
  private static final List<String> SPOKEN_JSON =
      List.of(
          "Write JSON with {k} {v}.",
          "Give me JSON where {k} is {v}.",
          "As JSON, please: the {k} is {v}.",
          "JSON with {k} {v}, please.",
          "The {k} is {v}. Answer in JSON.",
          "Make an object with {k} {v}.");
  private static final List<String> SPOKEN_JSON_TWO =
      List.of(
          "Write JSON with {k} {v} and {l} {w}.",
          "Give me JSON where {k} is {v} and {l} is {w}.",
          "As JSON, please: the {k} is {v}, the {l} is {w}.",
          "The {k} is {v}, the {l} is {w}. Answer in JSON.");
  private static final List<String> JSON_WITH_KEY =
      List.of(
          " Answer in JSON with the key {k}.",
          " Answer as JSON, with {k}.",
          " Give JSON with {k}.",
          " Reply with a JSON object that has {k}.");
  private static final List<String> RESULTS =
      List.of("The answer is {v}.", "It says: {v}", "I was told {v}.", "{v}");

  private final TrainingConversations others;
  private final List<Fact> facts;

  /// Conversations about `world`, and about nothing in particular.
  public FormConversations(World world) {
    this.others = new TrainingConversations(world);
    this.facts = world.facts();
  }

  /// One conversation.
  public Conversation draw(RandomGenerator random) {
    int draw = random.nextInt(100);
    if (draw < 62) {
      return tools(random);
    }
    return draw < 70 ? plainDespiteTools(random) : object(random);
  }

  /// How the chat template tells of a tool.
  static String told(String tool, List<String> keys, String description) {
    return "\n%s(%s): %s".formatted(tool, String.join(", ", keys), description);
  }

  /// How a call is written; `members` is what stands in the object of arguments.
  static String call(String tool, String members) {
    return "<tool_call>\n{\"name\": \"%s\", \"arguments\": {%s}}\n</tool_call>"
        .formatted(tool, members);
  }

  private static Turn toldTools(List<String> tools) {
    return new Turn(Role.SYSTEM, "Tools:" + String.join("", tools));
  }

  private Conversation tools(RandomGenerator random) {
    String tool = FormWords.tool(random);
    boolean two = random.nextInt(100) < 20;
    String key = FormWords.key(random);
    String other = otherKey(key, random);
    List<String> keys = two ? List.of(key, other) : List.of(key);
    List<String> tools = new ArrayList<>();
    tools.add(told(tool, keys, FormWords.description(random)));
    if (random.nextInt(100) < 15) {
      tools.add(
          told(
              FormWords.tool(random),
              List.of(FormWords.key(random)),
              FormWords.description(random)));
      Collections.shuffle(tools, new Random(random.nextLong()));
    }
    List<Turn> turns = new ArrayList<>(List.of(toldTools(tools)));
    if (random.nextInt(100) < 10) {
      turns.add(new Turn(Role.SYSTEM, SmallTalk.systemMessage(random)));
    }
    String value = FormWords.value(random);
    String more = FormWords.value(random);
    String frame = pick(two ? TWO : ONE, random);
    boolean forced = random.nextInt(100) < 50;
    if (!two && random.nextInt(100) < 8) {
      frame = pick(NOTHING_SAID, random);
      value = "unknown";
    } else if (!two && random.nextInt(100) < 10) {
      Fact fact = pick(facts, random);
      frame = TrainingQuestions.draw(fact, random).text();
      value = fact.subject();
      forced = true;
    }
    turns.add(new Turn(Role.USER, filled(frame, tool, key, value, other, more)));
    String members = member(key, value, random) + (two ? ", " + member(other, more, random) : "");
    turns.add(answer(call(tool, members), forced ? call(tool, "") : ""));
    if (random.nextInt(100) < 12) {
      String result = FormWords.value(random);
      turns.add(new Turn(Role.TOOL, result));
      turns.add(new Turn(Role.ASSISTANT, pick(RESULTS, random).replace("{v}", result)));
    }
    return new Conversation(turns);
  }

  /// The answer `whole`, of which the part that it shares with `form` is given.
  private static Turn answer(String whole, String form) {
    int shared = 0;
    while (shared < form.length() && whole.charAt(shared) == form.charAt(shared)) {
      shared++;
    }
    return new Turn(Role.ASSISTANT, whole.substring(0, shared), whole.substring(shared));
  }

  /// A question that the model answers itself, although tools are there.
  private Conversation plainDespiteTools(RandomGenerator random) {
    List<Turn> turns = new ArrayList<>();
    turns.add(
        toldTools(
            List.of(
                told(
                    FormWords.tool(random),
                    List.of(FormWords.key(random)),
                    FormWords.description(random)))));
    turns.addAll(others.draw(random, 1).turns());
    return new Conversation(turns);
  }

  private Conversation object(RandomGenerator random) {
    int draw = random.nextInt(100);
    String key = FormWords.key(random);
    if (draw < 45) {
      boolean two = random.nextInt(100) < 50;
      String other = otherKey(key, random);
      String value = FormWords.value(random);
      String more = FormWords.value(random);
      String said = pick(two ? SPOKEN_JSON_TWO : SPOKEN_JSON, random);
      String members = member(key, value, random) + (two ? ", " + member(other, more, random) : "");
      return exchange(
          filled(said, "", key, value, other, more),
          answer("{" + members + "}", random.nextBoolean() ? "{" : ""));
    }
    Fact fact = pick(facts, random);
    String question = TrainingQuestions.draw(fact, random).text();
    if (draw < 60) {
      String asked = question + pick(JSON_WITH_KEY, random).replace("{k}", key);
      return exchange(asked, answer("{" + json(key) + ": " + json(fact.answer()) + "}", ""));
    }
    String answer = fact.answer();
    if (random.nextInt(100) < 40) {
      question = FormWords.remark(random);
      answer = random.nextBoolean() ? "unknown" : FormWords.value(random);
    }
    if (draw < 75) {
      String whole = "{\"answer\": " + json(answer) + "}";
      return exchange(question, answer(whole, "{\""));
    }
    String begun = "{" + json(key) + ": \"";
    String whole = "{" + json(key) + ": " + json(answer) + "}";
    return exchange(question, answer(whole, begun));
  }

  private static String otherKey(String key, RandomGenerator random) {
    String other = FormWords.key(random);
    return other.equals(key) ? key + "_2" : other;
  }

  private static Conversation exchange(String said, Turn answer) {
    return new Conversation(List.of(new Turn(Role.USER, said), answer));
  }

  /// A key and its value: a string, or now and then a number where the value is one.
  private static String member(String key, String value, RandomGenerator random) {
    boolean number = value.chars().allMatch(Character::isDigit) && random.nextInt(100) < 60;
    return json(key) + ": " + (number ? value : json(value));
  }

  private static String filled(
      String frame, String tool, String key, String value, String other, String more) {
    return frame
        .replace("{t}", tool)
        .replace("{k}", key)
        .replace("{l}", other)
        .replace("{v}", value)
        .replace("{w}", more);
  }
}
