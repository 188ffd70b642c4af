// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.energy.internal.profile.Expression.EvaluationFailed;

final class ExpressionTest {
  @Test
  void knowsNothingOfAnEarlierEvaluation() throws EvaluationFailed {
    Expression expression = Expression.of("$exists($meter) ? $meter.power : other");

    assertThat(expression.evaluate(Map.of(), Map.of("meter", Map.of("power", 7)))).contains(7);
    assertThat(expression.evaluate(Map.of(), Map.of())).isEmpty();
    assertThat(expression.evaluate(Map.of("other", 8), Map.of())).contains(8);
  }

  @Test
  void keepsUnknownUnknown() throws EvaluationFailed {
    for (String text : new String[] {"a + b", "-b", "a * b", "$sum(b)", "b.c.d", "$number(b)"}) {
      assertThat(Expression.of(text).evaluate(Map.of("a", 1), Map.of())).as(text).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "($f := function() { $f() }; $f())",
        "($f := function() { $f() + 1 }; $f())",
        "($f := function($n) { $f($n + 1) + $f($n + 2) }; $f(0))",
        "($f := function($n) { $n > 40 ? 1 : $f($n + 1) + $f($n + 1) }; $f(0))",
        "($f := function($s) { $f($s & $s) }; $f(\"xxxxxxxxxxxxxxxx\"))",
        "$count([1..10000000].[1..1000])",
        "$sum([1..10000000])",
        "$map([1..10000000], function($v) { $string($v) })",
        "($t := $join($map([1..50000], function() { \"xxxx\" }));"
            + " $join($map([1..50000], function() { $t })))",
        "($t := $join($map([1..50000], function() { \"xxxx\" }));"
            + " $f := function($a, $n) { $n = 0 ? $join($a) : $f($append($a, $a), $n - 1) };"
            + " $f([$t, $t], 18))"
      })
  @Timeout(20)
  void stops_whatHasNoEnd(String text) {
    Expression expression = Expression.of(text);

    assertThatThrownBy(() -> expression.evaluate(Map.of(), Map.of()))
        .isInstanceOf(EvaluationFailed.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$pad(\"x\", 2000000000)",
        "$match(a, /^(a|a)*$/)",
        "$contains(a,/x/)",
        "a ~> /(x+)+y/",
        "/x/(a)",
        "1 /* \" */ + $contains(a, /(x+)+y/) /* \" */",
        "$replace(a, \"x\", a)",
        "$eval(a)",
        "$now()",
        "$random()"
      })
  void refuses_whatHasNoBound(String text) {
    assertThatThrownBy(() -> Expression.of(text)).hasMessageStartingWith("may not");
  }

  @Test
  void divides() throws EvaluationFailed {
    Map<String, Object> document = Map.of("a", 8, "b c", 2, "/ =/", "x");

    assertThat(Expression.of("(a) / 4 / $b / `b c`").evaluate(document, Map.of("b", 1)))
        .contains(1);
    assertThat(Expression.of("'/a=/' & \"=/x/\"").evaluate(document, Map.of()))
        .contains("/a=/=/x/");
  }

  @Test
  void refusesATextThatIsNoExpression() {
    for (String text : new String[] {"", " ", "a +", "(((", "x".repeat(5000), "$f(", "\"", "/("}) {
      assertThatThrownBy(() -> Expression.of(text)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> Expression.of("(".repeat(4000)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
