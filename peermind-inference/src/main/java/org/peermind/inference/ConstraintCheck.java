// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Optional;
import org.peermind.inference.internal.constraint.ConstraintReader;

/// Says whether a constraint can be enforced, without a model: on the asking person's own machine
/// before anything is sent, and again where the answer is generated.
///
/// What is not enforced exactly is refused. The one exception is the direction of the fault: an
/// answer may be held to less than the schema allows (a property that is not declared is left out
/// unless `additionalProperties` is given; numbers have at most 16 digits; white space is short),
/// never to more. `oneOf` is read as `anyOf`, and a `format` that is not known as an annotation
/// (ADR 0013).
public final class ConstraintCheck {
  /// The longest schema, in UTF-8.
  public static final int SCHEMA_BYTES_MAX = 65_536;

  /// How deep the brackets of a schema may nest.
  public static final int SCHEMA_NESTING_MAX = 32;

  /// How deep arrays and objects of an answer may nest.
  public static final int ANSWER_NESTING_MAX = 64;

  /// Properties of a schema, in all its objects together.
  public static final int PROPERTIES_MAX = 1_000;

  /// Values of all enums of a schema together.
  public static final int ENUM_VALUES_MAX = 1_000;

  /// UTF-8 bytes of all enum values together.
  public static final int ENUM_BYTES_MAX = 16_384;

  /// States of all automata that a constraint compiles to.
  public static final int STATES_MAX = 30_000;

  /// Tools that can be offered at once.
  public static final int TOOLS_MAX = 128;

  /// Calls in one answer.
  public static final int CALLS_MAX = 32;

  private ConstraintCheck() {}

  /// One sentence that names the keyword and its place when `constraint` cannot be enforced; empty
  /// when it can.
  public static Optional<String> check(Constraint constraint) {
    return ConstraintReader.refusalOf(constraint);
  }
}
