import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginBundle;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Runs one node in the folder es.path.home until it is ended, or until the process latchkey.owner is gone; then removes
 * the folder. The password of the user elastic comes by the environment, so that the process list does not show it.
 */
public class LatchkeyNode {
    private static final long LONGEST_END_MS = 9_000;

    public static void main(String[] args) {
        try {
            run();
        } catch (Exception | LinkageError e) {
            e.printStackTrace();
            System.out.println("cannot start: " + reasons(e)); // read by jars.ts
            System.exit(1); // the threads of a half-started node would keep the process alive
        }
    }

    private static String reasons(Throwable e) {
        String cause = e.getCause() == null ? "" : ", caused by " + reasons(e.getCause());
        return e.getClass().getSimpleName() + ": " + e.getMessage() + cause;
    }

    private static void run() throws Exception {
        Path home = Path.of(System.getProperty("es.path.home"));
        Node[] started = new Node[1];
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(started[0], home)));
        watch(Long.parseLong(System.getProperty("latchkey.owner")));

        Settings settings = Settings.builder().put("path.home", home.toString()).setSecureSettings(keystore(home.resolve("config"))).build();
        Environment environment = InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "latchkey");
        LogConfigurator.configure(environment, true);
        started[0] = new Node(environment, PluginsLoader.createPluginsLoader(modules(home.resolve("modules")), Set.of(), Map.of(), false));
        started[0].start();
        new CountDownLatch(1).await();
    }

    /** Written to disk as well: without the file the node refuses to reload its secure settings later. */
    private static KeyStoreWrapper keystore(Path config) throws Exception {
        KeystoreTool.set(config, "bootstrap.password", System.getenv("LATCHKEY_NODE_PASSWORD"));
        return KeystoreTool.open(config);
    }

    /** 9.x takes (Path, boolean), 8.19 takes (Path). */
    @SuppressWarnings("unchecked")
    private static Set<PluginBundle> modules(Path folder) throws Exception {
        for (Method candidate : PluginsLoader.class.getMethods()) {
            if (candidate.getName().equals("loadModulesBundles")) {
                Object[] arguments = candidate.getParameterCount() == 2 ? new Object[] { folder, true } : new Object[] { folder };
                try {
                    return (Set<PluginBundle>) candidate.invoke(null, arguments);
                } catch (InvocationTargetException e) {
                    throw new IllegalStateException("modules could not be read", e.getCause());
                }
            }
        }
        throw new NoSuchMethodException("loadModulesBundles");
    }

    private static void watch(long pid) {
        Optional<Instant> born = ProcessHandle.of(pid).flatMap(owner -> owner.info().startInstant());
        Thread watchdog = new Thread(() -> {
            while (alive(pid, born)) {
                sleep(500);
            }
            System.exit(3);
        }, "owner-watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
    }

    /** The start instant tells the owner from a later process of the same number. */
    private static boolean alive(long pid, Optional<Instant> born) {
        Optional<ProcessHandle> owner = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        return owner.isPresent() && owner.get().info().startInstant().equals(born) && zombie(pid) == false;
    }

    /** Where nobody reaps (a container without init) an ended owner stays a zombie, which ProcessHandle calls alive. */
    private static boolean zombie(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return "ZX".indexOf(stat.charAt(stat.lastIndexOf(')') + 2)) >= 0;
        } catch (IOException | StringIndexOutOfBoundsException e) {
            return false;
        }
    }

    private static void end(Node node, Path home) {
        Thread limit = new Thread(() -> {
            sleep(LONGEST_END_MS);
            Runtime.getRuntime().halt(4);
        }, "end-limit");
        limit.setDaemon(true);
        limit.start();
        try {
            if (node != null) {
                node.close();
            }
        } catch (IOException | RuntimeException e) {
            e.printStackTrace();
        }
        remove(home);
    }

    private static void remove(Path home) {
        try (Stream<Path> found = Files.walk(home)) { // links to the shared jars are removed, not followed
            for (Path path : (List<Path>) found.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            // removed by the owner already
        } catch (IOException | RuntimeException e) {
            e.printStackTrace();
        }
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
