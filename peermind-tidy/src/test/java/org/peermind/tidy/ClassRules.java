// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// The rules about classes below one root package: `org.peermind` for the product, a package of
/// samples for the tests of the rules.
final class ClassRules {
  private static final Set<String> SHARED = Set.of("protocol", "model");

  /// Which modules each module may see, besides itself.
  private static final Map<String, Set<String>> VISIBLE =
      Map.ofEntries(
          Map.entry("protocol", Set.of()),
          Map.entry("model", Set.of("protocol")),
          Map.entry("energy", SHARED),
          Map.entry("inference", SHARED),
          Map.entry("referee", SHARED),
          Map.entry("ledger", SHARED),
          Map.entry("voting", SHARED),
          Map.entry("federated", SHARED),
          Map.entry("telemetry", SHARED),
          Map.entry("demomodel", SHARED),
          Map.entry("testkit", Set.of()),
          Map.entry(
              "node",
              Set.of(
                  "protocol",
                  "model",
                  "energy",
                  "inference",
                  "referee",
                  "ledger",
                  "voting",
                  "federated",
                  "telemetry",
                  "demomodel")),
          Map.entry("sim", Set.of("protocol", "model", "energy", "inference", "referee", "node")));

  private static final Pattern SOCKETS =
      Pattern.compile(
          "java\\.net\\.(.*Socket.*|http\\..*|.*URLConnection)"
              + "|java\\.nio\\.channels\\..*SocketChannel.*"
              + "|javax\\.net\\..*|io\\.netty\\..*|io\\.grpc\\..*");

  private static final Pattern MAY_USE_SOCKETS =
      Pattern.compile(
          "node\\..*|energy\\.internal\\..*|ledger\\.ratis\\..*"
              + "|testkit\\.LoopbackServer.*|inference\\.(child|internal\\.(link|process|external))\\..*"
              + "|federated\\.(child|internal\\.(link|process))\\..*");

  /// `FreshIds` is where the shell draws the random values that it then hands to the core;
  /// `Adapters`, `Profiles`, `DeviceProbe` and `DeviceRecorder` are doors to what is behind them.
  private static final Pattern PURE =
      Pattern.compile(
          "((?!referee\\.FreshIds$)(referee|voting)\\..*)|energy\\.plausibility\\..*"
              + "|federated\\.(subspace|aggregation|round|gate|forward|feedback|data)\\..*"
              + "|energy\\.(?!(Adapters|Profiles|DeviceProbe|DeviceRecorder)$)[A-Z][^.]*");

  private static final Pattern IMPURE =
      Pattern.compile(
          "java\\.util\\.concurrent\\..*|java\\.lang\\.(Thread|ProcessBuilder|ScopedValue).*"
              + "|java\\.io\\.(?!Serializable).*|java\\.nio\\.(file|channels)\\..*"
              + "|java\\.net\\.(?!URI$).*|java\\.sql\\..*"
              + "|java\\.util\\.(Random|random\\..*)|java\\.security\\.SecureRandom"
              + "|org\\.slf4j\\..*|java\\.util\\.logging\\..*|java\\.lang\\.System\\$Logger");

  private static final Set<String> IMPURE_CALLS =
      Set.of(
          "java.lang.Math.random",
          "java.util.UUID.randomUUID",
          "java.lang.System.nanoTime",
          "java.lang.System.getenv",
          "java.lang.System.getProperty");

  private static final Pattern VAGUE = Pattern.compile("(Manager|Helper|Utils?|Impl)(?![a-z])");

  private final String root;

  ClassRules(String root) {
    this.root = root + ".";
  }

  List<ClassRule> all() {
    return List.of(
        rule("modules see only the modules they may see", this::modulesSeen),
        rule("internal packages are closed to other modules", this::internalsSeen),
        rule("only the named packages touch sockets", this::sockets),
        rule("only node reads the system clock", this::clock),
        rule("pure cores use no threads, I/O, randomness or logging", this::impurities),
        rule("no type is called Manager, Helper, Util or Impl", this::vagueName),
        rule("only telemetry touches java.util.logging", this::javaLogging),
        rule("only the command line writes to the standard streams", this::standardStreams),
        rule("nobody uses the JDK's HTTP server", this::jdkHttpServer));
  }

  /// The class under test itself is a sample or a product class below the root; others are skipped.
  private ClassRule rule(String name, Function<JavaClass, List<String>> broken) {
    return new ClassRule(
        name, type -> type.getName().startsWith(root) ? broken.apply(type) : List.of());
  }

  private List<String> modulesSeen(JavaClass type) {
    String module = module(type);
    Set<String> visible = VISIBLE.get(module);
    if (visible == null) {
      return List.of("the module " + module + " is not in the list of modules in ClassRules");
    }
    return dependencies(
        type,
        target ->
            target.getName().startsWith(root)
                && !module(target).equals(module)
                && !visible.contains(module(target)));
  }

  private List<String> internalsSeen(JavaClass type) {
    return dependencies(
        type,
        target ->
            target.getName().startsWith(root)
                && !module(target).equals(module(type))
                && (target.getPackageName() + ".").contains(".internal."));
  }

  private List<String> sockets(JavaClass type) {
    return MAY_USE_SOCKETS.matcher(local(type)).matches()
        ? List.of()
        : dependencies(type, target -> SOCKETS.matcher(target.getName()).matches());
  }

  private List<String> clock(JavaClass type) {
    return module(type).equals("node") ? List.of() : accesses(type, ClassRules::readsClock);
  }

  private List<String> impurities(JavaClass type) {
    if (!PURE.matcher(local(type)).matches()) {
      return List.of();
    }
    List<String> types = dependencies(type, target -> IMPURE.matcher(target.getName()).matches());
    return types.isEmpty()
        ? accesses(type, access -> IMPURE_CALLS.contains(called(access)))
        : types;
  }

  private List<String> vagueName(JavaClass type) {
    return VAGUE.matcher(type.getSimpleName()).find()
        ? List.of("say what it does instead")
        : List.of();
  }

  private List<String> javaLogging(JavaClass type) {
    return module(type).equals("telemetry")
        ? List.of()
        : dependencies(type, target -> target.getName().startsWith("java.util.logging."));
  }

  private List<String> standardStreams(JavaClass type) {
    // A child process has nothing but its streams to speak through; logs go to standard error.
    boolean speaks =
        local(type)
            .matches(
                "(node\\.cli|(inference|federated)\\.child|demomodel|telemetry)\\..*|node\\.NodeAssembly");
    Set<String> streams = Set.of("java.lang.System.out", "java.lang.System.err");
    return speaks ? List.of() : accesses(type, access -> streams.contains(called(access)));
  }

  private List<String> jdkHttpServer(JavaClass type) {
    return dependencies(type, target -> target.getName().startsWith("com.sun.net.httpserver."));
  }

  private static boolean readsClock(JavaAccess<?> access) {
    AccessTarget target = access.getTarget();
    String owner = target.getOwner().getName();
    return switch (target.getName()) {
      case "now" ->
          owner.startsWith("java.time.") && !target.getFullName().contains("now(java.time.Clock)");
      case "currentTimeMillis" -> owner.equals("java.lang.System");
      case "system", "systemUTC", "systemDefaultZone", "tickMillis", "tickSeconds", "tickMinutes" ->
          owner.equals("java.time.Clock") || owner.equals("java.time.InstantSource");
      case "<init>" -> target.getFullName().equals("java.util.Date.<init>()");
      case "getInstance" -> owner.equals("java.util.Calendar");
      default -> false;
    };
  }

  private static List<String> dependencies(JavaClass type, Predicate<JavaClass> forbidden) {
    return type.getDirectDependenciesFromSelf().stream()
        .map(Dependency::getTargetClass)
        .map(JavaClass::getBaseComponentType)
        .filter(forbidden)
        .map(target -> "uses " + target.getName())
        .distinct()
        .sorted()
        .toList();
  }

  private static List<String> accesses(JavaClass type, Predicate<JavaAccess<?>> forbidden) {
    return type.getAccessesFromSelf().stream()
        .filter(forbidden)
        .map(access -> "uses %s in line %d".formatted(called(access), access.getLineNumber()))
        .distinct()
        .sorted()
        .toList();
  }

  private static String called(JavaAccess<?> access) {
    return access.getTarget().getOwner().getName() + "." + access.getTarget().getName();
  }

  private String module(JavaClass type) {
    String local = local(type);
    int dot = local.indexOf('.');
    return dot < 0 ? local : local.substring(0, dot);
  }

  /// The name below the root: `energy.Headroom`.
  private String local(JavaClass type) {
    return type.getName().substring(root.length());
  }
}
