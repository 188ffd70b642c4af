// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.time.ZoneId;

/// How a process logs until [Logging#install] says otherwise: warnings, as text, on standard error.
/// Logback finds it as a service; its own default would put every debug line of every library on
/// standard output, among the results of a command.
public final class QuietStart extends ContextAwareBase implements Configurator {
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Logging.configure(
        context, System.err, Logging.Form.TEXT, org.slf4j.event.Level.WARN, ZoneId.systemDefault());
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
