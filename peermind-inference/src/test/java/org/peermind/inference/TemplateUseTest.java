// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class TemplateUseTest {
  private static final String TURNS =
      "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";

  @Test
  void saysWhatATemplateKnows() {
    assertThat(TemplateUse.of(Optional.of(TURNS))).isEqualTo(new TemplateUse.Usable(true, false));
    assertThat(
            TemplateUse.of(
                Optional.of(
                    "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}"
                        + TURNS)))
        .isEqualTo(new TemplateUse.Usable(false, false));
    assertThat(TemplateUse.of(Optional.of(TURNS)).words())
        .isEqualTo("renders; system messages in their place, tools in words of ours");
  }

  @Test
  void saysWhyATemplateIsOfNoUse() {
    assertThat(TemplateUse.of(Optional.empty()).words()).contains("has no chat template");
    assertThat(TemplateUse.of(Optional.of("{{ messages | frobnicate }}")).words())
        .isEqualTo(
            "The model's chat template cannot be used: line 1: the filter 'frobnicate' is unknown"
                + " to Peermind; choose a model with another template.");
  }
}
