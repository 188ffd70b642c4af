// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.inference.internal.template.Value.Bool;
import org.peermind.inference.internal.template.Value.Callable;
import org.peermind.inference.internal.template.Value.Dict;
import org.peermind.inference.internal.template.Value.Loop;
import org.peermind.inference.internal.template.Value.None;
import org.peermind.inference.internal.template.Value.Real;
import org.peermind.inference.internal.template.Value.Seq;
import org.peermind.inference.internal.template.Value.Space;
import org.peermind.inference.internal.template.Value.Undefined;
import org.peermind.inference.internal.template.Value.Whole;

/// Jinja's filters, as far as chat templates use them; any other is refused by name.
final class Filters {
  private static final int PATH_CHARS_MAX = 256;

  private Filters() {}

  static Value apply(String name, Value value, Arguments arguments, Budget budget) {
    budget.step();
    return switch (name) {
      case "tojson" -> JsonText.of(value, arguments, budget);
      case "length", "count" -> new Whole(length(value, budget));
      case "default", "d" -> otherwise(value, arguments);
      case "string" -> Printer.str(value, budget);
      case "safe" -> value;
      case "trim" -> TextMethods.strip(Printer.str(value, budget), arguments, true, true, budget);
      case "upper", "lower", "title", "capitalize" ->
          TextMethods.cased(Printer.str(value, budget), name, budget);
      case "replace" -> replace(Printer.str(value, budget), arguments, budget);
      case "indent" -> indent(Printer.str(value, budget), arguments, budget);
      case "join" -> join(value, arguments, budget);
      case "int" -> whole(shortText(value, budget), arguments);
      case "float" -> real(shortText(value, budget), arguments);
      case "abs" ->
          Operators.compare(value, new Whole(0), budget) < 0
              ? Operators.signed(true, value)
              : value;
      case "round" -> round(value, arguments);
      case "list" -> copied(Operators.items(value, budget), budget);
      case "items" -> items(value, budget);
      case "first" -> end(Operators.items(value, budget), true);
      case "last" -> end(Operators.items(value, budget), false);
      case "reverse" -> reverse(value, budget);
      case "sort" -> sort(value, arguments, budget);
      case "dictsort" -> dictsort(value, arguments, budget);
      case "unique" -> unique(value, arguments, budget);
      case "min", "max" -> extreme(name, value, arguments, budget);
      case "sum" -> sum(value, arguments, budget);
      case "map" -> map(value, arguments, budget);
      case "select", "reject" -> select(name.equals("select"), value, arguments, budget);
      case "selectattr", "rejectattr" ->
          selectByAttribute(name.equals("selectattr"), value, arguments, budget);
      default ->
          throw Refusal.because(
              "the filter '%s' is unknown to Peermind".formatted(Operators.shortened(name)));
    };
  }

  private static long length(Value value, Budget budget) {
    return switch (value) {
      case Text text -> {
        budget.read(text.length());
        yield text.codePointCount();
      }
      case Seq seq -> seq.items().size();
      case Dict dict -> dict.entries().size();
      case Undefined _ -> 0;
      case None _, Bool _, Whole _, Real _, Space _, Loop _, Callable _ ->
          throw Refusal.because("a %s has no length".formatted(Operators.typeName(value)));
    };
  }

  private static Value otherwise(Value value, Arguments arguments) {
    boolean replaced =
        value instanceof Undefined
            || (arguments.flag(1, "boolean", false) && !Operators.truth(value));
    return replaced ? arguments.get(0, "default_value").orElse(Text.EMPTY) : value;
  }

  private static Value replace(Text text, Arguments arguments, Budget budget) {
    budget.text(text.length());
    return text.replace(
        Printer.str(arguments.required(0, "old"), budget),
        Printer.str(arguments.required(1, "new"), budget),
        arguments.whole(2, "count", -1),
        budget);
  }

  private static Value indent(Text text, Arguments arguments, Budget budget) {
    Value width = arguments.get(0, "width").orElse(new Whole(4));
    Text indent =
        width instanceof Text given
            ? given
            : Text.own(" ".repeat(Math.clamp(Operators.whole(width), 0, 256)));
    boolean first = arguments.flag(1, "first", false);
    boolean blank = arguments.flag(2, "blank", false);
    List<Text> lines = text.split("\n", -1, budget);
    Text.Builder result = new Text.Builder();
    for (int i = 0; i < lines.size(); i++) {
      Text line = lines.get(i);
      result.append(i > 0 ? "\n" : "");
      if (i == 0 ? first : blank || !line.isEmpty()) {
        result.append(indent);
      }
      result.append(line);
      budget.text((long) line.length() + indent.length());
    }
    budget.text(result.length());
    return result.build();
  }

  private static Value join(Value value, Arguments arguments, Budget budget) {
    Text between = Printer.str(arguments.get(0, "d").orElse(Text.EMPTY), budget);
    Optional<Value> attribute = arguments.get(1, "attribute");
    List<Value> items = Operators.items(value, budget);
    if (attribute.isPresent()) {
      budget.items(items.size());
      items = items.stream().map(item -> path(item, attribute.get(), budget)).toList();
    }
    return TextMethods.joined(items, between, budget);
  }

  /// `item.a.b` for the text `a.b`, or the element of that number.
  private static Value path(Value item, Value path, Budget budget) {
    if (path instanceof Whole) {
      return Evaluator.item(item, path, budget);
    }
    Value value = item;
    Text rest = TextMethods.text(path);
    if (rest.length() > PATH_CHARS_MAX) {
      throw Refusal.because("an attribute has more than %d characters".formatted(PATH_CHARS_MAX));
    }
    for (String part : rest.chars().split("\\.", 16)) {
      value =
          part.matches("\\d{1,9}")
              ? Evaluator.item(value, new Whole(Integer.parseInt(part)), budget)
              : Evaluator.item(value, Text.own(part), budget);
    }
    return value;
  }

  private static Value shortText(Value value, Budget budget) {
    if (value instanceof Text text) {
      budget.text(text.length());
    }
    return value;
  }

  private static Value whole(Value value, Arguments arguments) {
    Value otherwise = arguments.get(0, "default").orElse(new Whole(0));
    return switch (value) {
      case Whole _ -> value;
      case Bool(boolean truth) -> new Whole(truth ? 1 : 0);
      case Real(double number) ->
          Math.abs(number) < Long.MAX_VALUE ? new Whole((long) number) : otherwise;
      case Text text -> {
        String chars = text.chars().strip();
        if (chars.matches("[+-]?\\d{1,18}")) {
          yield new Whole(Long.parseLong(chars));
        }
        yield chars.matches("[+-]?\\d{1,15}(\\.\\d{0,100})?")
            ? new Whole((long) Double.parseDouble(chars))
            : otherwise;
      }
      case None _, Undefined _, Seq _, Dict _, Space _, Loop _, Callable _ -> otherwise;
    };
  }

  private static Value real(Value value, Arguments arguments) {
    Value otherwise = arguments.get(0, "default").orElse(new Real(0));
    return switch (value) {
      case Real _ -> value;
      case Whole(long number) -> new Real(number);
      case Bool(boolean truth) -> new Real(truth ? 1 : 0);
      case Text text -> {
        String chars = text.chars().strip();
        yield chars.matches("[+-]?\\d{1,100}(\\.\\d{0,100})?([eE][+-]?\\d{1,4})?")
            ? new Real(Double.parseDouble(chars))
            : otherwise;
      }
      case None _, Undefined _, Seq _, Dict _, Space _, Loop _, Callable _ -> otherwise;
    };
  }

  private static Value round(Value value, Arguments arguments) {
    int places = Math.clamp(arguments.whole(0, "precision", 0), -15, 15);
    double number = value instanceof Real(double exact) ? exact : Operators.whole(value);
    if (arguments.get(1, "method").isPresent()) {
      throw Refusal.because("round with a method is unknown to Peermind");
    }
    double scale = Math.pow(10, places);
    return new Real(Math.rint(number * scale) / scale);
  }

  private static Value copied(List<Value> items, Budget budget) {
    budget.items(items.size());
    return Seq.list(items);
  }

  private static Value items(Value value, Budget budget) {
    if (value instanceof Undefined) {
      return Seq.list(List.of());
    }
    if (value instanceof Dict dict) {
      return DataMethods.pairs(dict, budget);
    }
    throw Refusal.because(
        "the filter 'items' needs a mapping and got a " + Operators.typeName(value));
  }

  private static Value end(List<Value> items, boolean first) {
    if (items.isEmpty()) {
      return new Undefined("an empty list has no first or last element");
    }
    return first ? items.getFirst() : items.getLast();
  }

  private static Value reverse(Value value, Budget budget) {
    List<Value> items = new ArrayList<>(Operators.items(value, budget)).reversed();
    budget.items(items.size());
    if (value instanceof Text) {
      return TextMethods.joined(items, Text.EMPTY, budget);
    }
    return Seq.list(items);
  }

  /// Compares by an attribute, and texts without regard to case unless told otherwise.
  private static Comparator<Value> order(
      Optional<Value> attribute, boolean caseSensitive, Budget budget) {
    return (left, right) ->
        Operators.compare(
            key(left, attribute, caseSensitive, budget),
            key(right, attribute, caseSensitive, budget),
            budget);
  }

  private static Value key(
      Value value, Optional<Value> attribute, boolean caseSensitive, Budget budget) {
    Value key = attribute.isPresent() ? path(value, attribute.get(), budget) : value;
    return key instanceof Text text && !caseSensitive
        ? TextMethods.cased(text, "lower", budget)
        : key;
  }

  private static Value sort(Value value, Arguments arguments, Budget budget) {
    List<Value> items = new ArrayList<>(Operators.items(value, budget));
    budget.items(items.size());
    Comparator<Value> order =
        order(
            arguments.get(2, "attribute").filter(path -> !(path instanceof None)),
            arguments.flag(1, "case_sensitive", false),
            budget);
    items.sort(arguments.flag(0, "reverse", false) ? order.reversed() : order);
    return Seq.list(items);
  }

  private static Value dictsort(Value value, Arguments arguments, Budget budget) {
    if (!(Operators.defined(value) instanceof Dict dict)) {
      throw Refusal.because("a %s cannot be sorted by key".formatted(Operators.typeName(value)));
    }
    List<Value> pairs = new ArrayList<>(DataMethods.pairs(dict, budget).items());
    boolean byValue = arguments.get(1, "by").map(by -> by.equals(Text.own("value"))).orElse(false);
    Comparator<Value> order =
        order(
            Optional.of(new Whole(byValue ? 1 : 0)),
            arguments.flag(0, "case_sensitive", false),
            budget);
    pairs.sort(arguments.flag(2, "reverse", false) ? order.reversed() : order);
    return Seq.list(pairs);
  }

  private static Value unique(Value value, Arguments arguments, Budget budget) {
    Optional<Value> attribute = arguments.get(1, "attribute");
    boolean caseSensitive = arguments.flag(0, "case_sensitive", false);
    List<Value> kept = new ArrayList<>();
    List<Value> keys = new ArrayList<>();
    for (Value item : Operators.items(value, budget)) {
      budget.step();
      Value key = key(item, attribute, caseSensitive, budget);
      if (keys.stream().noneMatch(other -> Operators.equal(other, key, budget))) {
        keys.add(key);
        kept.add(item);
      }
    }
    return Seq.list(kept);
  }

  private static Value extreme(String name, Value value, Arguments arguments, Budget budget) {
    List<Value> items = Operators.items(value, budget);
    Comparator<Value> order =
        order(arguments.get(1, "attribute"), arguments.flag(0, "case_sensitive", false), budget);
    Optional<Value> found =
        name.equals("min") ? items.stream().min(order) : items.stream().max(order);
    return found.orElse(new Undefined("an empty list has no " + name));
  }

  private static Value sum(Value value, Arguments arguments, Budget budget) {
    Optional<Value> attribute = arguments.get(0, "attribute");
    Value sum = arguments.get(1, "start").orElse(new Whole(0));
    for (Value item : Operators.items(value, budget)) {
      budget.step();
      Value term = attribute.isPresent() ? path(item, attribute.get(), budget) : item;
      sum = Operators.binary(sum, "+", term, budget);
    }
    return sum;
  }

  /// These filters take whatever is false for an empty list, as Jinja's do.
  private static List<Value> orNone(Value value, Budget budget) {
    return Operators.truth(value) ? Operators.items(value, budget) : List.of();
  }

  private static Value map(Value value, Arguments arguments, Budget budget) {
    List<Value> items = orNone(value, budget);
    budget.items(items.size());
    Optional<Value> attribute = Optional.ofNullable(arguments.named().get("attribute"));
    Optional<Value> otherwise = Optional.ofNullable(arguments.named().get("default"));
    List<Value> mapped = new ArrayList<>();
    for (Value item : items) {
      if (attribute.isPresent()) {
        Value found = path(item, attribute.get(), budget);
        mapped.add(found instanceof Undefined ? otherwise.orElse(found) : found);
      } else {
        String filter = TextMethods.text(arguments.required(0, "filter")).chars();
        budget.enter();
        mapped.add(apply(filter, item, arguments.without(1), budget));
        budget.leave();
      }
    }
    return Seq.list(mapped);
  }

  private static Value select(boolean wanted, Value value, Arguments arguments, Budget budget) {
    List<Value> kept = new ArrayList<>();
    for (Value item : orNone(value, budget)) {
      budget.step();
      if (passes(item, arguments, budget) == wanted) {
        kept.add(item);
      }
    }
    return Seq.list(kept);
  }

  private static Value selectByAttribute(
      boolean wanted, Value value, Arguments arguments, Budget budget) {
    Value attribute = arguments.required(0, "attribute");
    List<Value> kept = new ArrayList<>();
    for (Value item : orNone(value, budget)) {
      budget.step();
      if (passes(path(item, attribute, budget), arguments.without(1), budget) == wanted) {
        kept.add(item);
      }
    }
    return Seq.list(kept);
  }

  private static boolean passes(Value item, Arguments arguments, Budget budget) {
    if (arguments.positional().isEmpty()) {
      return Operators.truth(item);
    }
    String test = TextMethods.text(arguments.positional().getFirst()).chars();
    return Tests.holds(test, item, arguments.without(1), budget);
  }

  /// The entries of `values` as a mapping, for the function `dict`.
  static Dict dict(Map<String, Value> values) {
    Dict dict = new Dict();
    values.forEach(dict::put);
    return dict;
  }
}
