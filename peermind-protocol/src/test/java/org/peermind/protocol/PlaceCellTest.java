// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

class PlaceCellTest {
  /// The example of the geohash's author: 57.64911, 10.40744 is u4pruydqqvj.
  @Test
  void namesTheCellsThatEverybodyElseNames() {
    assertThat(PlaceCell.of(57.64911, 10.40744).geohash()).isEqualTo("u4p");
    assertThat(PlaceCell.of(-90, -180).geohash()).isEqualTo("000");
    assertThat(PlaceCell.of(90, 180).geohash()).isEqualTo("zzz");
  }

  @Test
  void theMiddleOfACellLiesInIt() {
    Property.forAll(
        1,
        500,
        random -> {
          double latitude = random.nextDouble(-90, 90);
          double longitude = random.nextDouble(-180, 180);
          PlaceCell cell = PlaceCell.of(latitude, longitude);
          PlaceCell.Middle middle = cell.middle();
          assertThat(PlaceCell.of(middle.latitudeDegrees(), middle.longitudeDegrees()))
              .isEqualTo(cell);
          assertThat(middle.latitudeDegrees()).isCloseTo(latitude, within(0.71));
          assertThat(middle.longitudeDegrees()).isCloseTo(longitude, within(0.71));
        });
  }

  @Test
  void distancesFollowTheGreatCircle() {
    PlaceCell.Middle berlin = new PlaceCell.Middle(52.52, 13.405);
    PlaceCell.Middle lisbon = new PlaceCell.Middle(38.7223, -9.1393);
    assertThat(berlin.kilometresTo(lisbon)).isCloseTo(2_313, within(10.0));
    assertThat(berlin.kilometresTo(berlin)).isZero();
  }

  @Test
  void placesOutsideTheEarthAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> PlaceCell.of(91, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> PlaceCell.of(0, Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> new PlaceCell("abc"));
  }
}
