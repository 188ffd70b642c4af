// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;

/// A recorded day as CSV: a header naming the columns, then one row per moment, times rising.
///
/// `time` holds ISO instants or seconds; `pv_w`, `load_w`, `grid_w`, `battery_w` and `soc_percent`
/// are optional columns. An empty cell means unknown. Empty lines and lines starting with `#` are
/// skipped. At most 1,000,000 rows of at most 1,000 characters.
final class Recording {
  static final int ROWS_MAX = 1_000_000;
  private static final int LINE_MAX = 1_000;

  /// The columns beside `time`, in the order in which a row keeps them.
  enum Column {
    PV(0, "pv_w"),
    LOAD(1, "load_w"),
    GRID(2, "grid_w"),
    BATTERY(3, "battery_w"),
    STATE_OF_CHARGE(4, "soc_percent");

    private final int slot;
    private final String header;

    Column(int slot, String header) {
      this.slot = slot;
      this.header = header;
    }
  }

  /// A file that cannot be played; the message names the line.
  static final class BadRecording extends Exception {
    BadRecording(int line, String why) {
      super("line %d %s".formatted(line, why));
    }
  }

  private static final int COLUMNS = Column.values().length;
  private static final int ABSENT = -1;

  private boolean iso;
  private int rows;
  private long[] millis = new long[1024];
  private float[] cells = new float[1024 * COLUMNS];

  private Recording() {}

  /// Reads a whole recording.
  ///
  /// @throws BadRecording naming the first line that is wrong
  static Recording read(Reader source) throws IOException, BadRecording {
    Recording recording = new Recording();
    BufferedReader lines = new BufferedReader(source);
    int[] positions = null;
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      String text = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
      if (text.isBlank() || text.startsWith("#")) {
        continue;
      }
      if (text.length() > LINE_MAX) {
        throw new BadRecording(number, "is longer than " + LINE_MAX + " characters");
      }
      String[] parts = text.split(",", -1);
      if (positions == null) {
        positions = header(number, parts);
      } else {
        recording.row(number, parts, positions);
      }
    }
    if (positions == null) {
      throw new BadRecording(Math.max(1, number), "should be the header, but the file is empty");
    }
    if (recording.rows == 0) {
      throw new BadRecording(number, "should be the first row, but only the header is there");
    }
    return recording;
  }

  private static int[] header(int number, String[] names) throws BadRecording {
    int[] positions = new int[COLUMNS + 1];
    Arrays.fill(positions, ABSENT);
    for (int i = 0; i < names.length; i++) {
      int column = column(number, names[i].strip());
      if (positions[column] != ABSENT) {
        throw new BadRecording(number, "names the column '" + names[i].strip() + "' twice");
      }
      positions[column] = i;
    }
    if (positions[COLUMNS] == ABSENT) {
      throw new BadRecording(number, "lacks the column 'time'");
    }
    return positions;
  }

  private static int column(int number, String name) throws BadRecording {
    if (name.equals("time")) {
      return COLUMNS;
    }
    for (Column column : Column.values()) {
      if (column.header.equals(name)) {
        return column.slot;
      }
    }
    List<String> known = Arrays.stream(Column.values()).map(column -> column.header).toList();
    throw new BadRecording(
        number,
        "names the unknown column '%s': known are time, %s"
            .formatted(name, String.join(", ", known)));
  }

  private void row(int number, String[] parts, int[] positions) throws BadRecording {
    if (rows == ROWS_MAX) {
      throw new BadRecording(number, "is beyond the limit of " + ROWS_MAX + " rows");
    }
    if (rows == millis.length) {
      millis = Arrays.copyOf(millis, 2 * rows);
      cells = Arrays.copyOf(cells, 2 * rows * COLUMNS);
    }
    long time = time(number, cell(parts, positions[COLUMNS]));
    if (rows > 0 && time <= millis[rows - 1]) {
      throw new BadRecording(number, "is not later than the row before");
    }
    millis[rows] = time;
    for (Column column : Column.values()) {
      cells[rows * COLUMNS + column.slot] =
          value(number, column, cell(parts, positions[column.slot]));
    }
    rows++;
  }

  private static String cell(String[] parts, int position) {
    return position == ABSENT || position >= parts.length ? "" : parts[position].strip();
  }

  private long time(int number, String text) throws BadRecording {
    boolean looksIso = text.contains("T");
    if (rows == 0) {
      iso = looksIso;
    } else if (iso != looksIso) {
      throw new BadRecording(number, "mixes ISO times and seconds");
    }
    try {
      if (looksIso) {
        return Instant.parse(text).toEpochMilli();
      }
      double seconds = Double.parseDouble(text);
      if (Math.abs(seconds) < 1e11) {
        return Math.round(seconds * 1000);
      }
    } catch (DateTimeParseException | NumberFormatException _) {
      // The sentence below serves both.
    }
    throw new BadRecording(
        number, "has the time '" + text + "', which is no ISO instant or seconds");
  }

  private static float value(int number, Column column, String text) throws BadRecording {
    if (text.isEmpty()) {
      return Float.NaN;
    }
    float value = Float.NaN;
    try {
      value = Float.parseFloat(text);
    } catch (NumberFormatException _) {
      // Refused below.
    }
    if (!Float.isFinite(value)) {
      throw new BadRecording(
          number, "has '" + text + "' as " + column.header + ", which is no number");
    }
    if (column == Column.STATE_OF_CHARGE && !(value >= 0 && value <= 100)) {
      throw new BadRecording(number, "has a soc_percent of " + text + ", outside 0 to 100");
    }
    return value;
  }

  int rows() {
    return rows;
  }

  /// Whether the times are points in time, not seconds since the start.
  boolean hasInstants() {
    return iso;
  }

  long millisAt(int row) {
    return millis[row];
  }

  long firstMillis() {
    return millis[0];
  }

  /// The length including one step after the last row, so that a loop closes evenly.
  long lengthMillis() {
    long step = rows == 1 ? 1000 : millis[rows - 1] - millis[rows - 2];
    return millis[rows - 1] - millis[0] + step;
  }

  /// The last row at or before a time, or -1.
  int rowAt(long time) {
    int found = Arrays.binarySearch(millis, 0, rows, time);
    return found >= 0 ? found : -found - 2;
  }

  /// A cell, NaN when unknown.
  double value(int row, Column column) {
    return cells[row * COLUMNS + column.slot];
  }
}
