// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;

/// The file in which a node keeps the referees that others named, so that it finds its network
/// again when those of its configuration are gone. It is a memory, not a setting: what cannot be
/// read in it is learned again.
public final class LearnedReferees {
  private static final int FILE_BYTES_MAX = 16 * 1024;

  private LearnedReferees() {}

  /// The referees of this network; empty when the file is of another one or cannot be read.
  public static List<KnownReferee> read(NodeHome home, NetworkName network) {
    List<KnownReferee> referees = new ArrayList<>();
    try {
      if (!Files.exists(home.refereesFile()) || Files.size(home.refereesFile()) > FILE_BYTES_MAX) {
        return List.of();
      }
      List<String> lines = Files.readAllLines(home.refereesFile());
      if (lines.isEmpty() || !lines.getFirst().equals(header(network))) {
        return List.of();
      }
      for (String line : lines.subList(1, lines.size())) {
        String[] words = line.strip().split(" ", 2);
        if (words.length == 2) {
          referees.add(
              new KnownReferee(NodeId.parse(words[0]), HostPort.parse("address", words[1])));
        }
      }
    } catch (IOException | ProtocolException | ConfigException damaged) {
      return List.of();
    }
    return referees;
  }

  public static void write(NodeHome home, NetworkName network, List<KnownReferee> referees)
      throws ConfigException {
    StringBuilder text = new StringBuilder(header(network)).append('\n');
    referees.forEach(
        referee -> text.append(referee.node()).append(' ').append(referee.address()).append('\n'));
    home.write(home.refereesFile(), text.toString());
  }

  private static String header(NetworkName network) {
    return "# referees of the network " + network + " that other referees named";
  }
}
