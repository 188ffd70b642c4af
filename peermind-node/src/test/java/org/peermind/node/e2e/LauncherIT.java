// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Issue 2: whoever starts `./peermind` without a JDK 25 reads one clear sentence. A copy of the
/// script runs in a clone that counts as built, with a PATH that holds its tools but no Java.
class LauncherIT {
  private static final Path SCRIPT = Path.of("..", "peermind").toAbsolutePath().normalize();
  private static final int PATIENCE_SECONDS = 20;

  @TempDir private Path directory;

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void layOutACloneAndTools() throws IOException {
    Path built = Files.createDirectories(directory.resolve("clone/peermind-node/target"));
    Files.createFile(built.resolve("peermind-node.jar"));
    Files.createDirectory(built.resolve("lib"));
    Files.copy(SCRIPT, directory.resolve("clone/peermind"));
    Path tools = Files.createDirectory(directory.resolve("tools"));
    for (String tool : new String[] {"dirname", "find", "grep", "head", "readlink"}) {
      Path installed = Path.of("/usr/bin", tool);
      Files.createSymbolicLink(
          tools.resolve(tool), Files.exists(installed) ? installed : Path.of("/bin", tool));
    }
    Files.createDirectory(directory.resolve("jdks"));
  }

  private Ran run(Map<String, String> environment) throws Exception {
    Path out = directory.resolve("out.txt");
    Path err = directory.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", directory.resolve("clone/peermind").toString(), "--version")
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", directory.resolve("tools").toString());
    builder.environment().put("PEERMIND_JDK_PLACES", directory.resolve("jdks").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private void assertNoJdkFound(Ran ran) {
    assertThat(ran.err())
        .isEqualTo(
            "peermind: no JDK 25 found; install one (Debian and Ubuntu: openjdk-25-jdk or"
                + " temurin-25-jdk) or set JAVA_HOME to the one you have.\n");
    assertThat(ran.out()).isEmpty();
    assertThat(ran.exit()).isEqualTo(1);
  }

  /// Lays out a JDK as far as the script looks at it; its `java` says which one was started.
  private Path jdk(String version) throws IOException {
    Path home = directory.resolve("jdks").resolve("jdk-" + version);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    for (String program : new String[] {"java", "javac"}) {
      Path file = home.resolve("bin").resolve(program);
      Files.writeString(file, "#!/bin/sh\necho started " + version + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return home;
  }

  @Test
  void saysThatThereIsNoJdk25_whenThereIsNoJava() throws Exception {
    assertNoJdkFound(run(Map.of()));
  }

  @Test
  void saysThatThereIsNoJdk25_whenOnlyOthersAreThere() throws Exception {
    Path older = jdk("17.0.12");
    jdk("24.0.2");
    jdk("250");
    assertNoJdkFound(run(Map.of("JAVA_HOME", older.toString())));
    assertNoJdkFound(run(Map.of("JAVA_HOME", directory.resolve("gone").toString())));
  }

  @Test
  void startsTheJdk25_amongOthers() throws Exception {
    jdk("17.0.12");
    jdk("25.0.1");
    assertThat(run(Map.of())).isEqualTo(new Ran(0, "started 25.0.1\n", ""));
  }

  @Test
  void startsTheJdkOfJavaHomeFirst() throws Exception {
    jdk("25.0.1");
    Path chosen = jdk("25.0.2");
    assertThat(run(Map.of("JAVA_HOME", chosen.toString())))
        .isEqualTo(new Ran(0, "started 25.0.2\n", ""));
  }
}
