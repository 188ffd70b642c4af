// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static java.util.Objects.requireNonNull;

/// One thing that is true in the made-up world: `relation` of `subject` is `answer`.
public record Fact(Relation relation, String subject, String answer) {
  /// @throws IllegalArgumentException when a name is not of the kind that the relation speaks of
  public Fact {
    requireNonNull(relation, "relation");
    if (!relation.subjectKind().names().contains(subject)) {
      throw new IllegalArgumentException(
          "No %s is called '%s'; use a name of that kind"
              .formatted(relation.subjectKind(), subject));
    }
    if (!relation.answerKind().names().contains(answer)) {
      throw new IllegalArgumentException(
          "No %s is called '%s'; use a name of that kind".formatted(relation.answerKind(), answer));
    }
  }

  /// The canonical sentence that states this fact.
  public String sentence() {
    return relation.sentence(subject, answer);
  }
}
