// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.logging.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// Sets up logging for the whole process: events at the operator's level, everything else (Netty,
/// gRPC, Helidon, also what they send to `java.util.logging`) only from warnings on.
///
/// Libraries' messages are shortened, and of their exceptions only types and places are kept:
/// messages of exceptions quote their input, and an input may be a prompt.
public final class Logging {
  /// How a line looks.
  public enum Form {
    /// Time, level and sentence, for a terminal.
    TEXT,
    /// One JSON object a line, for machines.
    JSON
  }

  private Logging() {}

  /// Replaces whatever was set up before. The stream is left open.
  ///
  /// @param level of the events; libraries stay at warnings or above it
  /// @param zone in which `TEXT` shows the time; `JSON` is always UTC
  public static void install(
      OutputStream out, Form form, org.slf4j.event.Level level, ZoneId zone) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    configure(context, out, form, level, zone);
  }

  static void configure(
      LoggerContext context,
      OutputStream out,
      Form form,
      org.slf4j.event.Level level,
      ZoneId zone) {
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    appender.setName("peermind");
    appender.setEncoder(encoder(context, form, zone));
    appender.setOutputStream(new UnclosedOutputStream(out));
    appender.start();

    Level eventLevel = Level.convertAnSLF4JLevel(level);
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(eventLevel.isGreaterOrEqual(Level.WARN) ? eventLevel : Level.WARN);
    root.addAppender(appender);
    context.getLogger(Slf4jEventLog.LOGGER_NAME).setLevel(eventLevel);
    bridgeJavaUtilLogging();
  }

  private static LayoutWrappingEncoder<ILoggingEvent> encoder(
      LoggerContext context, Form form, ZoneId zone) {
    Layout<ILoggingEvent> layout =
        switch (form) {
          case TEXT -> new TextLayout(zone);
          case JSON -> new JsonLayout();
        };
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(layout);
    encoder.start();
    return encoder;
  }

  /// gRPC and Helidon write to `java.util.logging`. Its root is set to warnings too, so that what
  /// is not wanted costs nothing.
  private static void bridgeJavaUtilLogging() {
    LogManager.getLogManager().reset();
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.WARNING);
  }
}
