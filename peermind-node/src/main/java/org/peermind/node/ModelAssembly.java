// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiPredicate;
import org.peermind.model.ModelStore;
import org.peermind.model.blob.FetchRules;
import org.peermind.node.blobs.BlobFetch;
import org.peermind.node.blobs.BlobServer;
import org.peermind.node.blobs.BlobServerSettings;
import org.peermind.node.blobs.ByteRate;
import org.peermind.node.blobs.StoreShelf;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeHome;
import org.peermind.node.config.Sharing;
import org.peermind.node.governance.Holders;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.node.governance.PeerModels;
import org.peermind.node.role.RefereeSet;
import org.peermind.node.transport.DirectTls;
import org.peermind.node.transport.Scheduler;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.TransportIdentity;
import org.peermind.voting.Governance;

/// Wires how a node gives models to others and fetches them.
final class ModelAssembly {
  private ModelAssembly() {}

  /// What the parts share.
  record Parts(
      NodeHome home,
      NodeConfig config,
      OwnNode own,
      TransportIdentity tls,
      NetworkLedger ledger,
      InstantSource clock,
      Scheduler scheduler,
      RunningNode node) {}

  /// @param configured the model that the owner named, which may lie outside of the store
  static PeerModels exchange(
      Parts parts, RefereeSet referees, Optional<PeerModels.Configured> configured) {
    Holders holders = new Holders();
    referees.add(holders);
    ModelStore store = ModelStore.at(parts.home().modelsDirectory());
    DirectTls tls = new DirectTls(parts.tls(), parts.clock(), BlobServer.APPLICATION);
    ByteRate rate = rate(parts.config().sharing().downloadBytesPerSecond());
    return new PeerModels(
        store,
        new BlobFetch(tls, store, rate, FetchRules.defaults(), parts.clock()),
        holders,
        parts.clock(),
        configured);
  }

  /// Begins to give models, if the owner lets it.
  static void give(Parts parts) throws ConfigException {
    Sharing sharing = parts.config().sharing();
    if (sharing.listen().isEmpty()) {
      return;
    }
    HostPort listen = sharing.listen().get();
    BlobServer server;
    try {
      server = listen(parts, listen.host(), listen.port());
    } catch (IOException taken) {
      if (!sharing.isDefault()) {
        throw new ConfigException("models.listen: " + taken.getMessage(), taken);
      }
      try {
        server = listen(parts, listen.host(), 0);
      } catch (IOException refused) {
        throw new ConfigException("models.listen: " + refused.getMessage(), refused);
      }
    }
    parts.node().onClose(server::close);
    parts.own().givesModelsAt().tell(address(parts.config(), listen, server.port()));
  }

  private static BlobServer listen(Parts parts, String host, int port) throws IOException {
    return BlobServer.listen(
        host,
        port,
        new DirectTls(parts.tls(), parts.clock(), BlobServer.APPLICATION),
        new StoreShelf(ModelStore.at(parts.home().modelsDirectory()), mayHave(parts.ledger())),
        rate(parts.config().sharing().uploadBytesPerSecond()),
        BlobServerSettings.defaults(),
        parts.scheduler());
  }

  /// Members get what the network proposed or adopted; nobody gets anything without a ledger.
  private static BiPredicate<NodeId, ModelHash> mayHave(NetworkLedger ledger) {
    return (peer, model) ->
        ledger.governance().map(governance -> mayHave(governance, peer, model)).orElse(false);
  }

  private static boolean mayHave(Governance governance, NodeId peer, ModelHash model) {
    return governance.roll().isMember(peer)
        && !governance.isStopped(model)
        && (governance.incumbent().equals(Optional.of(model))
            || governance.candidate(model).isPresent());
  }

  private static ByteRate rate(OptionalLong bytesPerSecond) {
    return new ByteRate(bytesPerSecond, System::nanoTime, Thread::sleep);
  }

  /// What others are told: as the owner says, else this machine's own address towards its referees.
  private static String address(NodeConfig config, HostPort listen, int port) {
    if (config.sharing().address().isPresent()) {
      return config.sharing().address().get().toString();
    }
    boolean isEverywhere = listen.host().equals("0.0.0.0") || listen.host().equals("[::]");
    return (isEverywhere ? ownHost(config) : listen.host()) + ":" + port;
  }

  /// The address from which this machine would reach its first referee; sends nothing.
  private static String ownHost(NodeConfig config) {
    HostPort towards =
        config.referees().stream()
            .map(NodeConfig.KnownReferee::address)
            .findFirst()
            .orElse(new HostPort("127.0.0.1", 1));
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(towards.host(), Math.max(1, towards.port())));
      InetAddress own = socket.getLocalAddress();
      String text = own.getHostAddress();
      return own instanceof Inet6Address ? "[" + text + "]" : text;
    } catch (SocketException | IllegalArgumentException _) {
      return "127.0.0.1";
    }
  }
}
