// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/// What javac's parser sees in one source: comments and texts in quotes are no calls.
///
/// @param methods every method and constructor
/// @param unrepeatableCalls calls whose result another run would not repeat
record JavaTree(List<Method> methods, List<Call> unrepeatableCalls) {
  /// @param lines from its first annotation or modifier to its closing brace
  record Method(String name, long firstLine, long lines) {}

  record Call(String text, long line) {}

  private static final Pattern UNREPEATABLE =
      Pattern.compile(
          "(.*\\.)?(Thread\\.sleep|Instant\\.now|System\\.currentTimeMillis|Math\\.random"
              + "|Clock\\.system(UTC|DefaultZone)?|ThreadLocalRandom\\.current|UUID\\.randomUUID"
              + "|TimeUnit\\.[A-Z]+\\.sleep)");

  static JavaTree parse(SourceFile file) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("This test needs a JDK, not only a runtime");
    }
    JavacTask task =
        (JavacTask)
            compiler.getTask(
                null,
                null,
                new DiagnosticCollector<>(),
                List.of("-proc:none"),
                null,
                List.of(new InMemory(file)));
    try {
      Reading reading = new Reading(Trees.instance(task).getSourcePositions());
      for (CompilationUnitTree unit : task.parse()) {
        reading.read(unit);
      }
      return new JavaTree(List.copyOf(reading.methods), List.copyOf(reading.calls));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static final class InMemory extends SimpleJavaFileObject {
    private final String text;

    InMemory(SourceFile file) {
      super(URI.create("memory:///" + file.path()), JavaFileObject.Kind.SOURCE);
      this.text = file.text();
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static final class Reading extends TreeScanner<@Nullable Void, CompilationUnitTree> {
    private final SourcePositions positions;
    private final List<Method> methods = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();

    Reading(SourcePositions positions) {
      this.positions = positions;
    }

    void read(CompilationUnitTree unit) {
      scan(unit, unit);
    }

    @Override
    public @Nullable Void visitMethod(MethodTree method, CompilationUnitTree unit) {
      long start = positions.getStartPosition(unit, method);
      long end = positions.getEndPosition(unit, method);
      // A record's implicit constructor is nowhere in the source.
      if (start >= 0 && end > start) {
        long first = unit.getLineMap().getLineNumber(start);
        long last = unit.getLineMap().getLineNumber(end - 1);
        methods.add(new Method(method.getName().toString(), first, last - first + 1));
      }
      return super.visitMethod(method, unit);
    }

    @Override
    public @Nullable Void visitMethodInvocation(
        MethodInvocationTree call, CompilationUnitTree unit) {
      // now(clock) is repeatable, now() and now(zone) are not; tests need no zone.
      boolean takesClock =
          call.getMethodSelect().toString().endsWith(".now") && !call.getArguments().isEmpty();
      if (!takesClock) {
        noteIfUnrepeatable(call.getMethodSelect().toString(), call, unit);
      }
      return super.visitMethodInvocation(call, unit);
    }

    @Override
    public @Nullable Void visitMemberReference(
        MemberReferenceTree reference, CompilationUnitTree unit) {
      noteIfUnrepeatable(
          reference.getQualifierExpression() + "." + reference.getName(), reference, unit);
      return super.visitMemberReference(reference, unit);
    }

    @Override
    public @Nullable Void visitNewClass(NewClassTree creation, CompilationUnitTree unit) {
      if (creation.getIdentifier().toString().matches("(java\\.util\\.)?(Split|)Random")
          && creation.getArguments().isEmpty()) {
        note("new Random()", creation, unit);
      }
      return super.visitNewClass(creation, unit);
    }

    private void noteIfUnrepeatable(String called, Tree tree, CompilationUnitTree unit) {
      if (UNREPEATABLE.matcher(called).matches()) {
        note(called, tree, unit);
      }
    }

    private void note(String called, Tree tree, CompilationUnitTree unit) {
      long start = positions.getStartPosition(unit, tree);
      calls.add(new Call(called, unit.getLineMap().getLineNumber(start)));
    }
  }
}
