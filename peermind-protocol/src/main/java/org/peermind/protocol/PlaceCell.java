// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

/// The only place that a node tells others: a geohash of three characters, a cell about 150 km
/// wide. The exact place never leaves the node.
public record PlaceCell(String geohash) {
  private static final String ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
  private static final int CHARACTERS = 3;
  private static final int BITS_PER_CHARACTER = 5;

  public PlaceCell {
    if (geohash.length() != CHARACTERS
        || !geohash.chars().allMatch(character -> ALPHABET.indexOf(character) >= 0)) {
      throw new IllegalArgumentException("A place cell is a geohash of three characters");
    }
  }

  /// The cell that holds a place given in degrees, north and east positive.
  ///
  /// @throws IllegalArgumentException when the place is not on Earth
  public static PlaceCell of(double latitudeDegrees, double longitudeDegrees) {
    if (!(Math.abs(latitudeDegrees) <= 90) || !(Math.abs(longitudeDegrees) <= 180)) {
      throw new IllegalArgumentException("Latitude is within ±90 and longitude within ±180");
    }
    double south = -90;
    double north = 90;
    double west = -180;
    double east = 180;
    StringBuilder text = new StringBuilder();
    int character = 0;
    for (int bit = 0; bit < CHARACTERS * BITS_PER_CHARACTER; bit++) {
      boolean upper;
      if (bit % 2 == 0) {
        double middle = (west + east) / 2;
        upper = longitudeDegrees >= middle;
        west = upper ? middle : west;
        east = upper ? east : middle;
      } else {
        double middle = (south + north) / 2;
        upper = latitudeDegrees >= middle;
        south = upper ? middle : south;
        north = upper ? north : middle;
      }
      character = character << 1 | (upper ? 1 : 0);
      if (bit % BITS_PER_CHARACTER == BITS_PER_CHARACTER - 1) {
        text.append(ALPHABET.charAt(character));
        character = 0;
      }
    }
    return new PlaceCell(text.toString());
  }

  static PlaceCell decode(String text) throws ProtocolException {
    try {
      return new PlaceCell(text);
    } catch (IllegalArgumentException malformed) {
      throw new ProtocolException("a place cell has three geohash characters", malformed);
    }
  }

  /// Latitude and longitude in degrees of the middle of the cell.
  public Middle middle() {
    int bits = 0;
    for (int i = 0; i < CHARACTERS; i++) {
      bits = bits << BITS_PER_CHARACTER | ALPHABET.indexOf(geohash.charAt(i));
    }
    double latitude = 0;
    double longitude = 0;
    double latitudeStep = 90;
    double longitudeStep = 180;
    for (int bit = CHARACTERS * BITS_PER_CHARACTER - 1; bit >= 0; bit--) {
      int sign = (bits >> bit & 1) == 1 ? 1 : -1;
      if (bit % 2 == 0) {
        longitudeStep /= 2;
        longitude += sign * longitudeStep;
      } else {
        latitudeStep /= 2;
        latitude += sign * latitudeStep;
      }
    }
    return new Middle(latitude, longitude);
  }

  /// A point in degrees, north and east positive.
  public record Middle(double latitudeDegrees, double longitudeDegrees) {
    /// Great-circle distance in kilometres on a sphere (haversine).
    public double kilometresTo(Middle other) {
      double phi = Math.toRadians(latitudeDegrees);
      double otherPhi = Math.toRadians(other.latitudeDegrees);
      double halfPhi = (otherPhi - phi) / 2;
      double halfLambda = Math.toRadians(other.longitudeDegrees - longitudeDegrees) / 2;
      double a =
          Math.pow(Math.sin(halfPhi), 2)
              + Math.cos(phi) * Math.cos(otherPhi) * Math.pow(Math.sin(halfLambda), 2);
      return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(a)));
    }
  }
}
