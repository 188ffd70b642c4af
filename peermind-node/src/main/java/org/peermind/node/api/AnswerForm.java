// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.List;
import org.peermind.inference.TokenLogprob;
import org.peermind.node.query.AnswerEvent;

/// How one answer is written: OpenAI's objects of one page of its API. A form belongs to one answer
/// and is used by one thread.
interface AnswerForm {
  /// The field of the request that holds its texts, named when they are too long.
  String textsField();

  /// The events that begin a stream, perhaps none.
  List<String> beginning();

  /// The event for more of a stream.
  String more(String text, List<TokenLogprob> logprobs);

  /// The events that end a stream.
  List<String> ending(AnswerEvent.Done done);

  /// Keeps more of an answer that is sent as a whole.
  void keep(String text, List<TokenLogprob> logprobs);

  /// How much is kept.
  int keptCharacters();

  /// The whole answer.
  String whole(AnswerEvent.Done done);
}
