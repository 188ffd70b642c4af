// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.testkit.Property;

/// Templates that want to hang, to fill memory or to get out.
class HostileTemplateTest {
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static String render(String template) {
    return Template.of(template)
        .render(Map.of("messages", Conversation.messages(List.of(), false)), Optional.empty())
        .chars();
  }

  /// Refused within a second of processor time, however busy the machine is.
  private static void assertRefused(String template, String reason) {
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
          assertThatThrownBy(() -> render(template))
              .as(Operators.shortened(template))
              .isInstanceOf(Refusal.class)
              .hasMessageContaining(reason);
          assertThat(
                  Duration.ofNanos(
                      ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before))
              .as(Operators.shortened(template))
              .isLessThan(SOON);
        });
  }

  @Test
  void stopsWhatWouldNotEnd() {
    """
    {% for i in range(10**9) %}x{% endfor %} => list of more than 100,000 elements
    {{ range(-9223372036854775807, 9223372036854775807) }} => list of more than
    {% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %} => steps
    {{ 'aaaaaaaaaaaaaaaa' * 1000000000 }} => text of more than 4,194,304 characters
    {{ [0] * 1000000000 }} => list of more than
    {% macro m() %}{{ m() }}{% endmacro %}{{ m() }} => calls itself more than 200 deep
    {% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }} => deep
    {% set ns = namespace(s='aaaaaaaa') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %} => text of more than
    {% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %} => list of more than
    {% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }} => deep
    {% for i in range(99999) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }}{% endfor %} => text of more than
    {{ 9 ** 64 }} => a number becomes too large
    {{ 2 ** 99999999 }} => exponent
    {{ 9223372036854775807 + 1 }} => a number becomes too large
    {{ 1 // 0 }} => divides by zero
    {{ 1 % 0 }} => divides by zero
    {{ 'x' | indent(999999999) | replace('', 'yyyyyyyyyy') | replace('', 'zzzzzzzzzzzzzzzz') | replace('z', 'zzzzzzzzzzzzzzzz') | replace('z', 'zzzzzzzzzzzzzzzz') | replace('z', 'zzzzzzzzzzzzzzzz') | replace('z', 'zzzzzzzzzzzzzzzz') }} => more than
    {{ ('x,' * 1000000).split(',') }} => more than
    {{ ('x ' * 1000000).split() | length }} => more than
    {% for a in range(9999) %}{% set x = ('y' * 1000000) | upper %}{% endfor %} => copies more
    {% set s = 'ab' * 2000000 %}{% for i in range(99999) %}{{ s[0] }}{% endfor %} => steps
    {% set s = 'ab' * 2000000 %}{% for i in range(99999) %}{{ s | length }}{% endfor %} => steps
    {% set s = 'ab' * 2000000 %}{% for i in range(99999) %}{% if s is lower %}{% endif %}{% endfor %} => copies
    {% set s = 'ab' * 2000000 %}{% for i in range(99999) %}{{ s.isalpha() }}{% endfor %} => copies
    {% set s = 'ab' * 2000000 %}{% set d = {s: 1} %}{% for i in range(99999) %}{{ d[s ~ ''] }}{% endfor %} => copies
    {% set s = 'ab' * 2000000 %}{% set d = {s ~ 'x': 1} %}{% for i in range(99999) %}{{ s in d }}{% endfor %} => steps
    {% set s = '1' * 4000000 %}{% for i in range(99999) %}{{ s | int }}{% endfor %} => copies
    {% set s = 'a.' * 2000000 %}{{ range(99999) | map(attribute=s) | list }} => an attribute has more than 256
    {% set l = range(99999) %}{% for i in l %}{{ l | sum }}{% endfor %} => steps
    {% set l = range(99999) %}{% for i in l %}{{ l | min }}{% endfor %} => steps
    {% set s = 'ab' * 2000000 %}{% for i in range(99999) %}{{ (s % 1)[:1] }}{% endfor %} => copies
    {{ range(99999) | map('upper') | sort | unique | list }} => steps
    """
        .lines()
        .map(line -> line.split(" => ", 2))
        .forEach(row -> assertRefused(row[0], row[1]));
  }

  @Test
  void reachesNothingButData() {
    """
    {{ ''.getClass() }} => has no attribute 'getClass'
    {{ ''.__class__.__mro__ }} => has no attribute '__class__'
    {{ ''['class'].name }} => has no attribute 'class'
    {{ '' | attr('class') }} => the filter 'attr' is unknown to Peermind
    {{ messages.getClass().forName('java.lang.Runtime') }} => has no attribute 'getClass'
    {{ range.__globals__['os'].system('id') }} => has no attribute '__globals__'
    {{ self.__init__ }} => 'self' is undefined
    {{ namespace().__class__.x }} => has no attribute '__class__'
    {{ loop.x.y }} => 'loop' is undefined
    {{ messages.append(1) }} => would change a value
    {{ {}.update(x=1) }} => would change a value
    {{ lipsum.x.y }} => 'lipsum' is undefined
    {{ cycler.x.y }} => 'cycler' is undefined
    {{ '{0.__class__}'.format(1) }} => plain fields
    {{ '%1000000000d' % 1 }} => knows %s and %d only
    {% include 'x' %} => the tag 'include' is unknown
    {% import 'x' as y %} => the tag 'import' is unknown
    {% extends 'x' %} => the tag 'extends' is unknown
    {% do x %} => the tag 'do' is unknown
    {{ f(*args) }} => arguments with '*'
    """
        .lines()
        .map(line -> line.split(" => ", 2))
        .forEach(row -> assertRefused(row[0], row[1]));
  }

  @Test
  void stopsNestingWithoutEnd() {
    Map.of(
            "(",
            ")",
            "[",
            "]",
            "{1:",
            "}",
            "not ",
            "",
            "-",
            "",
            "1 if 1 else ",
            "",
            "f(",
            ")",
            "x[",
            "]",
            "x|f(",
            ")")
        .forEach(
            (open, close) ->
                assertRefused(
                    "{{ " + open.repeat(60_000) + "1" + close.repeat(60_000) + " }}",
                    "nest more than 60 deep"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% if x %}",
        "{% for i in x %}",
        "{% macro m() %}",
        "{% set x %}",
        "{% filter f %}"
      })
  void stopsBlocksNestedWithoutEnd(String tag) {
    assertThatThrownBy(() -> Template.of(tag.repeat(60_000)))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("nest more than 60 deep");
  }

  @Test
  void rendersLongFlatChains() {
    assertThat(render("{{ 1" + " + 1".repeat(50_000) + " }}")).isEqualTo("50001");
    assertThat(render("{{ x" + " or x".repeat(50_000) + " or 'y' }}")).isEqualTo("y");
    assertThat(render("{{ ' x '" + " | trim".repeat(50_000) + " }}")).isEqualTo("x");
    assertThat(render("{% if x %}" + "{% elif x %}".repeat(50_000) + "{% else %}y{% endif %}"))
        .isEqualTo("y");
  }

  @Test
  void refusesATemplateThatIsTooLong() {
    assertThatThrownBy(() -> Template.of("x".repeat(Template.CHARS_MAX + 1)))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("more than 1,048,576 characters");
  }

  @Test
  void endsOnAnyRubbish() {
    List<String> pieces =
        new ArrayList<>(
            List.of(
                ("{{ }} {% %} {# #} - + if for in x set = ( ) [ ] { } ' \\ | . , : is not macro"
                        + " endif endfor else raw endraw 1 2.5 ~ * / messages tojson loop range"
                        + " namespace call generation endset filter with")
                    .split(" ")));
    pieces.addAll(List.of("\n", " ", "\"", "\uD83C"));
    Property.forAll(
        14,
        3_000,
        random -> {
          StringBuilder template = new StringBuilder();
          for (int i = random.nextInt(40); i >= 0; i--) {
            template.append(pieces.get(random.nextInt(pieces.size())));
            template.append(random.nextInt(3) == 0 ? " " : "");
          }
          try {
            assertThat(render(template.toString())).isNotNull();
          } catch (Refusal refused) {
            assertThat(refused.reason()).isNotEmpty();
          }
        });
  }
}
