// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The command line. A command does one thing, prints facts on standard output (as JSON with
/// `--json`), and one sentence on standard error when it fails. Exit codes: 0 done, 1 failed, 2
/// wrong usage, 3 no power or capacity now.
@NullMarked
package org.peermind.node.cli;

import org.jspecify.annotations.NullMarked;
