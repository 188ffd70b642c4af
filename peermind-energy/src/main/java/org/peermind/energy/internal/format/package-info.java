// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The forms in which devices answer. Each [org.peermind.energy.internal.format.AnswerFormat] makes
/// one document (maps, lists, numbers, words) of an answer's text, in which what the device does
/// not know is simply missing. Pure: no clock, no I/O.
@NullMarked
package org.peermind.energy.internal.format;

import org.jspecify.annotations.NullMarked;
