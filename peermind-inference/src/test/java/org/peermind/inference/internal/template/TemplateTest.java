// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The template language. Every expectation is what Jinja2 3.1 gives under transformers' settings.
class TemplateTest {
  private static final String DATA =
      """
      {"s": "  Hi there ", "n": 3, "f": 1.5, "t": true, "nil": null, "l": [3, 1, 2],
       "words": ["b", "A", "c", "a"], "d": {"b": 1, "a": [true, null, "é<"]},
       "people": [{"name": "Ann", "age": 3}, {"name": "bob", "age": 2}, {"name": "Cy"}]}
      """;

  private static String render(String template) {
    Map<String, Value> variables = new HashMap<>();
    ((Value.Dict) JsonReader.read(DATA))
        .entries()
        .forEach((key, value) -> variables.put(((Text) key).chars(), value));
    return Template.of(template)
        .render(variables, Optional.of(LocalDateTime.of(2026, 11, 2, 18, 5, 9)))
        .chars();
  }

  /// An expression or template, and what is expected of it, in each line.
  private static Map<String, String> rows(String text) {
    Map<String, String> rows = new LinkedHashMap<>();
    text.lines().map(line -> line.split(" => ", 2)).forEach(row -> rows.put(row[0], row[1]));
    return rows;
  }

  private static void assertRows(String text) {
    rows(text)
        .forEach(
            (expression, expected) ->
                assertThat(render("{{ " + expression + " }}")).as(expression).isEqualTo(expected));
  }

  @Test
  void computesExpressions() {
    assertRows(
        """
        1 + 2 * 3 ** 2 => 19
        7 // 2, 7 % 3, -7 // 2 => (3, 1, -4)
        7 / 2 => 3.5
        6 / 2 => 3.0
        1.5 * 2 => 3.0
        1e20, 1e-5, 123456789.125 => (1e+20, 1e-05, 123456789.125)
        'a' ~ 1 ~ none ~ true => a1NoneTrue
        'a' 'b' + "c" => abc
        'ab' * 3 => ababab
        [1] + [2, 3] => [1, 2, 3]
        (1,), () => ((1,), ())
        {'a': 1, "b'": 'x"'} => {'a': 1, "b'": 'x"'}
        not t or n == 3 and l => [3, 1, 2]
        1 < 2 < 3, 1 < 2 > 3 => (True, False)
        2 in l, 5 not in l => (True, True)
        'Hi' in s, 'b' in d => (True, True)
        'x' if n > 5 else 'y' => y
        ('x' if n > 5) is defined => False
        l[0], l[-1], l[9] is defined => (3, 2, False)
        l[1:], l[:1], l[::-1], l[::2], l[-2:] => ([1, 2], [3], [2, 1, 3], [3, 2], [1, 2])
        s[2:4], s[::-1].strip(), s[2] => ('Hi', 'ereht iH', 'H')
        d.b, d['b'], d.a[2], d.get('x'), d.get('x', 7) => (1, 1, 'é<', None, 7)
        d.items() | list => [('b', 1), ('a', [True, None, 'é<'])]
        d.keys() | list => ['b', 'a']
        people[2].age is defined => False
        people.0.name => Ann
        """);
  }

  @Test
  void appliesFiltersAndMethods() {
    assertRows(
        """
        s|trim => Hi there
        s.strip()|length => 8
        'xxaxx'.strip('x') ~ 'xa'.lstrip('x') ~ 'ax'.rstrip('x') => aaa
        'a,b,,c'.split(',') => ['a', 'b', '', 'c']
        'a,b,c'.split(',', 1) => ['a', 'b,c']
        'a,b,c'.rsplit(',', 1) => ['a,b', 'c']
        ' a  b '.split() => ['a', 'b']
        's'.startswith('s') and 'st'.endswith(('x', 't')) => True
        'one two'.title() ~ 'oNE tWO'.capitalize() => One TwoOne two
        'aXa'.replace('a', 'b') ~ 'aaa'.replace('a', 'b', 2) => bXbbba
        'abc'.find('c') ~ 'abc'.find('x') => 2-1
        '{} {1} {x}'.format('a', 'b', x='c') => a b c
        '%s is %d%%' % ('x', 5) => x is 5%
        d|tojson => {"b": 1, "a": [true, null, "é<"]}
        d|tojson(separators=(',', ':')) => {"b":1,"a":[true,null,"é<"]}
        {'q': 'a"\\\\n'}|tojson => {"q": "a\\"\\\\n"}
        l|sort ~ words|sort ~ words|sort(true) => [1, 2, 3]['A', 'a', 'b', 'c']['c', 'b', 'A', 'a']
        words|unique|list => ['b', 'A', 'c']
        l|join('-') ~ people|join(', ', attribute='name') => 3-1-2Ann, bob, Cy
        people|map(attribute='name')|map('upper')|list => ['ANN', 'BOB', 'CY']
        people|map(attribute='age', default=0)|list => [3, 2, 0]
        people|selectattr('age')|list|length => 2
        people|selectattr('name', 'equalto', 'bob')|map(attribute='age')|first => 2
        people|rejectattr('age', 'defined')|list => [{'name': 'Cy'}]
        l|select('odd')|list ~ l|reject('gt', 1)|list => [3, 1][1]
        d|dictsort => [('a', [True, None, 'é<']), ('b', 1)]
        d|items|list|length => 2
        l|first ~ l|last ~ l|max ~ l|min ~ l|sum => 32316
        '3'|int + '2.7'|int + 'x'|int(4) + none|int => 9
        '1.5'|float + n|float => 4.5
        2.5|round ~ (1.234|round(2)) => 2.01.23
        x|default('y') ~ ''|default('z', true) ~ nil|default('w') => yzNone
        'ab\\ncd\\n\\ne'|indent(2)|replace('\\n', '/') => ab/  cd//  e
        'abc'|reverse ~ l|reverse|list => cba[2, 1, 3]
        'a'|upper ~ 'B'|lower ~ n|string + '!'[:0] => Ab3
        """);
  }

  @Test
  void answersTests() {
    assertRows(
        """
        x is defined => False
        x is undefined => True
        nil is none => True
        s is string and s is iterable and s is sequence => True
        d is mapping and d is iterable => True
        l is sequence and l is not mapping and l is not string => True
        n is number and n is integer and f is float => True
        t is boolean and t is true and t is not false => True
        n is boolean or n is true => False
        n is odd and 4 is even and 6 is divisibleby 3 => True
        n is eq 3 and n is equalto(3) and n is in [3] and n is sameas 3 => True
        n is gt 2 and n is lt(4) and n is ge 3 and n is le 3 and n is ne 4 => True
        'A' is upper and 'a' is lower => True
        range is callable and n is not callable => True
        x == y => True
        1 == 1.0 and true == 1 and '1' != 1 => True
        not x is defined => True
        x is defined and x.y or s is string => True
        """);
  }

  @Test
  void treatsWhitespaceAsTransformersDoes() {
    assertThat(render("a\n  {% if t %}\n  b\n  {% endif %}\n c \n")).isEqualTo("a\n  b\n c ");
    assertThat(render("a \n {%- if t -%} \n b \n {%- endif -%} \n c")).isEqualTo("abc");
    assertThat(render("a\n  {%+ if t +%}\nb{% endif %}")).isEqualTo("a\n  \nb");
    assertThat(render("a {# note #}\n b {#- x -#} c")).isEqualTo("a  bc");
    assertThat(render("a {{- ' b ' -}} c\n{{ 1 }}\nd\n\n")).isEqualTo("a b c\n1\nd\n");
    assertThat(render("{% raw %}{{ x }}{% y %}{% endraw %}\nz")).isEqualTo("{{ x }}{% y %}z");
    assertThat(render("a\r\nb\rc")).isEqualTo("a\nb\nc");
    assertThat(render("{{ {'a': {'b': 1}}['a']['b'] }}{{ '}}' }}")).isEqualTo("1}}");
    assertThat(render("{{ 'a\\tb\\x41\\u00e9\\q\\'' }}")).isEqualTo("a\tbA\u00e9\\q'");
  }

  @Test
  void runsLoops() {
    assertThat(
            render(
                "{% for x in l if x != 1 %}{{ loop.index }}/{{ loop.length }}{{ loop.first }}"
                    + "{{ loop.last }}{{ x }}{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}"))
        .isEqualTo("1/2TrueFalse32 2/2FalseTrue23 ");
    assertThat(render("{% for k, v in d.items() %}{{ k }}{{ loop.index0 }}{% endfor %}"))
        .isEqualTo("b0a1");
    assertThat(render("{% for x in [] %}a{% else %}b{% endfor %}")).isEqualTo("b");
    assertThat(render("{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}"))
        .isEqualTo("3");
    assertThat(
            render("{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}"))
        .isEqualTo("32");
    assertThat(render("{% for x in 'aé🌞' %}{{ x }}.{% endfor %}")).isEqualTo("a.é.🌞.");
    assertThat(render("{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}")).isEqualTo("aba");
  }

  @Test
  void keepsVariablesInTheirScopes() {
    assertThat(render("{% set a = 1 %}{% for x in l %}{% set a = x %}{% endfor %}{{ a }}"))
        .isEqualTo("1");
    assertThat(render("{% if t %}{% set a = 2 %}{% endif %}{{ a }}")).isEqualTo("2");
    assertThat(
            render(
                "{% set ns = namespace(a=0, b='') %}{% for x in l %}{% set ns.a = ns.a + x %}"
                    + "{% endfor %}{{ ns.a }}{{ ns.c is defined }}"))
        .isEqualTo("6False");
    assertThat(render("{% set a, b = 1, 2 %}{{ b }}{{ a }}")).isEqualTo("21");
    assertThat(render("{% set a %}x{{ n }}y{% endset %}{{ a | upper }}")).isEqualTo("X3Y");
    assertThat(render("{% set a | trim | upper %} x {% endset %}{{ a }}")).isEqualTo("X");
    assertThat(render("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}")).isEqualTo("3");
    assertThat(render("{% filter upper | trim %} ab{{ s }} {% endfilter %}"))
        .isEqualTo("AB  HI THERE");
    assertThat(render("{% generation %}a{% endgeneration %}b")).isEqualTo("ab");
  }

  @Test
  void callsMacros() {
    assertThat(
            render(
                "{% macro m(a, b='x', c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}"
                    + "{{ m(1) }}{{ m(1, c=2) }}{{ m(b=3) }}"))
        .isEqualTo("[1x1][1x2][3]");
    assertThat(
            render(
                "{% macro m() %}<{{ caller('a') }}>{% endmacro %}"
                    + "{% call(x) m() %}{{ x }}{{ n }}{% endcall %}"))
        .isEqualTo("<a3>");
    assertThat(
            render(
                "{% macro down(n) %}{{ n }}{% if n > 0 %}{{ down(n - 1) }}{% endif %}{% endmacro %}"
                    + "{{ down(3) }}"))
        .isEqualTo("3210");
  }

  @Test
  void writesJsonWithIndent() {
    assertThat(render("{{ d | tojson(indent=2) }}"))
        .isEqualTo("{\n  \"b\": 1,\n  \"a\": [\n    true,\n    null,\n    \"é<\"\n  ]\n}");
    assertThat(render("{{ {'b': 1, 'a': {}, 'c': []} | tojson(sort_keys=true) }}"))
        .isEqualTo("{\"a\": {}, \"b\": 1, \"c\": []}");
  }

  @Test
  void tellsTheTimeItWasGiven() {
    assertThat(render("{{ strftime_now('%d %b %Y, %B %-d %A %H:%M:%S %p %j %y%%') }}"))
        .isEqualTo("02 Nov 2026, November 2 Monday 18:05:09 PM 306 26%");
    assertThatThrownBy(
            () -> Template.of("{{ strftime_now('%Y') }}").render(Map.of(), Optional.empty()))
        .hasMessage("line 1: 'strftime_now' is undefined");
  }

  @Test
  void refusesWithAReason() {
    rows("""
    {{ x.y }} => line 1: 'x' is undefined
    {{ d.x.y }} => line 1: a mapping has no entry 'x'
    {{ x() }} => line 1: 'x' is undefined
    {{ x + 1 }} => line 1: 'x' is undefined
    {{ 'a' + 1 }} => line 1: a str and a int have no '+'
    {{ n.strip() }} => line 1: a int has no attribute 'strip'
    {{ l | frobnicate }} => line 1: the filter 'frobnicate' is unknown to Peermind
    {{ l is frobnicated }} => line 1: the test 'frobnicated' is unknown to Peermind
    {% frobnicate %} => line 1: the tag 'frobnicate' is unknown to Peermind
    {% if t %} => line 1: a block has no end
    {% endif %} => line 1: the tag 'endif' is unknown to Peermind
    {{ 1 => line 1: a tag has no end
    {{ 'a }} => line 1: a string has no end
    {{ a b }} => line 1: '}}' is expected and something else found
    {{ ) }} => line 1: the bracket ')' is not expected
    {{ ? }} => line 1: the character '?' is not expected
    {{ nil | length }} => line 1: a None has no length
    {% for x in 5 %}{% endfor %} => line 1: a int cannot be run over
    {% set s.x = 1 %} => line 1: attributes can be set on a namespace only
    {% break %} => line 1: break or continue stands outside of a loop
    {{ raise_exception('no ' ~ n) }} => no 3
    """)
        .forEach(
            (template, reason) ->
                assertThatThrownBy(() -> render(template))
                    .as(template)
                    .isInstanceOf(Refusal.class)
                    .hasMessage(reason));
  }
}
