// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// A site of several devices. [org.peermind.energy.internal.site.SiteAdapter] asks each device in
/// its own rhythm; the pure [org.peermind.energy.internal.site.SiteMerge] makes one sample of what
/// they said last; [org.peermind.energy.internal.site.SiteFactory] reads the configuration.
@NullMarked
package org.peermind.energy.internal.site;

import org.jspecify.annotations.NullMarked;
