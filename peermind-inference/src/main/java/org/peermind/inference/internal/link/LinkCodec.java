// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.ChatMessage;
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
import org.peermind.inference.Sampling;

/// Messages as bytes: a type number, then the fields in order. Both sides are the same build, so
/// there are no versions; bounds are checked all the same, since native code shares the child's
/// memory.
final class LinkCodec {
  private LinkCodec() {}

  static byte[] encode(LinkMessage message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      switch (message) {
        case LinkMessage.Load load -> {
          out.writeByte(1);
          putText(out, load.file());
          out.writeInt(load.contextTokens());
          out.writeInt(load.slots());
          out.writeInt(load.threads());
        }
        case LinkMessage.Generate(long id, GenerationRequest request) -> {
          out.writeByte(2);
          out.writeLong(id);
          putRequest(out, request);
        }
        case LinkMessage.Cancel(long id) -> {
          out.writeByte(3);
          out.writeLong(id);
        }
        case LinkMessage.Pace(double tokensPerSecondMax) -> {
          out.writeByte(4);
          out.writeDouble(tokensPerSecondMax);
        }
        case LinkMessage.Hello(String token) -> {
          out.writeByte(16);
          putText(out, token);
        }
        case LinkMessage.Ready(EngineInfo info) -> {
          out.writeByte(17);
          putText(out, info.name());
          putText(out, info.build());
          putText(out, info.abiProfile());
          putTexts(out, info.devices());
          putTexts(out, info.guards());
        }
        case LinkMessage.Refused(String sentence) -> {
          out.writeByte(18);
          putText(out, sentence);
        }
        case LinkMessage.Loading(double fraction) -> {
          out.writeByte(19);
          out.writeDouble(fraction);
        }
        case LinkMessage.Loaded(ModelInfo info) -> {
          out.writeByte(20);
          putText(out, info.description());
          out.writeLong(info.parameters());
          out.writeLong(info.bytes());
          out.writeInt(info.contextTokens());
          out.writeInt(info.vocabularySize());
        }
        case LinkMessage.Event(long id, GenerationEvent event) -> putEvent(out, id, event);
      }
    } catch (IOException e) {
      throw new AssertionError("Memory takes every byte", e);
    }
    return bytes.toByteArray();
  }

  static LinkMessage decode(byte[] content) throws LinkException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(content))) {
      int type = in.readUnsignedByte();
      LinkMessage message =
          switch (type) {
            case 1 -> new LinkMessage.Load(text(in), in.readInt(), in.readInt(), in.readInt());
            case 2 -> new LinkMessage.Generate(in.readLong(), request(in));
            case 3 -> new LinkMessage.Cancel(in.readLong());
            case 4 -> new LinkMessage.Pace(in.readDouble());
            case 16 -> new LinkMessage.Hello(text(in));
            case 17 ->
                new LinkMessage.Ready(
                    new EngineInfo(text(in), text(in), text(in), texts(in), texts(in)));
            case 18 -> new LinkMessage.Refused(text(in));
            case 19 -> new LinkMessage.Loading(in.readDouble());
            case 20 ->
                new LinkMessage.Loaded(
                    new ModelInfo(
                        text(in), in.readLong(), in.readLong(), in.readInt(), in.readInt()));
            case 32 -> event(in, new Prefilled(in.readInt(), in.readInt()));
            case 33 -> event(in, new Piece(numbers(in), text(in), numbers(in)));
            case 34 ->
                event(
                    in,
                    new Finished(
                        constant(in, FinishReason.values()),
                        in.readInt(),
                        in.readInt(),
                        in.readInt()));
            case 35 -> event(in, new Failed(constant(in, FailureKind.values()), text(in)));
            default -> throw new LinkException("A frame has the unknown type " + type + ".");
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

  private static void putEvent(DataOutputStream out, long id, GenerationEvent event)
      throws IOException {
    switch (event) {
      case Prefilled(int done, int total) -> {
        out.writeByte(32);
        out.writeInt(done);
        out.writeInt(total);
      }
      case Piece(List<Integer> tokenIds, String text, List<Integer> nearTies) -> {
        out.writeByte(33);
        putNumbers(out, tokenIds);
        putText(out, text);
        putNumbers(out, nearTies);
      }
      case Finished finished -> {
        out.writeByte(34);
        putText(out, finished.reason().name());
        out.writeInt(finished.promptTokens());
        out.writeInt(finished.completionTokens());
        out.writeInt(finished.nearTies());
      }
      case Failed(FailureKind kind, String sentence) -> {
        out.writeByte(35);
        putText(out, kind.name());
        putText(out, sentence);
      }
    }
    out.writeLong(id);
  }

  private static LinkMessage event(DataInputStream in, GenerationEvent event) throws IOException {
    return new LinkMessage.Event(in.readLong(), event);
  }

  private static void putRequest(DataOutputStream out, GenerationRequest request)
      throws IOException {
    out.writeInt(request.messages().size());
    for (ChatMessage message : request.messages()) {
      putText(out, message.role());
      putText(out, message.content());
    }
    out.writeInt(request.maxTokens());
    out.writeDouble(request.sampling().temperature());
    out.writeDouble(request.sampling().topP());
    out.writeLong(request.sampling().seed());
    putTexts(out, request.stop());
    putNumbers(out, request.resumeTokens());
  }

  private static GenerationRequest request(DataInputStream in) throws IOException {
    int count = count(in, 8);
    List<ChatMessage> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(new ChatMessage(text(in), text(in)));
    }
    return new GenerationRequest(
        messages,
        in.readInt(),
        new Sampling(in.readDouble(), in.readDouble(), in.readLong()),
        texts(in),
        numbers(in));
  }

  private static void putText(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String text(DataInputStream in) throws IOException {
    byte[] bytes = new byte[count(in, 1)];
    in.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void putTexts(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      putText(out, text);
    }
  }

  private static List<String> texts(DataInputStream in) throws IOException {
    int count = count(in, 4);
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(text(in));
    }
    return texts;
  }

  private static void putNumbers(DataOutputStream out, List<Integer> numbers) throws IOException {
    out.writeInt(numbers.size());
    for (int number : numbers) {
      out.writeInt(number);
    }
  }

  private static List<Integer> numbers(DataInputStream in) throws IOException {
    int count = count(in, 4);
    List<Integer> numbers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      numbers.add(in.readInt());
    }
    return numbers;
  }

  private static <E extends Enum<E>> E constant(DataInputStream in, E[] values) throws IOException {
    String name = text(in);
    for (E value : values) {
      if (value.name().equals(name)) {
        return value;
      }
    }
    throw new LinkException("A frame names an unknown constant.");
  }

  /// A count of things of at least `bytesEach` that fit into what is left of the frame.
  private static int count(DataInputStream in, int bytesEach) throws IOException {
    int count = in.readInt();
    if (count < 0 || (long) count * bytesEach > in.available()) {
      throw new LinkException("A frame counts more than it holds.");
    }
    return count;
  }
}
