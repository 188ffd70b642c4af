// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.peermind.model.GgufValue;
import org.peermind.model.GgufWriter;
import org.peermind.model.ModelStore;
import org.peermind.model.TensorType;
import org.peermind.model.blob.BlobException;
import org.peermind.model.blob.BlobManifest;
import org.peermind.node.transport.DirectTls;
import org.peermind.node.transport.SystemScheduler;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.TransportIdentity;

/// A model and nodes that give it over real TLS on this machine.
final class BlobWorld implements AutoCloseable {
  private static final SecureRandom SECRETS = new SecureRandom();
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final int ROW = 32;

  final Path model;
  final BlobManifest manifest;
  final DirectTls own = tls(IdentityKey.generate(SECRETS));
  final ModelStore store;
  private final Path directory;
  private final SystemScheduler scheduler = new SystemScheduler("blob-test");
  private final List<BlobServer> servers = new ArrayList<>();

  /// @param megabytes about the size of the model
  BlobWorld(Path directory, int megabytes) throws IOException, BlobException {
    this.directory = directory;
    this.model = directory.resolve("model.gguf");
    this.store = ModelStore.at(directory.resolve("store"));
    List<String> tokens = List.of("<unk>", "<s>", "</s>", "\u2581sun", "shine");
    byte[] noise = new byte[megabytes * 1_000_000 / (4 * ROW) * (4 * ROW)];
    new Random(megabytes).nextBytes(noise);
    new GgufWriter()
        .put("general.architecture", "llama")
        .put("general.name", "noise")
        .put("llama.context_length", 128)
        .put("llama.embedding_length", ROW)
        .put("llama.block_count", 1)
        .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.tokens", GgufValue.Array.ofStrings(tokens))
        .put("tokenizer.ggml.scores", GgufValue.Array.ofFloats(new float[tokens.size()]))
        .put("tokenizer.ggml.token_type", GgufValue.Array.ofInts(new int[] {2, 3, 3, 1, 1}))
        .put("tokenizer.ggml.bos_token_id", 1)
        .put("tokenizer.chat_template", "{{ messages }}")
        .tensor(
            "token_embd.weight",
            TensorType.F32,
            new long[] {ROW, tokens.size()},
            new float[ROW * tokens.size()])
        .tensor("output_norm.weight", TensorType.F32, new long[] {ROW}, new float[ROW])
        .tensor(
            "blk.0.attn_q.weight",
            TensorType.F32,
            new long[] {ROW, noise.length / (4 * ROW)},
            noise)
        .write(model);
    this.manifest = BlobManifest.of(model, _ -> {});
  }

  static DirectTls tls(IdentityKey key) {
    return new DirectTls(
        TransportIdentity.generate(key, NOW, SECRETS),
        InstantSource.fixed(NOW),
        BlobServer.APPLICATION);
  }

  static IdentityKey key() {
    return IdentityKey.generate(SECRETS);
  }

  /// A node that gives this file as the model.
  Giver giver(Path file) throws IOException {
    return giver((_, wanted) -> shelf(file, wanted), ByteRate.unlimited());
  }

  private Optional<BlobShelf.Blob> shelf(Path file, ModelHash wanted) {
    return wanted.equals(manifest.name().sha256())
        ? Optional.of(new BlobShelf.Blob(manifest, file))
        : Optional.empty();
  }

  Giver giver(BlobShelf shelf, ByteRate rate) throws IOException {
    IdentityKey key = key();
    BlobServer server =
        BlobServer.listen(
            "127.0.0.1", 0, tls(key), shelf, rate, BlobServerSettings.defaults(), scheduler);
    servers.add(server);
    return new Giver(server, new BlobPeer(key.id(), "127.0.0.1", server.port()));
  }

  record Giver(BlobServer server, BlobPeer peer) {
    NodeId node() {
      return peer.node();
    }
  }

  /// The model with one bit turned, somewhere in its middle.
  Path damaged() throws IOException {
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length / 2] ^= 4;
    return Files.write(directory.resolve("damaged.gguf"), bytes);
  }

  @Override
  public void close() {
    servers.forEach(BlobServer::close);
    scheduler.close();
  }
}
