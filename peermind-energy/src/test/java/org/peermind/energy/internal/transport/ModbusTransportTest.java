// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.internal.format.Registers;
import org.peermind.energy.internal.transport.ScriptedModbusServer.Fault;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;

final class ModbusTransportTest {
  private static final List<Integer> MARKER = List.of(0x5375, 0x6E53);
  private static final Map<String, Object> TWO = Map.of("holding", List.of("100..101"));
  private static final Map<String, Object> WALK =
      Map.of("sunspec", Map.of("bases", List.of(0, 40000), "models", List.of(7, 9)));

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-06-21T10:00:00Z"));
  private final Registers registers = new Registers(1);
  private ScriptedModbusServer server;
  private DeviceLink link;

  @BeforeEach
  void open() throws IOException {
    registers.put(RegisterKind.HOLDING, 100, List.of(11, 22, 33));
    registers.put(RegisterKind.INPUT, 5, List.of(7));
    server = new ScriptedModbusServer(registers);
    link = link(Map.of());
  }

  @AfterEach
  void close() throws IOException {
    link.close();
    server.close();
  }

  private DeviceLink link(Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("host", "127.0.0.1");
    settings.put("port", server.port());
    settings.put("patience", "600ms");
    settings.putAll(more);
    SettingsReader section = SettingsReader.of("connection", settings);
    InstantSource time = now::get;
    DeviceLink opened =
        new ModbusTransport()
            .open(
                section, new Transport.Surroundings(time, Duration.ofSeconds(5), Path.of("home")));
    section.finish();
    return opened;
  }

  private String ask(Map<String, Object> request) throws Exception {
    return link.ask(SettingsReader.of("request", request)).text();
  }

  private void later(int seconds) {
    now.updateAndGet(instant -> instant.plusSeconds(seconds));
  }

  @Test
  void writesDownTheRegistersThatItReads() throws Exception {
    String text = ask(Map.of("holding", List.of("100..101", 102), "input", List.of("0x5")));

    assertThat(text)
        .isEqualTo("{\"unit_id\":1,\"holding\":{\"100\":[11,22,33]},\"input\":{\"5\":[7]}}");
    assertThat(server.requests())
        .containsExactly("holding 100+2 unit 1", "holding 102+1 unit 1", "input 5+1 unit 1");
    assertThat(Registers.read(text).at(RegisterKind.HOLDING, 101)).hasValue(22);
  }

  @Test
  void splitsARange_thatTheDeviceCannotGiveAtOnce() throws Exception {
    link.close();
    link = link(Map.of("registers-max", 2, "unit", 247));

    assertThat(ask(Map.of("holding", List.of("100..102")))).contains("[11,22,33]");
    assertThat(server.requests())
        .containsExactly("holding 100+2 unit 247", "holding 102+1 unit 247");
  }

  @Test
  void asksTheUnitOfTheRequest_whereItNamesOne() throws Exception {
    assertThat(ask(Map.of("holding", List.of(100), "unit", "200"))).startsWith("{\"unit_id\":200");
    assertThat(server.requests()).containsExactly("holding 100+1 unit 200");
  }

  @Test
  void asksNothing_whenAnOptionMakesTheRequestWrong() {
    assertThatThrownBy(() -> ask(Map.of("holding", List.of(100), "unit", "two hundred")))
        .isInstanceOf(EnergyAdapterException.class)
        .hasMessageContaining("request.unit must be a whole number");
    assertThat(server.requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1, does not know the function",
    "2, has no holding registers 100 to 101",
    "3, refuses to read holding registers 100 to 101 at once",
    "4, failed while it read",
    "6, is busy",
    "10, has no path to this unit",
    "11, no device answers the gateway",
    "99, refuses to read"
  })
  void saysWhatTheDeviceRefuses_andKeepsTheConnection(int code, String words) throws Exception {
    server.then(new Fault.Refuse(code));

    assertThatThrownBy(() -> ask(TWO))
        .isInstanceOf(EnergyAdapterException.class)
        .hasMessageStartingWith(
            "The Modbus device at 127.0.0.1:%d, unit 1 gives no registers:"
                .formatted(server.port()))
        .hasMessageContaining(words)
        .hasMessageEndingWith("(Modbus exception %d).".formatted(code));
    assertThat(ask(TWO)).contains("[11,22]");
    assertThat(server.connections()).isEqualTo(1);
  }

  @Test
  void leavesOutWhatIsNotThere_onlyWhereTheRequestAllowsIt() throws Exception {
    Map<String, Object> request = Map.of("holding", List.of(100, 900), "absent-allowed", true);

    assertThat(ask(request)).isEqualTo("{\"unit_id\":1,\"holding\":{\"100\":[11]}}");
    server.then(new Fault.Obey(), new Fault.Refuse(4));
    assertThatThrownBy(() -> ask(request)).hasMessageContaining("failed while it read");
  }

  private void saysAndReconnects(Fault fault, String words) throws Exception {
    server.then(fault);

    assertThatThrownBy(() -> ask(TWO))
        .isInstanceOf(EnergyAdapterException.class)
        .hasMessageContaining(words);
    later(1);
    assertThat(ask(TWO)).contains("[11,22]");
    assertThat(server.connections()).isEqualTo(2);
  }

  @Test
  void dropsTheConnection_whenNothingComes() throws Exception {
    saysAndReconnects(new Fault.Hang(), "no complete response came in time");
  }

  @Test
  void dropsTheConnection_whenTheResponseDrips() throws Exception {
    saysAndReconnects(new Fault.Drip(), "no complete response came in time");
  }

  @Test
  void dropsTheConnection_whenTheDeviceHangsUp() throws Exception {
    saysAndReconnects(new Fault.HangUp(), "the device closed the connection");
  }

  @Test
  void dropsTheConnection_whenTheResponseBelongsToAnotherRequest() throws Exception {
    saysAndReconnects(
        Fault.reply(true, 9, 9, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2),
        "belongs to another request (transaction 2313, not 1)");
  }

  @Test
  void dropsTheConnection_whenAnotherUnitAnswers() throws Exception {
    saysAndReconnects(
        Fault.reply(false, 0, 0, 0, 0, 0, 7, 2, 3, 4, 0, 1, 0, 2),
        "the response comes from unit 2, not 1");
  }

  @Test
  void dropsTheConnection_whenTheCountIsWrong() throws Exception {
    saysAndReconnects(
        Fault.reply(false, 0, 0, 0, 0, 0, 5, 1, 3, 2, 0, 1),
        "holds 2 bytes of registers where 4 were asked for");
  }

  @Test
  void dropsTheConnection_whenTheCountIsNotThatOfTheBytes() throws Exception {
    saysAndReconnects(
        Fault.reply(false, 0, 0, 0, 0, 0, 5, 1, 3, 4, 0, 1),
        "holds 2 bytes of registers where 4 were asked for");
  }

  @Test
  void dropsTheConnection_whenTheFunctionIsWrong() throws Exception {
    saysAndReconnects(
        Fault.reply(false, 0, 0, 0, 0, 0, 7, 1, 4, 4, 0, 1, 0, 2),
        "the response is for function 4, not 3");
  }

  @Test
  void dropsTheConnection_whenItIsNoModbus() throws Exception {
    saysAndReconnects(
        Fault.reply(true, 72, 84, 84, 80, 47, 49, 46, 49, 32, 52, 48, 48),
        "does not speak Modbus TCP");
  }

  @Test
  void dropsTheConnection_whenTheFrameIsTooLong() throws Exception {
    saysAndReconnects(Fault.reply(false, 0, 0, 0, 0, 0xFF, 0xFF, 1), "does not speak Modbus");
  }

  @Test
  void triesAgainLater_withPausesThatGrowAndEnd() throws Exception {
    server.then(new Fault.HangUp(), new Fault.HangUp());
    assertThatThrownBy(() -> ask(TWO)).hasMessageContaining("closed the connection");

    assertThatThrownBy(() -> ask(TWO)).hasMessageContaining("is tried again in 1 s");
    later(1);
    assertThatThrownBy(() -> ask(TWO)).hasMessageContaining("closed the connection");
    later(1);
    assertThatThrownBy(() -> ask(TWO)).hasMessageContaining("is tried again in 1 s");
    assertThat(server.connections()).isEqualTo(2);
    later(1);
    assertThat(ask(TWO)).contains("[11,22]");
    server.then(new Fault.HangUp());
    assertThatThrownBy(() -> ask(TWO)).hasMessageContaining("closed the connection");
    later(1);
    assertThat(ask(TWO)).contains("[11,22]");
  }

  @Test
  void pausesAMinuteAtMost() throws Exception {
    link.close();
    link = link(Map.of("port", 1)); // nobody listens there, and nobody is given it
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> ask(TWO)).hasMessageContaining("the connection is refused");
      later(60);
    }
  }

  @Test
  void asksAtOnce_whenTheClockWasSetBack() throws Exception {
    server.then(new Fault.HangUp());
    assertThatThrownBy(() -> ask(TWO)).hasMessageContaining("closed the connection");
    later(-3600);
    assertThat(ask(TWO)).contains("[11,22]");
  }

  @Test
  void endsAWait_whenItIsClosed() throws Exception {
    link.close();
    link = link(Map.of("patience", "60s", "settle", "30s"));
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread asking = Thread.ofVirtual().start(() -> thrown.set(failure()));
    while (server.connections() == 0) {
      Thread.onSpinWait();
    }

    link.close();

    assertThat(asking.join(Duration.ofSeconds(5))).isTrue();
    assertThat(thrown.get()).hasMessageEndingWith("the link is closed.");
    assertThatThrownBy(() -> ask(TWO)).hasMessageEndingWith("the link is closed.");
  }

  @Test
  void endsAWait_whenTheCallerGivesUp() throws Exception {
    link.close();
    link = link(Map.of("patience", "60s"));
    server.then(new Fault.Hang());
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread asking = Thread.ofVirtual().start(() -> thrown.set(failure()));
    while (server.requests().isEmpty()) {
      Thread.onSpinWait();
    }

    asking.interrupt();

    assertThat(asking.join(Duration.ofSeconds(5))).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(ask(TWO)).contains("[11,22]");
  }

  private Throwable failure() {
    try {
      return new AssertionError(ask(TWO));
    } catch (Exception failed) {
      return failed;
    }
  }

  private Registers sunspec(int... models) {
    Registers map = new Registers(1);
    int address = 40_000;
    map.put(RegisterKind.HOLDING, address, MARKER);
    address += 2;
    for (int id : models) {
      map.put(RegisterKind.HOLDING, address, List.of(id, 3, id, 2, 3));
      address += 5;
    }
    return map;
  }

  @Test
  void walksOnce_andThenReadsOnlyWhatIsWanted() throws Exception {
    server.serve(sunspec(7, 8, 9));

    String first = ask(WALK);
    int walked = server.requests().size();
    String second = ask(WALK);

    assertThat(first)
        .isEqualTo(
            "{\"unit_id\":1,\"holding\":{\"40000\":[21365,28243,7,3,7,2,3,8,3],"
                + "\"40012\":[9,3,9,2,3]}}")
        .isEqualTo(second);
    assertThat(server.requests().subList(walked, walked + 2))
        .containsExactly("holding 40002+5 unit 1", "holding 40012+5 unit 1");
    assertThat(server.requests()).hasSize(walked + 2);
  }

  @Test
  void walksAgain_whenAModelIsNoLongerWhereItWas() throws Exception {
    server.serve(sunspec(7, 8, 9));
    ask(WALK);

    server.serve(sunspec(9, 7));

    assertThat(ask(WALK)).contains("[21365,28243,9,3,9,2,3,7,3,7,2,3]");
  }

  @Test
  void walksAgain_afterAnError() throws Exception {
    server.serve(sunspec(7));
    ask(WALK);
    server.then(new Fault.Refuse(6));
    assertThatThrownBy(() -> ask(WALK)).hasMessageContaining("is busy");
    int before = server.requests().size();

    ask(WALK);

    assertThat(server.requests().get(before)).isEqualTo("holding 0+2 unit 1");
  }

  @Test
  void doesNotTakeABusyDevice_forTheEndOfTheModels() throws Exception {
    server.serve(sunspec(7, 9));
    server.then(new Fault.Obey(), new Fault.Obey(), new Fault.Obey(), new Fault.Refuse(6));

    assertThatThrownBy(() -> ask(WALK)).hasMessageContaining("is busy");
  }

  @Test
  void says_whenThereIsNoMarker() {
    assertThatThrownBy(() -> ask(WALK))
        .hasMessageContaining("there is no SunSpec marker at register 0, 40000;");
  }

  @Test
  void endsTheWalk_onAnEndlessList() {
    Registers endless = new Registers(1);
    endless.put(RegisterKind.HOLDING, 40_000, MARKER);
    for (int address = 40_002; address < 60_000; address += 2) {
      endless.put(RegisterKind.HOLDING, address, List.of(5, 0));
    }
    server.serve(endless);

    assertThatThrownBy(() -> ask(WALK)).hasMessageContaining("more than 200 SunSpec models");
  }

  @Test
  void refusesRequestsThatAProfileCannotMean() {
    assertThat(problems(Map.of())).contains("must name registers");
    assertThat(problems(Map.of("holding", List.of("5..4")))).contains("not '5..4'");
    assertThat(problems(Map.of("input", List.of("70000")))).contains("not '70000'");
    assertThat(problems(Map.of("holding", List.of("0..4000")))).contains("4000 registers");
    assertThat(problems(Map.of("sunspec", Map.of("models", List.of("a"))))).contains("numbers");
    assertThat(problems(Map.of("holding", List.of(1), "unit", 300))).contains("0 and 247");
    assertThat(problems(Map.of("holding", List.of(1), "unti", 3))).contains("Unknown key 'unti'");
  }

  private static String problems(Map<String, Object> request) {
    SettingsReader section = SettingsReader.of("request", request);
    new ModbusTransport().check(section);
    try {
      section.finish();
      return "";
    } catch (SettingsException wrong) {
      return String.valueOf(wrong.getMessage());
    }
  }

  @Test
  void refusesConnectionsThatCannotBe() {
    assertThatThrownBy(() -> link(Map.of("port", 0, "registers-max", 126, "settle", "1h")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("port")
        .hasMessageContaining("registers-max")
        .hasMessageContaining("settle");
  }
}
