// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What a node does for the network (spec section 2). A query goes from
/// [org.peermind.node.role.LightUserRole] through [org.peermind.node.role.RefereeRole] to
/// [org.peermind.node.role.InfererRole]; an energy sample goes through
/// [org.peermind.node.role.EnergyLoop] to the engine and, as a report, to the referees. Every role
/// has a part of its own on each stream of the [org.peermind.node.role.RefereeSet].
@NullMarked
package org.peermind.node.role;

import org.jspecify.annotations.NullMarked;
