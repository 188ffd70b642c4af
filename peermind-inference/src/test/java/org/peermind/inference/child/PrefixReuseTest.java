// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.NativesAtHand;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.child.LoopRig.Reading;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.Id16;

/// Conversations with the demo model, with and without reuse of what was computed for them.
class PrefixReuseTest {
  private static final String DEMO = "/org/peermind/model/demo/peermind-demo.gguf";
  private static final List<String> QUESTIONS =
      List.of("Who lives by the sea?", "Tell me a story.", "And what happened then?", "Why?");

  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @Test
  void answersTheSame_withAndWithoutWhatWasComputedBefore(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("demo.gguf");
    try (InputStream demo = Objects.requireNonNull(ModelDigest.class.getResourceAsStream(DEMO))) {
      Files.copy(demo, file);
    }
    try (LlamaModel model =
        natives().open(directory).load(file, EngineLoop.shape(1024, 3, 1), _ -> {})) {
      LoopRig rig = new LoopRig(model, 3);
      for (int conversation = 0; conversation < 6; conversation++) {
        Optional<Id16> key = Optional.of(new Id16(7, conversation));
        List<ChatMessage> messages = new ArrayList<>();
        for (String question : QUESTIONS) {
          messages.add(new ChatMessage("user", question));
          Sampling sampling =
              conversation < 2 ? Sampling.greedy() : new Sampling(0.8, 0.95, conversation);
          GenerationRequest request = GenerationRequest.of(Prompt.chat(messages), 24, sampling);
          // Others compute meanwhile, so that the slots and cells are not always the same.
          long other = rig.ask(GenerationRequest.of(new Prompt.Text(question), 9, sampling));
          Reading reused = rig.read(request.withConversation(key));
          Reading alone = rig.read(request);
          rig.finish(other);

          assertThat(reused.differs(alone)).as("differs other than by a near-tie").isEmpty();
          assertThat(alone.finished().cachedTokens()).isZero();
          if (messages.size() > 1) {
            assertThat(reused.finished().cachedTokens()).isGreaterThan(5);
          } else {
            assertThat(reused.finished().cachedTokens()).isZero();
          }
          messages.add(new ChatMessage("assistant", reused.text()));
        }
      }
    }
  }
}
