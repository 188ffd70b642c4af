// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.internal.external.ServerException.Kind;

/// What all servers have in common, and all that is used of an unknown one.
class OpenAiDialect implements Dialect {
  private static final int MODELS_MAX = 1_000;
  private static final int NAMES_SHOWN = 5;

  private final String name;

  OpenAiDialect(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean isHealthy(ServerLink link) throws InterruptedException {
    return link.answers("/v1/models", PATIENCE);
  }

  @Override
  public List<String> models(ServerLink link) throws ServerException, InterruptedException {
    return texts(link.get("/v1/models", PATIENCE).path("data"), "id");
  }

  /// There is nothing to order; the model has to be on offer.
  @Override
  public void load(ServerLink link, String model, Duration patience)
      throws ServerException, InterruptedException {
    requireModel(link, model);
  }

  final void requireModel(ServerLink link, String model)
      throws ServerException, InterruptedException {
    List<String> offered = models(link);
    if (offered.stream().noneMatch(each -> isSame(each, model))) {
      throw new ServerException(
          Kind.NOT_FOUND,
          "The server %s has no model %s; it has %s."
              .formatted(
                  link.base(),
                  model,
                  offered.isEmpty()
                      ? "none"
                      : String.join(
                          ", ", offered.subList(0, Math.min(NAMES_SHOWN, offered.size())))));
    }
  }

  /// Whether two names mean the same model.
  boolean isSame(String offered, String wanted) {
    return offered.equals(wanted);
  }

  @Override
  public OptionalInt contextTokens(ServerLink link, String model)
      throws ServerException, InterruptedException {
    return OptionalInt.empty();
  }

  @Override
  public boolean unload(ServerLink link, String model)
      throws ServerException, InterruptedException {
    return false;
  }

  @Override
  public Presence presence(ServerLink link, String model)
      throws ServerException, InterruptedException {
    return Presence.UNTOLD;
  }

  @Override
  public String unloadAdvice() {
    return "name a model.stop-command that ends it";
  }

  /// Forms and tools, and nothing that needs token ids.
  static EngineFeatures formsAndTools() {
    return new EngineFeatures(false, false, false, true, true, false, false, false);
  }

  /// A positive whole number, where there is one.
  static OptionalInt positive(JsonNode number) {
    return number.isIntegralNumber() && number.canConvertToInt() && number.intValue() > 0
        ? OptionalInt.of(number.intValue())
        : OptionalInt.empty();
  }

  /// The texts of a field in a list of objects, as far as they can be names.
  static List<String> texts(JsonNode list, String field) {
    List<String> texts = new ArrayList<>();
    for (JsonNode each : list) {
      String text = each.path(field).asText("");
      if (!text.isBlank() && text.length() <= 300 && texts.size() < MODELS_MAX) {
        texts.add(text.replaceAll("\\p{Cntrl}", "?"));
      }
    }
    return texts;
  }

  /// A version in few harmless characters.
  static String version(JsonNode text) {
    String version = text.asText("");
    return version.matches("[A-Za-z0-9.+_-]{1,40}") ? version : "of unknown version";
  }
}
