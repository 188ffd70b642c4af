// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.model.ModelStore;
import org.peermind.model.ModelStoreException;
import org.peermind.model.StoredModel;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.node.models.ModelDownload;
import org.peermind.protocol.ModelHash;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The commands of `peermind model` that keep the node's model store.
final class StoreCommands {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration STALL_AFTER = Duration.ofSeconds(60);

  private StoreCommands() {}

  private static ModelStore store(NodeHome home) {
    return ModelStore.at(home.modelsDirectory());
  }

  private static CommandFailed failed(ModelStoreException why) {
    return new CommandFailed(ExitCode.FAILED, String.valueOf(why.getMessage()), why);
  }

  private static ObjectNode json(StoredModel model) {
    return JSON.createObjectNode()
        .put("sha256", model.sha256().hex())
        .put("name", model.name())
        .put("architecture", model.architecture())
        .put("quantization", model.quantization().name())
        .put("context_tokens", model.contextTokens())
        .put("bytes", model.bytes())
        .put("imported", model.imported().toString())
        .put("source", model.source())
        .put("file", model.file().toString());
  }

  /// Text without what steers a terminal; it may come from the model's file.
  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  /// `peermind model import`: takes a model in from a file or an address.
  @Command(
      name = "import",
      description = {
        "Takes a GGUF into the node's model store, from a file or an https:// address.",
        "An interrupted download goes on where it stopped when the command is run again."
      },
      mixinStandardHelpOptions = true)
  static final class Import implements Callable<Integer> {
    private static final List<String> SHIPPED = List.of("demo", "demo-small");

    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(
        paramLabel = "SOURCE",
        description = "A file, an address, or demo or demo-small, which come with Peermind.")
    private String source;

    @Option(
        names = "--sha256",
        paramLabel = "HEX",
        description = "What the file must be; anything else is refused.")
    private @Nullable String sha256;

    @Option(names = "--json", description = "Prints the model as JSON.")
    private boolean json;

    @Override
    public Integer call() throws CommandFailed, InterruptedException {
      Optional<ModelHash> expected = expected();
      try {
        ModelStore store = store(home.home());
        StoredModel model;
        try (ModelStore.Closing _ = store.lock()) {
          model =
              source.matches("(?i)[a-z][a-z0-9+.-]+://.*")
                  ? download(store, expected)
                  : copy(store, expected);
        } catch (IOException unlocked) {
          throw new ModelStoreException("The model store could not be unlocked.", unlocked);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
          out.println(json(model).toPrettyString());
        } else {
          out.println("sha256 " + model.sha256().hex());
          out.println(
              "To serve it, set in %s:%nmodel:%n  file: sha256:%s"
                  .formatted(home.home().configFile(), model.sha256().hex()));
        }
        return ExitCode.DONE;
      } catch (ModelStoreException refused) {
        throw failed(refused);
      }
    }

    private Optional<ModelHash> expected() throws CommandFailed {
      if (sha256 == null) {
        return Optional.empty();
      }
      try {
        return Optional.of(new ModelHash(sha256.toLowerCase(Locale.ROOT)));
      } catch (IllegalArgumentException malformed) {
        throw new CommandFailed(
            ExitCode.WRONG_USAGE, "--sha256 takes 64 hexadecimal digits.", malformed);
      }
    }

    /// A model that comes with Peermind.
    private StoredModel shipped(ModelStore store, Optional<ModelHash> expected)
        throws ModelStoreException {
      Path part = store.part(source);
      try (InputStream resource =
          ModelStore.class.getResourceAsStream(
              "/org/peermind/model/demo/peermind-%s.gguf".formatted(source))) {
        if (resource == null) {
          throw new ModelStoreException("This build has no model " + source + ".");
        }
        Files.copy(resource, part, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException unwritable) {
        throw new ModelStoreException(
            "%s cannot be unpacked (%s).".formatted(source, unwritable.getMessage()), unwritable);
      }
      return adopt(store, part, source + ", which comes with Peermind", expected);
    }

    private StoredModel copy(ModelStore store, Optional<ModelHash> expected)
        throws ModelStoreException {
      Path file = Path.of(source);
      if (SHIPPED.contains(source) && !Files.exists(file)) {
        return shipped(store, expected);
      }
      OptionalLong bytes = size(file);
      Path part;
      try (ByteProgress progress = progress("copying")) {
        part = store.collect(file, copied -> progress.at(copied, bytes));
      }
      return adopt(store, part, file.toAbsolutePath().toString(), expected);
    }

    private StoredModel download(ModelStore store, Optional<ModelHash> expected)
        throws ModelStoreException, InterruptedException {
      URI address = ModelDownload.address(source, expected.isPresent());
      Path part = store.part(source);
      Optional<ModelHash> claimed;
      try (ByteProgress progress = progress("downloading")) {
        claimed =
            new ModelDownload(STALL_AFTER, Thread::sleep)
                .fetch(
                    address, part, expected.isPresent(), at -> progress.at(at.bytes(), at.total()));
      }
      return adopt(store, part, ModelDownload.shown(address), expected.or(() -> claimed));
    }

    private StoredModel adopt(
        ModelStore store, Path part, String from, Optional<ModelHash> expected)
        throws ModelStoreException {
      OptionalLong bytes = size(part);
      try (ByteProgress progress = progress("checking")) {
        return store.adopt(
            part, from, expected, Instant.now(), hashed -> progress.at(hashed, bytes));
      }
    }

    private ByteProgress progress(String what) {
      return new ByteProgress(what, spec.commandLine().getErr());
    }

    private static OptionalLong size(Path file) {
      try {
        return OptionalLong.of(Files.size(file));
      } catch (IOException unknown) {
        return OptionalLong.empty();
      }
    }
  }

  /// `peermind model list`: what is in the store.
  @Command(
      name = "list",
      description = "Lists the models of the node's store.",
      mixinStandardHelpOptions = true)
  static final class ListModels implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws CommandFailed {
      PrintWriter out = spec.commandLine().getOut();
      try {
        List<StoredModel> models = store(home.home()).list();
        Optional<Path> served = served(home);
        if (json) {
          ArrayNode all = JSON.createArrayNode();
          models.forEach(model -> all.add(json(model).put("served", isServed(model, served))));
          out.println(all.toPrettyString());
        } else if (models.isEmpty()) {
          out.println("The store is empty; `peermind model import SOURCE` fills it.");
        } else {
          models.forEach(model -> out.println(line(model, isServed(model, served))));
        }
        for (Path damaged : store(home.home()).damaged()) {
          spec.commandLine()
              .getErr()
              .println(damaged + " is damaged; `peermind model prune` removes it.");
        }
        return ExitCode.DONE;
      } catch (ModelStoreException refused) {
        throw failed(refused);
      }
    }

    private static String line(StoredModel model, boolean served) {
      return "%s  %-32s  %-10s %-7s %,8d tokens  %12s  %s%s"
          .formatted(
              model.sha256().shortText(),
              printable(model.name().isEmpty() ? "(no name)" : model.name()),
              printable(model.architecture()),
              model.quantization().name(),
              model.contextTokens(),
              ByteProgress.mebibytes(model.bytes()),
              printable(model.source()),
              served ? "  (served)" : "");
    }
  }

  /// `peermind model verify`: reads everything again.
  @Command(
      name = "verify",
      description = "Hashes models of the store again; exits with 1 when one was changed.",
      mixinStandardHelpOptions = true)
  static final class Verify implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", arity = "0..*", description = "Names or hashes; default all.")
    private List<String> names = new ArrayList<>();

    @Override
    public Integer call() throws CommandFailed {
      try {
        ModelStore store = store(home.home());
        List<StoredModel> models = names.isEmpty() ? store.list() : named(store);
        List<Path> changed = new ArrayList<>(names.isEmpty() ? store.damaged() : List.of());
        for (StoredModel model : models) {
          OptionalLong bytes = OptionalLong.of(model.bytes());
          boolean whole;
          try (ByteProgress progress =
              new ByteProgress(model.sha256().shortText(), spec.commandLine().getErr())) {
            whole = store.verify(model, hashed -> progress.at(hashed, bytes));
          }
          if (whole) {
            spec.commandLine().getOut().println(model.sha256().hex() + " ok");
          } else {
            changed.add(model.file());
          }
        }
        if (!changed.isEmpty()) {
          throw new CommandFailed(
              ExitCode.FAILED,
              "%s is not what its name says any more; remove it with `peermind model prune --damaged` and import it again."
                  .formatted(changed.getFirst()));
        }
        return ExitCode.DONE;
      } catch (ModelStoreException refused) {
        throw failed(refused);
      }
    }

    private List<StoredModel> named(ModelStore store) throws ModelStoreException {
      List<StoredModel> models = new ArrayList<>();
      for (String name : names) {
        models.add(store.find(name));
      }
      return models;
    }
  }

  /// `peermind model prune`: frees what nobody serves.
  @Command(
      name = "prune",
      description = {
        "Deletes the models of the store that the configuration does not serve, and what is left"
            + " of",
        "downloads that were not taken up again for a week."
      },
      mixinStandardHelpOptions = true)
  static final class Prune implements Callable<Integer> {
    private static final Duration PART_KEPT = Duration.ofDays(7);

    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(names = "--dry-run", description = "Only says what would be deleted.")
    private boolean dryRun;

    @Option(
        names = "--damaged",
        description = "Deletes only files that are not what their names say; reads all of them.")
    private boolean damagedOnly;

    @Override
    public Integer call() throws CommandFailed {
      ModelStore store = store(home.home());
      try (ModelStore.Closing _ = store.lock()) {
        List<Path> doomed = new ArrayList<>(store.damaged());
        Optional<Path> served = served(home);
        Set<ModelHash> kept = KeptModels.of(home.home(), Instant.now());
        for (StoredModel model : store.list()) {
          if (damagedOnly
              ? !store.verify(model, _ -> {})
              : !(isServed(model, served) || kept.contains(model.sha256()))) {
            doomed.add(model.file());
          }
        }
        if (!damagedOnly) {
          doomed.addAll(store.partsOlderThan(Instant.now().minus(PART_KEPT)));
        }
        delete(store, doomed);
        return ExitCode.DONE;
      } catch (ModelStoreException refused) {
        throw failed(refused);
      } catch (IOException unlocked) {
        throw new CommandFailed(
            ExitCode.FAILED, "The model store could not be unlocked.", unlocked);
      }
    }

    private void delete(ModelStore store, List<Path> doomed)
        throws ModelStoreException, IOException {
      PrintWriter out = spec.commandLine().getOut();
      long freed = 0;
      for (Path file : doomed) {
        out.println((dryRun ? "would delete " : "deleted ") + file);
        freed += dryRun ? Files.size(file) : store.remove(file);
      }
      out.println(
          doomed.isEmpty()
              ? "Nothing to delete."
              : (dryRun ? "would free " : "freed ") + ByteProgress.mebibytes(freed));
    }
  }

  /// The file that the node's configuration serves, if there is a configuration.
  ///
  /// @throws CommandFailed when there is one that cannot be read, since then nobody knows what is
  ///   served
  private static Optional<Path> served(HomeOption home) throws CommandFailed {
    if (!Files.exists(home.home().configFile())) {
      return Optional.empty();
    }
    try {
      NodeConfig config = home.config();
      return config.engine().file().map(file -> resolve(home.home(), file));
    } catch (ConfigException wrong) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private static Path resolve(NodeHome home, Path file) {
    try {
      return home.modelFile(file);
    } catch (ConfigException gone) {
      return file;
    }
  }

  private static boolean isServed(StoredModel model, Optional<Path> served) {
    try {
      return served.isPresent()
          && Files.exists(served.get())
          && Files.isSameFile(served.get(), model.file());
    } catch (IOException unreadable) {
      return true;
    }
  }
}
