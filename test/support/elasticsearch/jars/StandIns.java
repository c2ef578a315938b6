import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.ScriptPlugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.script.ScriptContext;
import org.elasticsearch.script.ScriptEngine;
import org.elasticsearch.script.StringFieldScript;

/**
 * Instead of three modules that the registry does not have (analysis-common, lang-painless, rest-root), only what the
 * security features need of them. The one method whose signature changed between 8 and 9 is in v8/ and v9/.
 */
public abstract class StandIns extends Plugin implements ActionPlugin, AnalysisPlugin, ScriptPlugin {

    /** GET and HEAD on "/", without the privilege check that the real one has. */
    protected static Collection<RestHandler> rootHandler() {
        return List.of(new Root());
    }

    // The mapping of the security index names one filter of each kind and one tokenizer.

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of("unique", (index, env, name, settings) -> named(name, RemoveDuplicatesTokenFilter::new), "pattern_capture",
            (index, env, name, settings) -> {
                Pattern[] patterns = settings.getAsList("patterns").stream().map(Pattern::compile).toArray(Pattern[]::new);
                boolean original = settings.getAsBoolean("preserve_original", true);
                return named(name, tokens -> new PatternCaptureGroupTokenFilter(tokens, original, patterns));
            });
    }

    @Override
    public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
        return List.of(PreConfiguredTokenFilter.singleton("unique", false, RemoveDuplicatesTokenFilter::new));
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("uax_url_email", (index, env, name, settings) -> TokenizerFactory.newFactory(name, UAX29URLEmailTokenizer::new));
    }

    @Override
    public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
        return List.of(PreConfiguredTokenizer.singleton("uax_url_email", UAX29URLEmailTokenizer::new));
    }

    @Override
    public ScriptEngine getScriptEngine(Settings settings, Collection<ScriptContext<?>> contexts) {
        return new KeyTypeScript(Set.copyOf(contexts));
    }

    private static TokenFilterFactory named(String name, UnaryOperator<TokenStream> filter) {
        return new TokenFilterFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public TokenStream create(TokenStream tokens) {
                return filter.apply(tokens);
            }
        };
    }

    private static class Root extends BaseRestHandler {
        @Override
        public String getName() {
            return "stand_in_root";
        }

        @Override
        public List<Route> routes() {
            return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            return channel -> {
                var answer = channel.newBuilder().startObject();
                answer.field("name", client.settings().get("node.name"));
                answer.field("cluster_name", client.settings().get("cluster.name"));
                answer.startObject("version").field("number", Build.current().version()).field("build_flavor", "default");
                answer.field("build_hash", Build.current().hash()).endObject();
                channel.sendResponse(new RestResponse(RestStatus.OK, answer.field("tagline", "You Know, for Search").endObject()));
            };
        }
    }

    /** Knows the one script Elasticsearch itself runs for keys: the runtime field behind `type` in a key query. */
    private record KeyTypeScript(Set<ScriptContext<?>> contexts) implements ScriptEngine {
        private static final String KEY_TYPE = "field('type').get(\"rest\")";

        @Override
        public String getType() {
            return "painless";
        }

        @Override
        public Set<ScriptContext<?>> getSupportedContexts() {
            return contexts;
        }

        @Override
        public <F> F compile(String name, String source, ScriptContext<F> context, Map<String, String> parameters) {
            if (context.name.equals("keyword_field") == false || source.contains(KEY_TYPE) == false) {
                throw new IllegalArgumentException("this node has no painless; it cannot run: " + source);
            }
            StringFieldScript.Factory factory = (field, p, lookup, onError) -> leaf -> new StringFieldScript(field, p, lookup, onError, leaf) {
                @Override
                public void execute() {
                    List<?> type = (List<?>) getDoc().get("type");
                    emit(type == null || type.isEmpty() ? "rest" : String.valueOf(type.get(0)));
                }
            };
            return context.factoryClazz.cast(factory);
        }
    }
}
