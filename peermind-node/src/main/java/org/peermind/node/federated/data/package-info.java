// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The owner's own texts: what the owner allowed ([org.peermind.node.federated.data.ConsentFile]),
/// what is found there and how it is cut into samples
/// ([org.peermind.node.federated.data.OwnerData]), and the tokens that the trainer reads
/// ([org.peermind.node.federated.data.TrainingText]).
///
/// Texts are the owner's secret: they are in no message of an exception, no log and no `toString`
/// of this package, and names of files are for the owner's terminal only. What is damaged or was
/// not allowed in the present words counts as not allowed.
@NullMarked
package org.peermind.node.federated.data;

import org.jspecify.annotations.NullMarked;
