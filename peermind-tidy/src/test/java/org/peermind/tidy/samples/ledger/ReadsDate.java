// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.ledger;

import java.util.Date;

@SuppressWarnings("JavaUtilDate") // the sample of the rule against it
final class ReadsDate {
  long at() {
    return new Date().getTime();
  }
}
