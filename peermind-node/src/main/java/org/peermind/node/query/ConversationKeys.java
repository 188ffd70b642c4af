// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolCall;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;

/// Names conversations so that their later questions can be recognised: by this node, which sends
/// them to the inferer that had the earlier ones, and by that inferer, which still has their
/// beginning computed.
///
/// A conversation is told by its beginning: the model, all up to and including the first message of
/// the user, and who asks. Its key is a MAC with a secret that is drawn when the node starts and
/// kept nowhere, so nobody else can make a key to reach what another one's conversation left behind
/// (ADR 0017). Each inferer gets a key of its own: one that served a part of a conversation cannot
/// ask another inferer, as a user, for what the conversation left there, nor can two of them see
/// that they served the same one.
public final class ConversationKeys {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int SECRET_BYTES = 32;

  private final SecretKeySpec secret;

  private ConversationKeys(byte[] secret) {
    this.secret = new SecretKeySpec(secret, ALGORITHM);
  }

  /// Keys of a new secret.
  ///
  /// @param random a secure one
  public static ConversationKeys random(RandomGenerator random) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return new ConversationKeys(secret);
  }

  /// The key of the conversation that this prompt belongs to.
  ///
  /// @param model as it was asked for
  /// @param asker what tells this user of the node from others, if anything does
  public Id16 of(String model, Prompt.Chat prompt, Optional<String> asker) {
    Mac mac = mac(secret);
    add(mac, model);
    add(mac, asker.orElse(""));
    for (ChatMessage message : prompt.messages()) {
      add(mac, message.role());
      add(mac, message.content());
      add(mac, Integer.toString(message.toolCalls().size()));
      for (ToolCall call : message.toolCalls()) {
        add(mac, call.name());
        add(mac, call.argumentsJson());
      }
      if (message.role().equals("user")) {
        break;
      }
    }
    return firstOf(mac);
  }

  /// The key that one inferer gets for a conversation.
  public static Id16 at(NodeId inferer, Id16 conversation) {
    Mac mac = mac(new SecretKeySpec(conversation.toBytes(), ALGORITHM));
    mac.update(inferer.toBytes());
    return firstOf(mac);
  }

  private static Id16 firstOf(Mac mac) {
    ByteBuffer key = ByteBuffer.wrap(mac.doFinal());
    return new Id16(key.getLong(), key.getLong());
  }

  private static Mac mac(SecretKeySpec secret) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      return mac;
    } catch (NoSuchAlgorithmException | InvalidKeyException impossible) {
      throw new IllegalStateException("Every Java has " + ALGORITHM, impossible);
    }
  }

  /// With its length before it, so that no two lists of texts give the same bytes.
  private static void add(Mac mac, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    mac.update(bytes);
  }
}
