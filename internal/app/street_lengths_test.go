package app

import (
	"net/http"
	"strings"
	"testing"

	"okoshko/internal/sandbox"
)

var _ = addStreet("L1 how long a service takes, before a master is chosen", func(t *testing.T) {
	r := newRig(t)
	length := func(ref, service string) string {
		return strings.ReplaceAll(r.get(ref).Find("main [data-service='"+service+"']").Text(), "\u00a0", " ")
	}
	for _, tt := range []struct{ ref, service, want string }{
		{"/b/1/service?lang=en", "501001", "1 h – 1 h 15 min"}, // two masters
		{"/b/1/service?lang=ru", "501001", "1 ч – 1 ч 15 мин"},
		{"/b/1/service?lang=en", "501010", "1 h"}, // one
	} {
		if got := length(tt.ref, tt.service); !strings.Contains(got, tt.want) {
			t.Errorf("%s: the card says %q, want %q in it", tt.ref, got, tt.want)
		}
	}
	if got := length("/b/1/service?lang=en", "501010"); strings.Contains(got, "–") {
		t.Errorf("a service of one master takes %q", got)
	}
	together := func(services string) string {
		return strings.ReplaceAll(r.get("/b/1/service?lang=en&services="+services).Find("main .bar p").Text(), "\u00a0", " ")
	}
	if got := together("501010,501012"); !strings.Contains(got, "1 h 30 min") { // one master's, so it is certain
		t.Errorf("two services together take %q", got)
	}
	if got := together("501001"); strings.Contains(got, " h") { // an hour or more
		t.Errorf("a service that takes who knows how long takes %q", got)
	}
	if n := r.calls(http.MethodGet, "/api/v1/services/"); n != 1 {
		t.Errorf("the lengths cost %d calls", n)
	}
	before := r.calls(http.MethodGet, "/api/v1/services/")
	r.get("/b/5/master?lang=en")   // no services on it
	r.get("/b/10/master?lang=en")  // nor here, the service is set
	r.get("/b/12/service?lang=en") // the list of one master has lengths
	if n := r.calls(http.MethodGet, "/api/v1/services/"); n != before {
		t.Errorf("pages that show no lengths, or have them, cost %d calls", n-before)
	}
})

var _ = addStreet("L2 a partner who may not read lengths", func(t *testing.T) {
	r := newRig(t)
	if err := r.box.Answer(sandbox.Answer{Path: "services/*", Status: http.StatusForbidden, Body: []byte(`{"success":false,"data":null,"meta":{"message":"Недостаточно прав"}}`)}); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"/b/1/service?lang=en", "/b/1/service?lang=ru", "/b/1/service?lang=en&services=501010"} {
		p := r.get(ref)
		if p.status != http.StatusOK || p.Find("main [data-service]").Length() < 10 || p.Find("main [role=alert]").Length() != 0 {
			t.Errorf("%s: status %d, %d services", ref, p.status, p.Find("main [data-service]").Length())
		}
	}
	if n := r.calls(http.MethodGet, "/api/v1/services/"); n != 1 {
		t.Errorf("a refusal was asked for %d times", n)
	}
	if strings.Contains(r.log.String(), "Недостаточно прав") {
		t.Error("the upstream's words stand in the log")
	}
})
