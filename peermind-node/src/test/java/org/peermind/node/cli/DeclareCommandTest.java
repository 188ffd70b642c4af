// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.Declaration;
import org.peermind.energy.Declaration.What;
import org.peermind.energy.spi.SourceKind;

/// Declared power, as an owner types it.
final class DeclareCommandTest {
  @TempDir private Path home;

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void configures() throws Exception {
    configure("{adapter: manual, manual: {source: hydro}}");
  }

  private void configure(String energy) throws Exception {
    Files.writeString(
        home.resolve("peermind.yaml"),
        "network: home\n"
            + "roles: [referee, inferer]\n"
            + "place: {latitude: 48.1, longitude: 11.6}\n"
            + "energy: "
            + energy
            + "\n");
  }

  private Ran declare(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of("energy", "declare"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--home", home.toString()));
    int exit =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Ran(exit, out.toString(), err.toString());
  }

  private Declaration declaration() throws Exception {
    return Declaration.read(Files.readString(home.resolve(Declaration.FILE)));
  }

  @Test
  void keepsWhatIsDeclared_andEndsIt() throws Exception {
    Ran declared = declare("400W", "--for", "4h");
    assertThat(declared.exit()).as(declared.err()).isZero();
    assertThat(declared.out()).startsWith("Declared: 400 W of hydro until ");
    assertThat(declaration().what()).isEqualTo(new What.HandSet(400, SourceKind.HYDRO));
    assertThat(Duration.between(declaration().at(), declaration().until()))
        .isEqualTo(Duration.ofHours(4));

    assertThat(declare("1.5kW", "--for", "90min", "--source", "wind").exit()).isZero();
    assertThat(declaration().what()).isEqualTo(new What.HandSet(1_500, SourceKind.WIND));

    assertThat(declare("--off").out()).isEqualTo("The declaration is ended.\n");
    assertThat(home.resolve(Declaration.FILE)).doesNotExist();
    assertThat(declare("--off").out()).isEqualTo("Nothing was declared.\n");
  }

  @Test
  void confirmsTheSchedule_forTwelveHoursAtMost() throws Exception {
    assertThat(declare("--schedule").err()).contains("has no energy.manual.schedule to confirm.");
    configure("{adapter: manual, manual: {schedule: [{from: 10:00, to: '15:30', watts: 400}]}}");
    Ran confirmed = declare("--schedule");
    assertThat(confirmed.exit()).as(confirmed.err()).isZero();
    assertThat(declaration().what()).isEqualTo(new What.Scheduled());
    assertThat(Duration.between(declaration().at(), declaration().until()))
        .isEqualTo(Declaration.LONGEST);
    refuses("not 13h", "--schedule", "--for", "13h");
  }

  @Test
  void refusesWrongInput_inOneSentence_andDeclaresNothing() {
    refuses("at most 12 hours, not 13h", "400W", "--for", "13h");
    refuses("'coal' is no source", "400W", "--for", "1h", "--source", "coal");
    refuses("generator never counts", "400W", "--for", "1h", "--source", "generator");
    refuses("'much' is no power", "much", "--for", "1h");
    refuses("'0W' is no power", "0W", "--for", "1h");
    refuses("Say how much and for how long", "400W");
    refuses("Say how much and for how long");
    refuses("--off stands alone", "--off", "400W");
    refuses("from the configuration", "400W", "--schedule");
    assertThat(declare("-5W", "--for", "1h").exit()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(home.resolve(Declaration.FILE)).doesNotExist();
  }

  private void refuses(String part, String... arguments) {
    Ran refused = declare(arguments);
    assertThat(refused.exit()).as(refused.err()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err()).contains(part).hasLineCount(1);
  }

  @Test
  void saysThatItCountsNothing_whereTheNodeHasAnotherAdapter() throws Exception {
    configure("{adapter: simulated}");

    Ran refused = declare("400W", "--for", "4h");

    assertThat(refused.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err()).contains("has the adapter 'simulated'").hasLineCount(1);
    assertThat(home.resolve(Declaration.FILE)).doesNotExist();
  }
}
