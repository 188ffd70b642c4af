// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Device profiles: YAML that says what to ask of a device and what its answers mean.
///
/// [org.peermind.energy.internal.profile.ProfileReader] makes a
/// [org.peermind.energy.internal.profile.Profile] of the text and refuses it with the reason when
/// it does not decode its own samples. [org.peermind.energy.internal.profile.Decoder] is the pure
/// step from an answer to a [org.peermind.energy.spi.DeviceReading].
@NullMarked
package org.peermind.energy.internal.profile;

import org.jspecify.annotations.NullMarked;
