// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What was read of a Modbus device: registers by table and address, with gaps.
///
/// As text it is JSON in one of two forms. A transport writes blocks,
/// `{"unit_id":1,"holding":{"37113":[0,1200]},"input":{"5016":[7]}}`; a recording of one stretch
/// may also be `{"base_address":40000,"unit_id":1,"function":"holding","registers":[21365]}`.
public final class Registers {
  private static final int ADDRESS_MAX = 0xFFFF;
  private static final int UNIT_MAX = 255;

  private final int unit;
  private final Map<RegisterKind, NavigableMap<Integer, Integer>> tables =
      new EnumMap<>(RegisterKind.class);

  /// @param unit the Modbus address of the device behind the link
  public Registers(int unit) {
    this.unit = unit;
    for (RegisterKind kind : RegisterKind.values()) {
      tables.put(kind, new TreeMap<>());
    }
  }

  public int unit() {
    return unit;
  }

  /// Notes that `words` were read from `address` on; a later value of an address replaces an
  /// earlier one.
  public void put(RegisterKind kind, int address, List<Integer> words) {
    NavigableMap<Integer, Integer> table = table(kind);
    for (int i = 0; i < words.size() && address + i <= ADDRESS_MAX; i++) {
      table.put(address + i, words.get(i));
    }
  }

  /// The register at `address`; empty when it was not read.
  public OptionalInt at(RegisterKind kind, int address) {
    Integer word = table(kind).get(address);
    return word == null ? OptionalInt.empty() : OptionalInt.of(word);
  }

  /// `count` registers from `address` on; empty when one of them was not read.
  public Optional<List<Integer>> words(RegisterKind kind, int address, int count) {
    List<Integer> words =
        List.copyOf(table(kind).subMap(address, true, address + count - 1, true).values());
    return words.size() == count ? Optional.of(words) : Optional.empty();
  }

  /// The addresses that were read, in order.
  public List<Integer> addresses(RegisterKind kind) {
    return List.copyOf(table(kind).keySet());
  }

  private NavigableMap<Integer, Integer> table(RegisterKind kind) {
    return tables.getOrDefault(kind, new TreeMap<>());
  }

  /// The text that [#read] understands.
  public String text() {
    StringBuilder text = new StringBuilder(256).append("{\"unit_id\":").append(unit);
    tables.forEach(
        (kind, table) -> {
          if (!table.isEmpty()) {
            text.append(",\"").append(kind.word()).append("\":{");
            blocks(text, table);
            text.append('}');
          }
        });
    return text.append('}').toString();
  }

  private static void blocks(StringBuilder text, NavigableMap<Integer, Integer> table) {
    int next = -1;
    for (Map.Entry<Integer, Integer> register : table.entrySet()) {
      if (register.getKey() == next) {
        text.append(',');
      } else {
        text.append(next < 0 ? "\"" : "],\"").append(register.getKey()).append("\":[");
      }
      text.append(register.getValue());
      next = register.getKey() + 1;
    }
    text.append(']');
  }

  /// Whether a JSON document means registers, and not, say, points with names.
  static boolean isMeantBy(Object json) {
    return json instanceof Map<?, ?> map
        && (map.containsKey("registers") || map.containsKey("holding") || map.containsKey("input"));
  }

  /// @throws UnreadableAnswer when the text has neither form
  public static Registers read(String answer) throws UnreadableAnswer {
    return of(JsonFormat.read(answer));
  }

  static Registers of(Object json) throws UnreadableAnswer {
    if (!(json instanceof Map<?, ?> map)) {
      throw new UnreadableAnswer("the answer is no JSON object with registers");
    }
    Object unit = map.get("unit_id");
    Registers registers =
        new Registers(unit == null ? 1 : whole(unit, 0, UNIT_MAX, "unit_id is no Modbus unit"));
    Object stretch = map.get("registers");
    if (stretch != null) {
      Object function = map.get("function");
      Optional<RegisterKind> kind =
          function == null
              ? Optional.of(RegisterKind.HOLDING)
              : RegisterKind.of(function.toString());
      if (kind.isEmpty()) {
        throw new UnreadableAnswer("function is neither holding nor input");
      }
      registers.take(kind.get(), map.get("base_address"), stretch);
    }
    boolean blocks = false;
    for (RegisterKind kind : RegisterKind.values()) {
      Object table = map.get(kind.word());
      if (table instanceof Map<?, ?> members) {
        blocks = true;
        for (Map.Entry<?, ?> block : members.entrySet()) {
          registers.take(kind, block.getKey(), block.getValue());
        }
      } else if (table != null) {
        throw new UnreadableAnswer(kind.word() + " holds no blocks by address");
      }
    }
    if (stretch == null && !blocks && unit == null) {
      throw new UnreadableAnswer("the answer holds no registers");
    }
    return registers;
  }

  private void take(RegisterKind kind, @Nullable Object address, @Nullable Object words)
      throws UnreadableAnswer {
    int first = whole(address, 0, ADDRESS_MAX, "a block has no address within 0 and 65535");
    if (!(words instanceof List<?> list)) {
      throw new UnreadableAnswer("the block at %d is no list of registers".formatted(first));
    }
    if (first + list.size() - 1 > ADDRESS_MAX) {
      throw new UnreadableAnswer("the block at %d ends behind 65535".formatted(first));
    }
    NavigableMap<Integer, Integer> table = table(kind);
    for (int i = 0; i < list.size(); i++) {
      Object word = list.get(i);
      if (word instanceof Map<?, ?> gap && gap.isEmpty()) { // what a null becomes
        continue;
      }
      int value = whole(word, Short.MIN_VALUE, 0xFFFF, "a register is no 16-bit number");
      if (table.put(first + i, value & 0xFFFF) != null) {
        throw new UnreadableAnswer("register %d is there twice".formatted(first + i));
      }
    }
  }

  private static int whole(@Nullable Object value, int min, int max, String complaint)
      throws UnreadableAnswer {
    try {
      long number =
          switch (value) {
            case Integer integer -> integer;
            case Long large -> large;
            case String text when text.length() <= 10 -> decoded(text.strip());
            case null, default -> throw new UnreadableAnswer(complaint);
          };
      if (number < min || number > max) {
        throw new UnreadableAnswer(complaint);
      }
      return (int) number;
    } catch (NumberFormatException noNumber) {
      throw new UnreadableAnswer(complaint, noNumber);
    }
  }

  private static long decoded(String text) {
    return text.startsWith("0x") || text.startsWith("0X")
        ? Long.parseLong(text.substring(2), 16)
        : Long.parseLong(text);
  }
}
