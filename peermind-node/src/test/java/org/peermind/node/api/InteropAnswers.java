// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.peermind.node.api.ScriptedAnswers.after;
import static org.peermind.node.api.ScriptedAnswers.done;
import static org.peermind.node.api.ScriptedAnswers.failed;
import static org.peermind.node.api.ScriptedAnswers.text;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.peermind.node.query.QueryRefused;
import org.peermind.protocol.RefusalCode;

/// The models that the clients of the interop checks ask for.
final class InteropAnswers {
  private static final int REFUSALS_BEFORE_POWER = 2;

  private InteropAnswers() {}

  static ScriptedAnswers create() {
    AtomicInteger asked = new AtomicInteger();
    return new ScriptedAnswers()
        .answer("demo", text("The sun "), text("rose 🌞 over "), text("the hill."), done())
        .refuse("no-power", RefusalCode.NO_POWER, "No inferer has sun now.", 1)
        .answerAfter(
            "power-later",
            _ -> {
              if (asked.incrementAndGet() <= REFUSALS_BEFORE_POWER) {
                throw new QueryRefused(RefusalCode.NO_POWER, "No inferer has sun now.", 1);
              }
            },
            text("Here it is."),
            done())
        .answer(
            "dies",
            text("The sun "),
            failed(RefusalCode.INFERER_FAILED, "The inferer stopped and nobody took over.", 1))
        .answer("slow", text("The sun "), after(new CountDownLatch(1), done()));
  }
}
