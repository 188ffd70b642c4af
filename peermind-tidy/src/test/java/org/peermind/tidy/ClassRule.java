// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;

/// A rule about compiled classes.
///
/// @param name a sentence that says what holds
/// @param broken what is wrong with one class, a line for each fault
record ClassRule(String name, Function<JavaClass, List<String>> broken) {
  /// All faults in `classes`, sorted.
  List<String> check(JavaClasses classes) {
    TreeSet<String> faults = new TreeSet<>();
    for (JavaClass type : classes) {
      broken.apply(type).forEach(fault -> faults.add(type.getName() + ": " + fault));
    }
    return List.copyOf(faults);
  }
}
