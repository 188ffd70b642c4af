// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.NodeHome;
import org.peermind.node.federated.data.Consent;
import org.peermind.node.federated.data.ConsentFile;
import org.peermind.node.federated.data.ConsentTerms;
import org.peermind.node.federated.data.OwnerData;
import org.peermind.node.federated.data.OwnerData.Survey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind federated contribute`: the owner allows files to be learned from.
@Command(
    name = "contribute",
    description = {
      "Lets your node train on texts of yours, in rounds that it takes part in:",
      "files, or folders with all below them, of .txt, .md and .jsonl in UTF-8.",
      "Shows what is used and what leaves the node, and asks. Without paths it",
      "lists what is allowed. A running node takes it in its next round. Symbolic",
      "links and hidden files are not used."
    },
    mixinStandardHelpOptions = true)
final class FederatedContributeCommand implements Callable<Integer> {
  private static final String COMMAND = "peermind federated contribute";

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "PATH", description = "Files and folders.")
  private List<Path> paths = new ArrayList<>();

  @Option(names = "--yes", description = "Says yes beforehand.")
  private boolean yes;

  @Option(names = "--remove", description = "Allows these paths no longer; as `forget PATH`.")
  private boolean remove;

  @Option(names = "--list", description = "Shows what is allowed and all files used of it.")
  private boolean list;

  @Override
  public Integer call() throws CommandFailed, InterruptedException {
    NodeHome node = home.home();
    if (list && (remove || !paths.isEmpty())) {
      throw new CommandFailed(ExitCode.WRONG_USAGE, "--list stands alone.");
    }
    if (remove && paths.isEmpty()) {
      throw new CommandFailed(
          ExitCode.WRONG_USAGE, "Say which paths are allowed no longer, or use `forget --all`.");
    }
    PrintWriter out = spec.commandLine().getOut();
    try {
      ConsentFile file = new ConsentFile(node.consentFile());
      if (remove) {
        return new Forgetting(node, out).paths(paths);
      }
      if (paths.isEmpty()) {
        return list(node, file.read());
      }
      return allow(node, file, file.read());
    } catch (IOException refused) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(refused.getMessage()), refused);
    }
  }

  private int list(NodeHome node, Consent consent) throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    if (consent.allowed().isEmpty()) {
      out.println("Nothing is allowed, and your node trains on none of your texts.");
      return ExitCode.DONE;
    }
    OwnerDataWords words = new OwnerDataWords(out);
    words.allowed(consent);
    words.survey(new OwnerData(node.directory()).survey(consent), true);
    return ExitCode.DONE;
  }

  private int allow(NodeHome node, ConsentFile file, Consent before)
      throws CommandFailed, IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    if (!Files.isDirectory(node.directory())) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "There is no node in %s; `peermind init` makes one."
              .formatted(OwnerDataWords.printable(node.directory())));
    }
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    String command = yes ? COMMAND + " --yes" : COMMAND;
    Consent after = before;
    for (Path path : paths) {
      Path real = ContributedPath.of(path, node.directory());
      if (after.covering(real).isPresent()) {
        out.println(OwnerDataWords.printable(real) + " is allowed already.");
        continue;
      }
      try {
        after = after.with(new Consent.Allowed(real, now, command, Consent.TERMS));
      } catch (IllegalArgumentException tooMany) {
        throw new CommandFailed(
            ExitCode.FAILED,
            "At most %d paths can be allowed; name a folder above them."
                .formatted(Consent.PATHS_MAX),
            tooMany);
      }
    }
    if (after.equals(before)) {
      return ExitCode.DONE;
    }
    Survey survey = new OwnerData(node.directory()).survey(after);
    if (survey.samples() == 0) {
      new OwnerDataWords(out).survey(survey, false);
      throw new CommandFailed(
          ExitCode.FAILED, "There is nothing to learn from in it, so nothing was changed.");
    }
    out.println("Allowed would be:");
    new OwnerDataWords(out).allowed(after);
    new OwnerDataWords(out).survey(survey, false);
    ConsentTerms.LINES.forEach(out::println);
    out.flush();
    if (!yes && !Confirmation.given("Allow this?")) {
      out.println("Nothing was changed.");
      return ExitCode.FAILED;
    }
    file.write(after);
    out.println("Allowed. `peermind federated forget` takes it back.");
    return ExitCode.DONE;
  }

  /// A path that may be allowed.
  private static final class ContributedPath {
    /// The place of a path without symbolic links.
    ///
    /// @throws CommandFailed with one sentence when it may not be allowed
    static Path of(Path path, Path home) throws CommandFailed {
      Path real;
      Path realHome;
      try {
        real = path.toRealPath();
        realHome = home.toRealPath();
      } catch (IOException absent) {
        throw refused(path, "is not there or cannot be read; check the path", absent);
      }
      if (real.getParent() == null) {
        throw refused(path, "is everything on this machine; name folders in it", null);
      }
      if (real.startsWith(realHome)) {
        throw refused(path, "lies in the node's own directory, which is never learned from", null);
      }
      if (!Files.isDirectory(real) && !OwnerData.isUsable(real)) {
        throw refused(path, "is no folder and no .txt, .md or .jsonl file", null);
      }
      return real;
    }

    private static CommandFailed refused(Path path, String why, @Nullable Exception cause) {
      String sentence = OwnerDataWords.printable(path) + " " + why + ".";
      return Optional.ofNullable(cause)
          .map(known -> new CommandFailed(ExitCode.FAILED, sentence, known))
          .orElseGet(() -> new CommandFailed(ExitCode.FAILED, sentence));
    }
  }
}
