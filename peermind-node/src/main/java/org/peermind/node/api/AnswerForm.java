// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.List;
import org.peermind.inference.TokenLogprob;
import org.peermind.node.query.AnswerEvent;

/// How one answer is written: OpenAI's objects of one page of its API. A form belongs to one answer
/// and is used by one thread.
interface AnswerForm {
  /// The field of the request that holds what was asked, named when that is too long.
  String promptField();

  /// Which model answers, where the question left it to the network: what is written from now on
  /// names it.
  void named(String model);

  /// Begins a stream.
  void begin(StreamEvents events);

  /// More of a stream.
  void more(StreamEvents events, String text, List<TokenLogprob> logprobs);

  /// Ends a stream.
  void end(StreamEvents events, AnswerEvent.Done done);

  /// Ends a stream whose answer failed after its beginning.
  void fail(StreamEvents events, ApiError error);

  /// Keeps more of an answer that is sent as a whole.
  void keep(String text, List<TokenLogprob> logprobs);

  /// How much is kept, of a stream too if its form repeats it at the end.
  int keptCharacters();

  /// The whole answer.
  String whole(AnswerEvent.Done done);
}
