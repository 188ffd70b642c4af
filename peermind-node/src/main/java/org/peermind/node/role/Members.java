// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.peermind.node.config.ConfigException;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;

/// The nodes that a referee has admitted, kept in a file so that an invitation is needed only once.
final class Members {
  private static final int MEMBERS_MAX = 100_000;

  private final Path file;
  private final Set<NodeId> nodes;

  private Members(Path file, Set<NodeId> nodes) {
    this.file = file;
    this.nodes = nodes;
  }

  /// Reads the file; a missing one means nobody was admitted yet.
  static Members read(Path file) throws ConfigException {
    Set<NodeId> nodes = ConcurrentHashMap.newKeySet();
    if (!Files.exists(file)) {
      return new Members(file, nodes);
    }
    int line = 0;
    try {
      for (String text : Files.readAllLines(file)) {
        line++;
        if (!text.isBlank()) {
          nodes.add(NodeId.parse(text.strip()));
        }
      }
    } catch (IOException unreadable) {
      throw new ConfigException(file + " cannot be read.", unreadable);
    } catch (ProtocolException malformed) {
      throw new ConfigException(
          "%s, line %d holds no node id; remove the line, and the node needs a new invitation."
              .formatted(file, line),
          malformed);
    }
    return new Members(file, nodes);
  }

  boolean contains(NodeId node) {
    return nodes.contains(node);
  }

  /// Remembers a node for good.
  ///
  /// @throws IOException when it cannot be written down; the node is then not a member
  synchronized void add(NodeId node) throws IOException {
    if (nodes.contains(node)) {
      return;
    }
    if (nodes.size() >= MEMBERS_MAX) {
      throw new IOException("The network has as many members as this referee keeps");
    }
    Files.writeString(
        file,
        (endsInMidLine() ? "\n" : "") + node + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND,
        StandardOpenOption.SYNC);
    nodes.add(node);
  }

  /// Whether somebody edited the file and left its last line open.
  private boolean endsInMidLine() throws IOException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      return false;
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      channel.position(channel.size() - 1).read(last);
      return last.get(0) != '\n';
    }
  }
}
