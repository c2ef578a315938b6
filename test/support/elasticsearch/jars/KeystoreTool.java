import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.elasticsearch.common.settings.KeyStoreWrapper;

/** What bin/elasticsearch-keystore does: KeystoreTool CONFIG_FOLDER set NAME (the value on stdin), or CONFIG_FOLDER remove NAME. */
public class KeystoreTool {
    private static final char[] NO_PASSWORD = new char[0];

    public static void main(String[] args) throws Exception {
        Path config = Path.of(args[0]);
        switch (args[1]) {
            case "set" -> set(config, args[2], new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip());
            case "remove" -> {
                KeyStoreWrapper keystore = open(config);
                unlocked("remove", String.class).invoke(keystore, args[2]);
                keystore.save(config, NO_PASSWORD, false);
            }
            default -> throw new IllegalArgumentException("set or remove, not " + args[1]);
        }
    }

    static void set(Path config, String name, String value) throws Exception {
        KeyStoreWrapper keystore = open(config);
        unlocked("setString", String.class, char[].class).invoke(keystore, name, value.toCharArray());
        keystore.save(config, NO_PASSWORD, false);
    }

    /** The keystore of the folder, ready to read and change; a new one when the folder has none. */
    static KeyStoreWrapper open(Path config) throws Exception {
        KeyStoreWrapper keystore = KeyStoreWrapper.load(config);
        if (keystore == null) {
            return KeyStoreWrapper.create();
        }
        keystore.decrypt(NO_PASSWORD);
        return keystore;
    }

    /** The server keeps its setters package-private. */
    private static Method unlocked(String name, Class<?>... parameters) throws NoSuchMethodException {
        Method method = KeyStoreWrapper.class.getDeclaredMethod(name, parameters);
        method.setAccessible(true);
        return method;
    }
}
