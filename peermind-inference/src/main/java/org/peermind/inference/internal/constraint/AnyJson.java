// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.List;
import org.peermind.inference.internal.constraint.Rule.Choice;
import org.peermind.inference.internal.constraint.Rule.Nest;
import org.peermind.inference.internal.constraint.Rule.Reference;
import org.peermind.inference.internal.constraint.Rule.Repetition;
import org.peermind.inference.internal.constraint.Rule.Scan;
import org.peermind.inference.internal.constraint.Rule.Sequence;

/// Rules for JSON without a schema. A key may come twice in an object; RFC 8259 section 4 leaves
/// that to the reader.
final class AnyJson {
  private static final Reference VALUE = new Reference();
  private static final Rule STRING = new Scan(JsonText.STRING);
  private static final Rule COMMA = new Scan(JsonText.COMMA);

  private static final Rule ARRAY =
      new Nest(
          new Sequence(
              new Scan(JsonText.OPEN_ARRAY),
              new Choice(
                  List.of(
                      new Scan(JsonText.CLOSE_ARRAY),
                      new Sequence(
                          VALUE,
                          new Repetition(new Sequence(COMMA, VALUE), 0, Repetition.UNBOUNDED),
                          new Scan(JsonText.CLOSE_ARRAY))))));

  private static final Rule OBJECT =
      new Nest(
          new Sequence(
              new Scan(JsonText.OPEN_OBJECT),
              new Choice(
                  List.of(
                      new Scan(JsonText.CLOSE_OBJECT),
                      members(
                          new Sequence(STRING, new Scan(JsonText.COLON), VALUE),
                          Repetition.UNBOUNDED)))));

  static {
    VALUE.target(
        new Choice(
            List.of(
                STRING, new Scan(JsonText.NUMBER), new Scan(JsonText.LITERALS), OBJECT, ARRAY)));
    Heights.settle(VALUE);
  }

  private AnyJson() {}

  static Rule value() {
    return VALUE;
  }

  static Rule object() {
    return OBJECT;
  }

  static Rule array() {
    return ARRAY;
  }

  /// One to `max` members and the end of their object.
  static Rule members(Rule member, int max) {
    int more = max == Repetition.UNBOUNDED ? max : max - 1;
    return new Sequence(
        member,
        new Repetition(new Sequence(COMMA, member), 0, more),
        new Scan(JsonText.CLOSE_OBJECT));
  }
}
