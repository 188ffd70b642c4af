// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.ModelStore;
import org.peermind.model.StoredModel;
import org.peermind.model.blob.FetchRules;
import org.peermind.node.api.ExternalTool;
import org.peermind.node.api.ExternalTool.Output;
import org.peermind.testkit.Await;

/// A model of 200 MB from one peer, and the same file from nginx over TLS 1.3 by curl and through
/// sha256sum, in turn in one run. Both make the file durable. Needs nginx, curl, openssl and
/// sha256sum.
@Tag("bench")
class ModelTransferBench {
  private static final int MEGABYTES = 200;
  private static final int ROUNDS = 9;
  private static final double RATIO_MIN = 0.9;

  @TempDir private Path directory;

  @Test
  void takesAModelAsFastAsNginxAndCurl() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/nginx")),
        "Skipped: nginx is missing; install the Debian packages nginx-light, curl and openssl.");
    try (BlobWorld world = new BlobWorld(directory, MEGABYTES);
        Nginx nginx = new Nginx(directory)) {
      BlobPeer peer = world.giver(world.model).peer();
      List<Double> ours = new ArrayList<>();
      List<Double> theirs = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        theirs.add(nginx.fetchSeconds(world));
        ours.add(fetchSeconds(world, peer, round));
      }
      double ratio = median(theirs) / median(ours);
      // What a bench says, it says to the terminal.
      System.out.printf(
          "%d MB: peermind %.2f s (first %.2f s), nginx + curl + sync + sha256sum %.2f s,"
              + " speed ratio %.2f%n",
          MEGABYTES, median(ours), ours.getFirst(), median(theirs), ratio);
      assertThat(ratio).isGreaterThanOrEqualTo(RATIO_MIN);
    }
  }

  private double fetchSeconds(BlobWorld world, BlobPeer peer, int round) throws Exception {
    ModelStore store = ModelStore.at(directory.resolve("store-" + round));
    BlobFetch fetch =
        new BlobFetch(
            world.own, store, ByteRate.unlimited(), FetchRules.defaults(), InstantSource.system());
    long begin = System.nanoTime();
    StoredModel model = fetch.fetch(world.manifest.name(), () -> List.of(peer), _ -> {});
    double seconds = (System.nanoTime() - begin) / 1e9;
    assertThat(model.sha256()).isEqualTo(world.manifest.name().sha256());
    store.remove(model.file());
    return seconds;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static final class Nginx implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofSeconds(10);

    private final Path directory;
    private final int port;
    private final Process process;

    Nginx(Path directory) throws IOException, InterruptedException {
      this.directory = directory;
      try (ServerSocket free = new ServerSocket(0)) {
        this.port = free.getLocalPort();
      }
      run(
          "openssl",
          "req",
          "-x509",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:P-256",
          "-nodes",
          "-keyout",
          "key.pem",
          "-out",
          "cert.pem",
          "-subj",
          "/CN=localhost");
      Files.writeString(
          directory.resolve("nginx.conf"),
          """
          daemon off; pid nginx.pid; worker_processes 1; %s
          events {}
          http {
            access_log off; sendfile on;
            client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
            uwsgi_temp_path t4; scgi_temp_path t5;
            server {
              listen 127.0.0.1:%d ssl; root %s; ssl_protocols TLSv1.3;
              ssl_certificate cert.pem; ssl_certificate_key key.pem;
            }
          }
          """
              .formatted(rootStaysRoot(), port, directory));
      this.process =
          new ProcessBuilder(
                  "/usr/sbin/nginx",
                  "-p",
                  directory.toString(),
                  "-e",
                  "error.log",
                  "-c",
                  "nginx.conf")
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("nginx.out").toFile())
              .start();
      Await.until("nginx", START_MAX, () -> Files.exists(directory.resolve("nginx.pid")));
    }

    /// The workers of a root's nginx are nobody, who may not read a test's files.
    private static String rootStaysRoot() {
      return System.getProperty("user.name").equals("root") ? "user root;" : "";
    }

    private void run(String... command) throws InterruptedException {
      Output output = ExternalTool.run(directory, command);
      assertThat(output.exitCode()).as(output.text()).isZero();
    }

    double fetchSeconds(BlobWorld world) throws InterruptedException {
      String script =
          "curl -sSkf -o fetched https://127.0.0.1:%d/%s && sync -d fetched && sha256sum fetched"
              .formatted(port, world.model.getFileName());
      long begin = System.nanoTime();
      Output output = ExternalTool.run(directory, "sh", "-c", script);
      double seconds = (System.nanoTime() - begin) / 1e9;
      assertThat(output.text()).startsWith(world.manifest.name().sha256().hex());
      run("rm", "fetched");
      return seconds;
    }

    @Override
    public void close() {
      process.destroy();
    }
  }
}
