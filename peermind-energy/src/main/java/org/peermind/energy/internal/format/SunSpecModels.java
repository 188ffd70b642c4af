// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The SunSpec information models that we can read, from `sunspec/models.txt` in the jar.
final class SunSpecModels {
  private static final String RESOURCE = "/sunspec/models.txt";
  private static final Map<Integer, Model> ALL = parse(resource());

  private SunSpecModels() {}

  /// @param scaleFactor name of the point with the power of ten, null when there is none
  /// @param width number of registers
  record Point(
      int offset, String name, RegisterType type, @Nullable String scaleFactor, int width) {}

  /// What repeats behind the fixed points of a model.
  ///
  /// @param first offset of the first one, counted from the model's ID
  /// @param length registers of each
  /// @param count name of the point that tells how many there are
  record Block(String name, int first, int length, String count, List<Point> points) {
    Block {
      points = List.copyOf(points);
    }
  }

  record Model(List<Point> points, @Nullable Block block) {
    Model {
      points = List.copyOf(points);
    }
  }

  static Optional<Model> of(int id) {
    return Optional.ofNullable(ALL.get(id));
  }

  private static Map<Integer, Model> parse(String text) {
    Map<Integer, Model> models = new HashMap<>();
    List<Integer> ids = List.of();
    List<Point> points = new ArrayList<>();
    String[] block = new String[0];
    List<Point> blockPoints = new ArrayList<>();
    for (String line : (text + "\nmodel").lines().toList()) {
      String[] words = line.replaceFirst("#.*", "").strip().split("\\s+");
      switch (words[0]) {
        case "" -> {}
        case "model" -> {
          Model model = new Model(points, block.length == 0 ? null : block(block, blockPoints));
          ids.forEach(id -> models.put(id, model));
          ids = Arrays.stream(words).skip(1).map(Integer::valueOf).toList();
          points.clear();
          block = new String[0];
          blockPoints.clear();
        }
        case "block" -> block = words;
        default -> (block.length == 0 ? points : blockPoints).add(point(words));
      }
    }
    return Map.copyOf(models);
  }

  private static Block block(String[] words, List<Point> points) {
    return new Block(
        words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]), words[4], points);
  }

  private static Point point(String[] words) {
    RegisterType type = RegisterType.of(words[2]).orElseThrow();
    String scale = words.length > 3 && !words[3].equals("-") ? words[3] : null;
    return new Point(
        Integer.parseInt(words[0]),
        words[1],
        type,
        scale,
        words.length > 4 ? Integer.parseInt(words[4]) : type.width());
  }

  private static String resource() {
    try (InputStream in = SunSpecModels.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("The jar lacks " + RESOURCE);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException broken) {
      throw new IllegalStateException(RESOURCE + " cannot be read", broken);
    }
  }
}
