// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.internal.format.Registers;

/// Reads the models of a SunSpec device (SunSpec Device Information Model Specification, section
/// 6): it walks from ID to ID once and keeps the layout, until a model is no longer where it was or
/// anything fails.
final class SunSpecWalk {
  private static final List<Integer> MARKER = List.of(0x5375, 0x6E53);
  private static final int END = 0xFFFF;
  private static final int HEADER = 2;
  private static final int MODELS_MAX = 200;
  private static final int ADDRESS_MAX = 0xFFFF;

  private @Nullable Layout layout;

  /// Where the device keeps which model.
  ///
  /// @param ended whether the device marks the end
  private record Layout(int marker, List<Place> places, boolean ended) {
    Layout {
      places = List.copyOf(places);
    }
  }

  private record Place(int address, int id, int length) {}

  /// A way to read registers, in as many requests as the device needs.
  @FunctionalInterface
  interface Source {
    List<Integer> read(RegisterKind kind, int address, int count)
        throws ModbusFailure, InterruptedException;
  }

  /// Reads the models that `request` names into `registers`, beside the headers of the others.
  void read(ModbusRequest request, Source source, Registers registers)
      throws ModbusFailure, InterruptedException {
    Layout known = layout;
    layout = null; // found anew unless everything below goes well
    if (known == null || !models(known, request, source, registers)) {
      known = walk(request, source);
      if (!models(known, request, source, registers)) {
        throw ModbusFailure.link("the device changes the order of its SunSpec models");
      }
    }
    layout = known;
  }

  private static Layout walk(ModbusRequest request, Source source)
      throws ModbusFailure, InterruptedException {
    int marker = marker(request, source);
    List<Place> places = new ArrayList<>();
    int address = marker + HEADER;
    while (address + HEADER <= ADDRESS_MAX) {
      if (places.size() == MODELS_MAX) {
        throw ModbusFailure.link("the device lists more than 200 SunSpec models");
      }
      List<Integer> header;
      try {
        header = source.read(RegisterKind.HOLDING, address, HEADER);
      } catch (ModbusFailure refused) {
        if (refused.absent() && !places.isEmpty()) {
          return new Layout(marker, places, false); // some devices do not mark the end
        }
        throw refused;
      }
      int id = header.getFirst();
      int length = header.getLast();
      if (id == END) {
        return new Layout(marker, places, true);
      }
      places.add(new Place(address, id, length));
      address += HEADER + length;
    }
    return new Layout(marker, places, false);
  }

  private static int marker(ModbusRequest request, Source source)
      throws ModbusFailure, InterruptedException {
    for (int base : request.bases()) {
      try {
        if (source.read(RegisterKind.HOLDING, base, MARKER.size()).equals(MARKER)) {
          return base;
        }
      } catch (ModbusFailure refused) {
        if (!refused.elsewhere()) {
          throw refused;
        }
      }
    }
    throw ModbusFailure.noSunSpec(request.bases());
  }

  /// Reads by a known layout; false when it no longer holds.
  private static boolean models(
      Layout layout, ModbusRequest request, Source source, Registers registers)
      throws ModbusFailure, InterruptedException {
    registers.put(RegisterKind.HOLDING, layout.marker(), MARKER);
    int end = layout.marker() + HEADER;
    for (Place place : layout.places()) {
      List<Integer> header = List.of(place.id(), place.length());
      int size = HEADER + place.length();
      end = place.address() + size;
      if (!request.models().contains(place.id()) || end > ADDRESS_MAX) {
        registers.put(RegisterKind.HOLDING, place.address(), header);
        continue;
      }
      // The ID is read again with the values, and a value in one request with its scale factor.
      List<Integer> words = source.read(RegisterKind.HOLDING, place.address(), size);
      if (!Objects.equals(words.subList(0, HEADER), header)) {
        return false;
      }
      registers.put(RegisterKind.HOLDING, place.address(), words);
    }
    if (layout.ended()) {
      registers.put(RegisterKind.HOLDING, end, List.of(END, 0));
    }
    return true;
  }
}
