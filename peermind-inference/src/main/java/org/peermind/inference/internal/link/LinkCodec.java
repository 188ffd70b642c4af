// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Finished;
import org.peermind.inference.GenerationEvent.Piece;
import org.peermind.inference.GenerationEvent.Prefilled;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.ModelInfo;

/// Messages as bytes: a type number, then the fields in order. Both sides are the same build, so
/// there are no versions; bounds are checked all the same, since native code shares the child's
/// memory.
final class LinkCodec {
  private LinkCodec() {}

  static byte[] encode(LinkMessage message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      switch (message) {
        case LinkMessage.ToChild toChild -> putToChild(out, toChild);
        case LinkMessage.FromChild fromChild -> putFromChild(out, fromChild);
      }
    } catch (IOException e) {
      throw new AssertionError("Memory takes every byte", e);
    }
    return bytes.toByteArray();
  }

  private static void putToChild(DataOutputStream out, LinkMessage.ToChild message)
      throws IOException {
    switch (message) {
      case LinkMessage.Load load -> {
        out.writeByte(1);
        LinkFields.putText(out, load.file());
        out.writeInt(load.contextTokens());
        out.writeInt(load.slots());
        out.writeInt(load.threads());
        out.writeInt(load.gpuLayers());
        out.writeBoolean(load.fullPrecision());
        ScoreCodec.putAdapter(out, load.adapter());
      }
      case LinkMessage.Generate(long id, GenerationRequest request) -> {
        out.writeByte(2);
        out.writeLong(id);
        RequestCodec.put(out, request);
      }
      case LinkMessage.Cancel(long id) -> {
        out.writeByte(3);
        out.writeLong(id);
      }
      case LinkMessage.Pace(double tokensPerSecondMax) -> {
        out.writeByte(4);
        out.writeDouble(tokensPerSecondMax);
      }
      case LinkMessage.Embed(long id, var texts) -> {
        out.writeByte(5);
        out.writeLong(id);
        LinkFields.putTexts(out, texts);
      }
      case LinkMessage.Score(long id, var sequences) -> {
        out.writeByte(6);
        out.writeLong(id);
        ScoreCodec.putSequences(out, sequences);
      }
      case LinkMessage.Tokenize(long id, String text, boolean special) -> {
        out.writeByte(7);
        out.writeLong(id);
        LinkFields.putText(out, text);
        out.writeBoolean(special);
      }
      case LinkMessage.Adapt(long id, LinkMessage.Adapter adapter) -> {
        out.writeByte(8);
        out.writeLong(id);
        ScoreCodec.putAdapter(out, adapter);
      }
    }
  }

  private static void putFromChild(DataOutputStream out, LinkMessage.FromChild message)
      throws IOException {
    switch (message) {
      case LinkMessage.Hello(String token) -> {
        out.writeByte(16);
        LinkFields.putText(out, token);
      }
      case LinkMessage.Ready(EngineInfo info) -> {
        out.writeByte(17);
        EngineInfoCodec.put(out, info);
      }
      case LinkMessage.Refused(String sentence) -> {
        out.writeByte(18);
        LinkFields.putText(out, sentence);
      }
      case LinkMessage.Loading(double fraction) -> {
        out.writeByte(19);
        out.writeDouble(fraction);
      }
      case LinkMessage.Alive() -> out.writeByte(21);
      case LinkMessage.Result result -> putResult(out, result);
      case LinkMessage.Loaded(ModelInfo info, EngineFeatures features) -> {
        out.writeByte(20);
        LinkFields.putText(out, info.description());
        out.writeLong(info.parameters());
        out.writeLong(info.bytes());
        out.writeInt(info.contextTokens());
        out.writeInt(info.vocabularySize());
        AnswerCodec.putFeatures(out, features);
      }
      case LinkMessage.Event(long id, GenerationEvent event) -> putEvent(out, id, event);
    }
  }

  private static void putResult(DataOutputStream out, LinkMessage.Result result)
      throws IOException {
    switch (result) {
      case LinkMessage.Embedded(long id, Embeddings embeddings) -> {
        out.writeByte(22);
        out.writeLong(id);
        AnswerCodec.putEmbeddings(out, embeddings);
      }
      case LinkMessage.RequestRefused(long id, FailureKind kind, String sentence) -> {
        out.writeByte(23);
        out.writeLong(id);
        LinkFields.putText(out, kind.name());
        LinkFields.putText(out, sentence);
      }
      case LinkMessage.Scored(long id, var scores) -> {
        out.writeByte(24);
        out.writeLong(id);
        ScoreCodec.putScores(out, scores);
      }
      case LinkMessage.Tokenized(long id, var tokens) -> {
        out.writeByte(25);
        out.writeLong(id);
        LinkFields.putNumbers(out, tokens);
      }
      case LinkMessage.Adapted(long id) -> {
        out.writeByte(26);
        out.writeLong(id);
      }
    }
  }

  static LinkMessage decode(byte[] content) throws LinkException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(content))) {
      int type = in.readUnsignedByte();
      LinkMessage message =
          switch (type) {
            case 1 ->
                new LinkMessage.Load(
                    LinkFields.text(in),
                    in.readInt(),
                    in.readInt(),
                    in.readInt(),
                    in.readInt(),
                    in.readBoolean(),
                    ScoreCodec.adapter(in));
            case 2 -> new LinkMessage.Generate(in.readLong(), RequestCodec.request(in));
            case 3 -> new LinkMessage.Cancel(in.readLong());
            case 4 -> new LinkMessage.Pace(in.readDouble());
            case 5 -> new LinkMessage.Embed(in.readLong(), LinkFields.texts(in));
            case 6 -> new LinkMessage.Score(in.readLong(), ScoreCodec.sequences(in));
            case 7 ->
                new LinkMessage.Tokenize(in.readLong(), LinkFields.text(in), in.readBoolean());
            case 8 -> new LinkMessage.Adapt(in.readLong(), ScoreCodec.adapter(in));
            default -> fromChild(type, in);
          };
      if (in.available() > 0) {
        throw new LinkException("A frame of type " + type + " is too long.");
      }
      return message;
    } catch (LinkException e) {
      throw e;
    } catch (IOException | IllegalArgumentException _) {
      // The cause could quote what was in the frame.
      throw new LinkException("A frame of the engine's link cannot be read.");
    }
  }

  private static LinkMessage fromChild(int type, DataInputStream in) throws IOException {
    return switch (type) {
      case 16 -> new LinkMessage.Hello(LinkFields.text(in));
      case 17 -> new LinkMessage.Ready(EngineInfoCodec.info(in));
      case 18 -> new LinkMessage.Refused(LinkFields.text(in));
      case 19 -> new LinkMessage.Loading(in.readDouble());
      case 20 ->
          new LinkMessage.Loaded(
              new ModelInfo(
                  LinkFields.text(in), in.readLong(), in.readLong(), in.readInt(), in.readInt()),
              AnswerCodec.features(in));
      case 21 -> new LinkMessage.Alive();
      case 22 -> new LinkMessage.Embedded(in.readLong(), AnswerCodec.embeddings(in));
      case 23 ->
          new LinkMessage.RequestRefused(
              in.readLong(), LinkFields.constant(in, FailureKind.values()), LinkFields.text(in));
      case 24 -> new LinkMessage.Scored(in.readLong(), ScoreCodec.scores(in));
      case 25 -> new LinkMessage.Tokenized(in.readLong(), LinkFields.numbers(in));
      case 26 -> new LinkMessage.Adapted(in.readLong());
      case 32 -> event(in, new Prefilled(in.readInt(), in.readInt()));
      case 33 ->
          event(
              in,
              new Piece(
                  LinkFields.numbers(in),
                  LinkFields.text(in),
                  LinkFields.numbers(in),
                  AnswerCodec.logprobs(in)));
      case 34 ->
          event(
              in,
              new Finished(
                  LinkFields.constant(in, FinishReason.values()),
                  in.readInt(),
                  in.readInt(),
                  in.readInt(),
                  in.readInt(),
                  RequestCodec.toolCalls(in)));
      case 35 ->
          event(in, new Failed(LinkFields.constant(in, FailureKind.values()), LinkFields.text(in)));
      default -> throw new LinkException("A frame has the unknown type " + type + ".");
    };
  }

  private static void putEvent(DataOutputStream out, long id, GenerationEvent event)
      throws IOException {
    switch (event) {
      case Prefilled(int done, int total) -> {
        out.writeByte(32);
        out.writeInt(done);
        out.writeInt(total);
      }
      case Piece piece -> {
        out.writeByte(33);
        LinkFields.putNumbers(out, piece.tokenIds());
        LinkFields.putText(out, piece.text());
        LinkFields.putNumbers(out, piece.nearTies());
        AnswerCodec.putLogprobs(out, piece.logprobs());
      }
      case Finished finished -> {
        out.writeByte(34);
        LinkFields.putText(out, finished.reason().name());
        out.writeInt(finished.promptTokens());
        out.writeInt(finished.cachedTokens());
        out.writeInt(finished.completionTokens());
        out.writeInt(finished.nearTies());
        RequestCodec.putToolCalls(out, finished.toolCalls());
      }
      case Failed(FailureKind kind, String sentence) -> {
        out.writeByte(35);
        LinkFields.putText(out, kind.name());
        LinkFields.putText(out, sentence);
      }
    }
    out.writeLong(id);
  }

  private static LinkMessage event(DataInputStream in, GenerationEvent event) throws IOException {
    return new LinkMessage.Event(in.readLong(), event);
  }
}
