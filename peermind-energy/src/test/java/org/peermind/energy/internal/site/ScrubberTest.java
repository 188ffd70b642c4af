// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

/// What may leave the house, and what may not.
final class ScrubberTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> WORDS = Set.of("normal", "P_Grid", "meter", "Fronius");

  private static String scrubbed(String text) {
    return new Scrubber(WORDS, new Random(7)).scrubbed(text).orElseThrow();
  }

  @Test
  void keepsPowersTimesAndWordsOfTheProfile() {
    String text =
        "{\"P_Grid\":-1200.5,\"mode\":\"normal\",\"at\":\"2026-06-21T12:00:00+02:00\",\"v\":\"231.5\"}";

    assertThat(scrubbed(text)).isEqualTo(text);
  }

  @Test
  void replacesEveryKindOfSecret() {
    List<String> canaries =
        List.of(
            "AA:BB:CC:DD:EE:FF",
            "192.168.77.12",
            "owner@home.example",
            "Canary-WLAN",
            "48.137154",
            "11.576124",
            "s3cr3t-token",
            "122334455667",
            "Hauptstrasse",
            "c0619ab12345",
            "88123");
    String text =
        """
        {"mac":"AA:BB:CC:DD:EE:FF","info":{"ip":"192.168.77.12","x":["owner@home.example"]},
         "wifi_ssid":"Canary-WLAN","latitude":48.137154,"place":{"lon":11.576124},
         "token":"s3cr3t-token","counter":122334455667,"remark":"Hauptstrasse 5",
         "c0619ab12345":{"a":1},"serial":88123,"N/c0619ab12345/p":{"payload":"{\\"sn\\":\\"88123\\"}"}}
        """;

    String scrubbed = scrubbed(text);

    assertThat(canaries).allSatisfy(canary -> assertThat(scrubbed).doesNotContain(canary));
  }

  @Test
  void replacesTextsInRegisters_butNotTheMakersName() throws Exception {
    assertThat(scrubbed("{\"unit_id\":1,\"holding\":{\"40052\":[12849,13107,14393,0,0,1200]}}"))
        .doesNotContain("12849,13107,14393")
        .contains("0,0,1200]");
    String maker = "{\"holding\":{\"40004\":[18034,28526,26997,29440]}}";
    assertThat(scrubbed(maker)).isEqualTo(maker);
  }

  @Test
  void keepsPlainNamesOfMembers_butNoAddresses() {
    String plain = "{\"em:0\":{\"a_act_power\":1},\"ups.status\":5}";
    assertThat(scrubbed(plain)).isEqualTo(plain);
    assertThat(scrubbed("{\"192.168.77.12\":1,\"AA:BB:CC:DD:EE:FF\":2,\"me@home.example\":3}"))
        .doesNotContain("192.168.77.12", "AA:BB", "me@home");
  }

  @Test
  void refusesWhatIsNotJson() {
    assertThat(new Scrubber(WORDS, new Random(7)).scrubbed("<html>SN 1234</html>")).isEmpty();
    assertThat(new Scrubber(WORDS, new Random(7)).scrubbed("aa55c07f1020")).isEmpty();
  }

  @Test
  void replacesTheSameBySameShape_everywhere() throws Exception {
    var tree = JSON.readTree(scrubbed("{\"sn\":\"AB-12x\",\"list\":[{\"serial\":\"AB-12x\"}]}"));

    assertThat(tree.path("sn").asText()).matches("[A-F]{2}-[1-9]{2}[a-z]");
    assertThat(tree.path("list").path(0).path("serial")).isEqualTo(tree.path("sn"));
  }

  @Test
  void noSecretGetsThrough_whereverItStands() {
    Property.forAll(
        20_261_123L,
        300,
        random -> {
          String secret = secret(random);
          ObjectNode root = JSON.createObjectNode();
          ObjectNode at = root;
          for (int depth = random.nextInt(5); depth > 0; depth--) {
            at = at.putObject("level" + (char) ('a' + random.nextInt(26)));
          }
          switch (random.nextInt(4)) {
            case 0 -> at.put("value", secret);
            case 1 -> at.putArray("values").add(5).add(secret);
            case 2 -> at.put(secret, 1);
            default -> at.put("payload", "{\"x\":\"" + secret + "\"}");
          }
          at.put("P_Grid", 12.5);

          String scrubbed = new Scrubber(WORDS, random).scrubbed(root.toString()).orElseThrow();

          assertThat(scrubbed).doesNotContain(secret).contains("\"P_Grid\":12.5");
        });
  }

  private static String secret(RandomGenerator random) {
    String letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    StringBuilder secret = new StringBuilder();
    for (int i = 8 + random.nextInt(20); i > 0; i--) {
      secret.append(
          random.nextInt(3) == 0
              ? (char) ('0' + random.nextInt(10))
              : letters.charAt(random.nextInt(letters.length())));
    }
    return secret.append("-1234").toString();
  }
}
