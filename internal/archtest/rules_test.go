package archtest

// ours lists, for every package, which of our own packages it may import. A package that is not
// listed fails, and so does a listed one that is gone. Tests are free.
func ours() map[string][]string {
	return map[string][]string{
		".":            {"internal/app"},
		"internal/app": {anything},

		"internal/server":           {"internal/account", "internal/address", "internal/booking", "internal/catalog", "internal/csp", "internal/flow", "internal/frames", "internal/i18n", "internal/quota", "internal/server/account", "internal/server/agents", "internal/server/browse", "internal/server/checkout", "internal/server/codes", "internal/server/customers", "internal/server/guard", "internal/server/hooks", "internal/server/input", "internal/server/page", "internal/server/response", "internal/server/times", "internal/server/visits", "internal/server/wishes", "internal/session", "internal/store", "internal/urls", "internal/waiting", "web/static", "web/templates/layout", "web/templates/pages", "web/templates/showcase"},
		"internal/server/input":     {"internal/urls", "web/templates/layout"},
		"internal/server/search":    {},
		"internal/server/response":  {"internal/catalog", "internal/csp", "internal/frames", "internal/i18n", "internal/urls", "web/static", "web/templates/layout"},
		"internal/server/guard":     {"internal/address", "internal/booking", "internal/catalog", "internal/i18n", "internal/quota", "internal/server/input", "internal/server/response", "internal/session", "internal/store", "internal/upstream/budget", "internal/urls", "web/templates/pages"},
		"internal/server/page":      {"internal/booking", "internal/catalog", "internal/flow", "internal/found", "internal/i18n", "internal/money", "internal/phone", "internal/server/input", "internal/server/response", "internal/urls", "web/static", "web/templates/layout", "web/templates/pages", "web/templates/ui"},
		"internal/server/hooks":     {"internal/server/guard", "internal/urls", "internal/webhook"},
		"internal/server/agents":    {"internal/agents", "internal/catalog", "internal/clock", "internal/flow", "internal/i18n", "internal/money", "internal/server/guard", "internal/server/page", "internal/server/search", "internal/upstream/budget", "internal/urls"},
		"internal/server/times":     {"internal/catalog", "internal/flow", "internal/server/input", "internal/server/page", "internal/urls", "web/templates/layout", "web/templates/pages"},
		"internal/server/codes":     {"internal/account", "internal/booking", "internal/i18n", "internal/phone", "internal/puzzle", "internal/quota", "internal/server/guard", "internal/server/input", "internal/server/page", "internal/server/response", "internal/session", "web/templates/layout", "web/templates/pages"},
		"internal/server/customers": {"internal/account", "internal/puzzle", "internal/server/page", "internal/session", "internal/urls", "web/templates/layout"},
		"internal/server/browse":    {"internal/catalog", "internal/feed", "internal/flow", "internal/i18n", "internal/poster", "internal/server/guard", "internal/server/input", "internal/server/page", "internal/server/response", "internal/server/search", "internal/server/times", "internal/theme", "internal/urls", "web/templates/layout", "web/templates/pages"},
		"internal/server/checkout":  {"internal/booking", "internal/catalog", "internal/flow", "internal/i18n", "internal/phone", "internal/puzzle", "internal/server/codes", "internal/server/customers", "internal/server/guard", "internal/server/input", "internal/server/page", "internal/server/response", "internal/server/times", "internal/session", "internal/urls", "internal/waiting", "web/templates/layout", "web/templates/pages"},
		"internal/server/visits":    {"internal/booking", "internal/catalog", "internal/flow", "internal/i18n", "internal/ical", "internal/server/customers", "internal/server/guard", "internal/server/input", "internal/server/page", "internal/server/response", "internal/server/times", "internal/server/wishes", "internal/session", "internal/upstream/budget", "internal/urls", "internal/waiting", "web/templates/layout", "web/templates/pages"},
		"internal/server/wishes":    {"internal/booking", "internal/catalog", "internal/flow", "internal/i18n", "internal/mail", "internal/push", "internal/server/codes", "internal/server/guard", "internal/server/input", "internal/server/page", "internal/server/response", "internal/server/times", "internal/session", "internal/urls", "internal/waiting", "web/static", "web/templates/layout", "web/templates/pages"},
		"internal/server/account":   {"internal/account", "internal/booking", "internal/catalog", "internal/flow", "internal/phone", "internal/puzzle", "internal/quota", "internal/server/checkout", "internal/server/codes", "internal/server/customers", "internal/server/guard", "internal/server/input", "internal/server/page", "internal/server/response", "internal/session", "internal/urls", "web/templates/layout", "web/templates/pages"},
		"internal/admin": {
			"internal/address", "internal/booking", "internal/catalog", "internal/csp", "internal/flow", "internal/frames", "internal/i18n", "internal/metrics", "internal/server/search", "internal/snippet",
			"internal/upstream", "internal/upstream/budget", "internal/urls", "web/templates/admin",
		},
		"internal/catalog": {"internal/csp", "internal/flow", "internal/observations", "internal/money", "internal/phone", "internal/theme", "internal/upstream", "internal/upstream/answers", "internal/upstream/budget", "internal/webhook"},
		"internal/booking": {"internal/money", "internal/upstream", "internal/upstream/budget", "internal/ledger", "internal/store", "internal/quota"},

		"internal/servertest": {anything}, // for tests

		"internal/upstream/answers": {"internal/clock"},

		"internal/account": {"internal/booking", "internal/upstream", "internal/upstream/budget"}, // booking for the words of a refusal

		"internal/flow":            {"internal/urls"},
		"internal/urls":            {},
		"internal/found":           {},
		"internal/agents":          {},
		"internal/money":           {},
		"internal/observations":    {},
		"internal/webhook":         {},
		"internal/ical":            {},
		"internal/feed":            {},
		"internal/poster":          {},
		"internal/frames":          {"internal/csp"},
		"internal/csp":             {},
		"internal/phone":           {},
		"internal/address":         {},
		"internal/mail":            {},
		"internal/notices":         {"internal/catalog", "internal/flow", "internal/i18n", "internal/mail", "internal/push", "internal/upstream/budget", "internal/urls", "internal/waiting", "web/templates/letters"},
		"internal/mailtest":        {}, // for tests
		"internal/push":            {"internal/address"},
		"internal/pushtest":        {}, // for tests
		"internal/snippet":         {"internal/csp", "internal/urls"},
		"internal/theme":           {},
		"internal/upstream":        {"internal/upstream/budget"},
		"internal/upstream/budget": {},
		"internal/store":           {"internal/clock"},
		"internal/redistest":       {"internal/clock"}, // for tests and measurements
		"internal/nginxtest":       {},                 // for tests and measurements
		"internal/ledger":          {"internal/store"},
		"internal/quota":           {"internal/store"},
		"internal/waiting":         {"internal/quota", "internal/store"},
		"internal/openings":        {"internal/catalog", "internal/upstream", "internal/waiting"},
		"internal/puzzle":          {},
		"internal/metrics":         {},
		"internal/soak":            {"bench/browse", "internal/clock", "internal/urls"},
		"internal/tracing":         {},
		"internal/session":         {"internal/store"},
		"internal/i18n":            {"internal/money"},
		"internal/config":          {},
		"internal/clock":           {},
		"internal/testclock":       {"internal/clock"}, // for tests and measurements
		"internal/recording":       {},
		"internal/formwalk":        {"internal/recording", "internal/upstream"},
		"internal/sandbox":         {"internal/recording"}, // a stranger: it meets the client on the wire only
		"internal/archtest":        {},

		"web/templates/showcase": {"internal/urls", "web/static", "web/templates/layout", "web/templates/ui", "web/templates/pages"},

		"web/templates/pages":   {"web/templates/layout", "web/templates/ui"},
		"web/templates/layout":  {"internal/urls", "web/static", "web/templates/ui"},
		"web/templates/ui":      {},
		"web/templates/admin":   {},
		"web/static":            {"internal/urls"},
		"locales":               {},
		"e2e":                   {"internal/app", "internal/clock", "internal/config", "internal/mailtest", "internal/phone", "internal/push", "internal/sandbox", "internal/servertest", "internal/testclock", "web/static"},
		"e2e/engines":           {"internal/app", "internal/clock", "internal/config", "internal/push", "internal/sandbox", "internal/servertest", "internal/testclock"},
		"bench/pages":           {"bench/rig", "internal/app", "internal/clock", "internal/config", "internal/sandbox", "internal/server", "internal/testclock", "internal/urls"},
		"bench/cluster":         {"bench/rig", "bench/shop", "internal/redistest", "internal/sandbox", "internal/testclock"},
		"bench/operate":         {"bench/browse", "bench/rig", "bench/shop", "internal/clock", "internal/nginxtest", "internal/redistest", "internal/sandbox", "internal/store", "internal/urls"},
		"bench/bubble":          {"bench/rig", "bench/shop", "internal/app", "internal/config", "internal/sandbox", "internal/testclock"},
		"bench/rush":            {"bench/rig", "bench/shop", "internal/app", "internal/clock", "internal/config", "internal/sandbox", "internal/testclock", "internal/urls"},
		"bench/agents":          {"bench/browse", "bench/rig", "bench/shop", "internal/agents", "internal/app", "internal/clock", "internal/config", "internal/sandbox", "internal/testclock", "internal/urls"},
		"bench/quiet":           {"bench/browse", "bench/rig", "internal/app", "internal/clock", "internal/config", "internal/sandbox", "internal/testclock", "internal/urls"},
		"bench/shop":            {"bench/browse", "bench/rig", "internal/clock", "internal/flow", "internal/urls"},
		"bench/browse":          {},
		"bench/door":            {"bench/browse", "bench/rig", "bench/shop", "internal/clock", "internal/sandbox", "internal/testclock", "internal/urls"},
		"deploy/release":        {},
		"bench/rig":             {"internal/flow", "internal/sandbox", "internal/testclock"},
		"bench/days":            {"internal/clock", "internal/testclock"},
		"bench/waiting":         {},
		"bench/widget":          {"internal/app", "internal/testclock"},
		"web/templates/letters": {},
	}
}

// anything stands for all of our packages.
const anything = "*"

// foreign lists which packages may use which foreign modules. A module that is not listed fails,
// so that a new dependency says where it belongs.
func foreign() map[string][]string {
	return map[string][]string{
		"github.com/gofiber/fiber/v2":           {"bench/pages", "internal/server", "internal/server/account", "internal/server/agents", "internal/server/browse", "internal/server/checkout", "internal/server/codes", "internal/server/customers", "internal/server/guard", "internal/server/hooks", "internal/server/input", "internal/server/page", "internal/server/response", "internal/server/times", "internal/server/visits", "internal/server/wishes", "internal/session"},
		"github.com/valyala/fasthttp":           {"bench/rig", "internal/server", "internal/server/response"},
		"github.com/PuerkitoBio/goquery":        {"internal/servertest"},
		"github.com/a-h/templ":                  {"internal/server/page", "internal/server/response", "web/templates/admin", "web/templates/layout", "web/templates/letters", "web/templates/pages", "web/templates/showcase", "web/templates/ui"},
		"github.com/alicebob/miniredis/v2":      {"internal/redistest"},
		"github.com/SherClockHolmes/webpush-go": {"internal/push"},
		"github.com/andybalholm/brotli":         {"internal/server/response", "web/static"},
		"github.com/arran4/golang-ical":         {"internal/ical"},
		"github.com/bigkevmcd/go-configparser":  {"internal/config"},
		"github.com/failsafe-go/failsafe-go":    {"internal/upstream"},
		"github.com/gorilla/securecookie":       {"internal/session"},
		"github.com/gorilla/sessions":           {"internal/server/checkout", "internal/server/customers", "internal/session"},
		"github.com/lucasb-eyer/go-colorful":    {"internal/theme"},
		"github.com/maypok86/otter/v2":          {"internal/catalog", "internal/server/browse", "internal/server/response"},
		"github.com/microcosm-cc/bluemonday":    {"internal/catalog"},
		"github.com/modelcontextprotocol":       {"bench/agents", "internal/server/agents"},
		"github.com/nicksnyder/go-i18n/v2":      {"internal/i18n"},
		"github.com/nyaruka/phonenumbers":       {"internal/phone"},
		"go.etcd.io/bbolt":                      {"internal/store"},
		"go.opentelemetry.io/otel":              {"internal/tracing"},
		"github.com/prometheus/client_golang":   {"internal/metrics"},
		"github.com/cespare/xxhash/v2":          {"internal/server/browse", "internal/server/response"},
		"github.com/prometheus/client_model":    {"internal/metrics"},
		"github.com/redis/go-redis/v9":          {"internal/redistest", "internal/store", "internal/upstream/answers", "internal/upstream/budget"},
		"github.com/temoto/robotstxt":           {"bench/door"},
		"golang.org/x/net/html":                 {"internal/catalog", "internal/i18n", "internal/snippet", "internal/upstream"},
		"golang.org/x/sys":                      {"internal/store"},
		"golang.org/x/text":                     {"internal/i18n", "internal/phone", "internal/server/search"},
		"github.com/chromedp":                   {"e2e"},
		"github.com/coder/websocket":            {"e2e/engines"},
		"github.com/emersion/go-sasl":           {"internal/mailtest"},
		"github.com/emersion/go-smtp":           {"internal/mailtest"},
		"github.com/wneessen/go-mail":           {"internal/mail"},
		"golang.org/x/image":                    {"internal/poster"},
		"github.com/go-text/typesetting":        {"internal/poster"},
	}
}

// pure lists the packages that do no I/O, with all that they may use of the standard library.
func pure() map[string][]string {
	return map[string][]string{
		"internal/flow":         {"cmp", "maps", "math", "net/url", "slices", "strconv", "strings", "time", "unicode", "unicode/utf8"},
		"internal/agents":       {"encoding/json", "regexp", "slices", "strconv", "strings", "time", "unicode", "unicode/utf8"},
		"internal/found":        {"encoding/json", "regexp", "strconv", "strings", "time"},
		"internal/urls":         {"net/url", "regexp", "strconv", "strings"},
		"internal/money":        {"math"},
		"internal/observations": {"slices", "time"},
		"internal/webhook":      {"bytes", "crypto/sha256", "encoding/json", "errors", "math", "strconv", "strings", "sync", "time"},
		"internal/feed":         {"encoding/json", "encoding/xml", "time"},
		"internal/csp":          {"crypto/sha256", "encoding/base64", "net/url", "slices", "strings"},
		"internal/frames":       {"cmp", "net/url", "slices", "strings", "sync", "time"},
		"internal/address":      {"net/netip", "slices", "strings", "sync", "time"},
	}
}

// reserved lists what only some packages may name: "import path.Name" to the packages.
func reserved() map[string][]string {
	const clients, env, visitors = "internal/upstream", "internal/config", "bench/pages"
	return map[string][]string{
		// A client of one's own has timeouts, limits and a budget; these have none.
		"net/http.Client": {clients, visitors, "bench/agents", "bench/browse", "internal/sandbox", "internal/soak", "internal/servertest", "internal/tracing"}, "net/http.DefaultClient": {clients}, "net/http.DefaultTransport": {clients},
		"net/http.Get": {clients}, "net/http.Head": {clients}, "net/http.Post": {clients}, "net/http.PostForm": {clients},
		// fasthttp's client sends a request again by itself, also one that books.
		"github.com/valyala/fasthttp.Client": {}, "github.com/valyala/fasthttp.HostClient": {}, "github.com/valyala/fasthttp.PipelineClient": {}, "github.com/valyala/fasthttp.LBClient": {},
		"github.com/valyala/fasthttp.Do": {}, "github.com/valyala/fasthttp.DoTimeout": {}, "github.com/valyala/fasthttp.DoDeadline": {}, "github.com/valyala/fasthttp.DoRedirects": {},
		"github.com/valyala/fasthttp.Get": {}, "github.com/valyala/fasthttp.Post": {},
		"github.com/gofiber/fiber/v2.Agent": {}, "github.com/gofiber/fiber/v2.AcquireAgent": {}, "github.com/gofiber/fiber/v2.Client": {}, "github.com/gofiber/fiber/v2.AcquireClient": {},
		"github.com/gofiber/fiber/v2.Get": {}, "github.com/gofiber/fiber/v2.Post": {},
		// One file says for each text why it is no attack.
		"github.com/a-h/templ.Raw": {"web/templates/layout"},
		// One place knows what can be configured.
		"os.Getenv": {env, "internal/testclock"}, "os.LookupEnv": {env}, "os.Environ": {env, ".", "bench/rig", "bench/widget", "bench/days"},
	}
}
