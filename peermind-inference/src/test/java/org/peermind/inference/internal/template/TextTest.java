// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {
  /// Given characters are shown in brackets.
  private static String marked(Text text) {
    StringBuilder marked = new StringBuilder();
    boolean given = false;
    for (int i = 0; i < text.length(); i++) {
      if (text.isGiven(i, i + 1) != given) {
        marked.append(given ? ']' : '[');
        given = !given;
      }
      marked.append(text.chars().charAt(i));
    }
    return marked.append(given ? "]" : "").toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '^',
      value = {
        "s ~ 'b'![ user ]b",
        "'a' + s|trim + 'b'!a[user]b",
        "('a' + s + 'b')[3:6]![ser]",
        "('a' + s + 'b')[::-1]!b[ resu ]a",
        "('a' + s)|upper!A[ USER ]",
        "('a' + s)|title!A[ User ]",
        "('a,' + s).split(',')|join('-')!a-[ user ]",
        "('x' + s + 'x').replace('x', s|trim)![user user user]",
        "s.replace('u', 'U')![ ]U[ser ]",
        "(s ~ '\\n' ~ 'x')|indent(2)|replace('\\n', '/')![ user ]/  x",
        "{'k': s}|tojson!{\"k\": \"[ user ]\"}",
        "{s: q}|tojson!{\"[ user ]\": \"\\\"[q]\"}",
        "[s, 1]|string!['[ user ]', 1]",
        "'%s-%s' % (s, 'a')![ user ]-a",
        "'{}{x}'.format('a', x=s)!a[ user ]",
        "'-'.join([s, 'a'])![ user ]-a",
        "('ß' + s)|upper![SS USER ]",
        "s|default('x') ~ nothing|default(s)![ user  user ]",
        "(s * 2).lstrip()![user  user ]",
        "([s, 'a']|sort|first) ~ ([s]|map('trim')|list|last)![ user user]",
        "('<' + s.strip() + '>').removeprefix('<u')![ser]>",
      })
  void keepsWhoBroughtWhat(String expression, String expected) {
    Map<String, Value> variables = new HashMap<>();
    variables.put("s", Text.given(" user "));
    variables.put("q", Text.given("\"q"));
    assertThat(marked(Template.of("{{ " + expression + " }}").render(variables, Optional.empty())))
        .isEqualTo(expected);
  }
}
