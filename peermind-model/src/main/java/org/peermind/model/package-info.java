// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Models as files: strict reading of GGUF before native code sees it, and writing (design section
/// 10).
///
/// Start at [org.peermind.model.GgufReader#read], which returns a [org.peermind.model.GgufFile] or
/// refuses in one sentence. [org.peermind.model.GgufWriter] makes the files that the demo model's
/// trainer and the tests need; [org.peermind.model.ModelInspection] prints what was found.
@NullMarked
package org.peermind.model;

import org.jspecify.annotations.NullMarked;
