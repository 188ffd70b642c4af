// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.energy;

import org.peermind.tidy.samples.referee.Assigner;

record SeesReferee(Assigner assigner) {}
