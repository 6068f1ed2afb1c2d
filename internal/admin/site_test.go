package admin

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"okoshko/internal/frames"
)

func TestPermit(t *testing.T) {
	listed := site{hosts: frames.Hosts{"https://salon.example", "https://*.tilda.ws", "http://localhost:3000", "http://plain.example", "https://10.0.0.5"}, widget: []string{"http://127.0.0.1:8080"}}
	anybody := site{hosts: frames.Hosts{"*"}, widget: []string{"http://127.0.0.1:8080", "https://booking.example"}}
	for _, tt := range []struct {
		site    site
		address string
		want    error
		local   bool
	}{
		{listed, "https://salon.example/page?x=1", nil, false},
		{listed, "https://a.tilda.ws/", nil, false},
		{listed, "http://localhost:3000/", nil, true},
		{listed, "http://127.0.0.1:8080/", nil, true}, // the widget itself
		{listed, "http://salon.example/", errNoHTTPS, false},
		{listed, "http://plain.example/", errNoHTTPS, false},
		{listed, "https://salon.example:8443/", errNotListed, false},
		{listed, "https://other.example/", errNotListed, false},
		{listed, "http://localhost:3001/", errNotListed, true},
		{listed, "http://127.0.0.1:9090/", errNotListed, true},
		{listed, "https://salon.example@evil.example/", errNoAddress, false},
		{listed, "https://user:password@salon.example/", errNoAddress, false},
		{listed, "ftp://salon.example/", errNoAddress, false},
		{listed, "file:///etc/passwd", errNoAddress, false},
		{listed, "//salon.example/", errNoAddress, false},
		{listed, "javascript:alert(1)", errNoAddress, false},
		{anybody, "https://anything.example/", nil, false},
		{anybody, "https://anything.example:443/", nil, false},
		{anybody, "https://anything.example:6379/", errPort, false},
		{anybody, "http://anything.example/", errNoHTTPS, false},
		{anybody, "https://localhost/", errPrivate, true},
		{anybody, "http://127.0.0.1:6379/", errPrivate, true},
		{anybody, "http://[::1]:9090/", errPrivate, true},
		{anybody, "http://[::ffff:127.0.0.1]/", errPrivate, true},
		{anybody, "http://127.0.0.1:8080/", nil, true},
		{anybody, "https://booking.example/", nil, false},
	} {
		u, err := url.Parse(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		if local, err := tt.site.permit(u); !errors.Is(err, tt.want) || err == nil && local != tt.local {
			t.Errorf("permit(%s) by %v = %v, %v, want %v, %v", tt.address, tt.site.hosts, local, err, tt.local, tt.want)
		}
	}
}

func TestPermitAddress(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1:443", "127.8.8.8:443", "[::1]:443", "[::ffff:127.0.0.1]:443", "0.0.0.0:443", "[::]:443", "10.1.2.3:443", "172.16.0.1:443",
		"172.31.255.255:443", "192.168.1.1:443", "169.254.169.254:80", "100.64.0.1:443", "100.127.255.255:443", "192.0.0.8:443", "198.18.0.1:443",
		"224.0.0.1:443", "240.0.0.1:443", "255.255.255.255:443", "[fe80::1%eth0]:443", "[fc00::1]:443", "[fd12:3456::1]:443", "[ff02::1]:443",
		"[fec0::1]:443", "[::ffff:10.0.0.1]:443", "[::10.0.0.1]:443", "[64:ff9b::a00:1]:443", "[64:ff9b:1::1]:443", "[2002:a00:1::1]:443", "[2001:db8::1]:443",
		"[2001::1]:443", "192.0.2.1:443", "198.51.100.1:443", "203.0.113.1:443", "nowhere", "",
	} {
		if permitAddress(address, false) == nil {
			t.Errorf("%s is fetched", address)
		}
	}
	for _, address := range []string{"93.184.216.34:443", "8.8.8.8:443", "[2606:4700::1111]:443", "172.32.0.1:443", "100.128.0.1:443", "[::ffff:8.8.8.8]:443"} {
		if err := permitAddress(address, false); err != nil {
			t.Errorf("%s is not fetched: %v", address, err)
		}
	}
	if permitAddress("127.0.0.1:80", true) != nil || permitAddress("[::1]:80", true) != nil || permitAddress("10.0.0.1:80", true) == nil {
		t.Error("leave for this machine is not leave for it alone")
	}
}

// TestNamesAreJudgedByWhereTheyLead: an allowed name that leads to a private address is not connected to.
func TestNamesAreJudgedByWhereTheyLead(t *testing.T) {
	for _, address := range []string{"http://10.255.255.1:81/", "http://169.254.169.254/latest/meta-data/"} {
		origin, _ := frames.OriginOf(address)
		_, err := site{widget: []string{origin}}.fetch(t.Context(), address) // its own, so that the address alone decides
		if !errors.Is(err, errPrivate) {
			t.Errorf("%s: %v, want %v", address, err, errPrivate)
		}
	}
	seen := 0
	local := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen++ }))
	defer local.Close()
	// A number is a name to us and an address to a resolver.
	port := local.URL[strings.LastIndexByte(local.URL, ':'):]
	for _, host := range []string{"https://2130706433", "https://127.1"} {
		if _, err := (site{hosts: frames.Hosts{host + port}}).fetch(t.Context(), host+port+"/"); err == nil {
			t.Errorf("%s is fetched", host)
		}
	}
	if seen != 0 {
		t.Errorf("%d requests came through", seen)
	}
}

func TestFetch(t *testing.T) {
	var cookies, stranger int
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stranger++ }))
	defer elsewhere.Close()
	mux := http.NewServeMux()
	html := func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" {
			cookies++
		}
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("Content-Security-Policy", "frame-src 'none'")
		html(w, "<p>Salon")
	})
	mux.Handle("/moved", http.RedirectHandler("/page", http.StatusMovedPermanently))
	mux.Handle("/away", http.RedirectHandler(elsewhere.URL+"/page", http.StatusFound))
	mux.Handle("/file", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { html(w, strings.Repeat("x", siteBody+1000)) })
	mux.HandleFunc("/picture", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "image/png") })
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	salon := httptest.NewServer(mux)
	defer salon.Close()
	s := site{hosts: frames.Hosts{salon.URL}}
	for path, want := range map[string]string{
		"/page": "", "/moved": "", "/long": "",
		"/away": "redirects to " + elsewhere.URL, "/file": "redirects to ", "/round": string(errRedirects),
		"/picture": string(errNoHTML), "/nope": "status 404", "/cut": string(errNoAnswer),
	} {
		page, err := s.fetch(t.Context(), salon.URL+path)
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", path, err, want)
		case err != nil && page.HTML != "":
			t.Errorf("%s: a page with an error", path)
		case path == "/moved" && (page.HTML != "<p>Salon" || page.URL.Path != "/page" || len(page.Policies) != 1):
			t.Errorf("%s: %+v", path, page)
		case path == "/long" && len(page.HTML) != siteBody:
			t.Errorf("%s: %d bytes", path, len(page.HTML))
		}
	}
	if cookies != 0 || stranger != 0 {
		t.Errorf("%d requests with cookies, %d to a website that is not listed", cookies, stranger)
	}
}
