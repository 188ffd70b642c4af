// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;

/// A randomised bit on its way. It says neither what was asked nor what was answered.
///
/// @param period the name of the period
/// @param user who had the answer; who counts has made sure that it was he who reports
/// @param answer its number among the user's answers in the period
/// @param liked the bit that [RandomisedResponse] made
public record FeedbackReport(Digest period, NodeId user, int answer, boolean liked) {}
