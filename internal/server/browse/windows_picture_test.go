package browse_test

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
)

// TestPicturesShowTheWindows: both sizes are PNG pictures of the form's language and colours, which change when a time is booked.
func TestPicturesShowTheWindows(t *testing.T) {
	t.Parallel()
	site := published(t)
	site.Clock.Stop()
	seen := map[string]string{}
	for _, ref := range []string{
		"/b/1/windows-1080x1350.png?lang=ru", "/b/1/windows-1080x1920.png?lang=ru", "/b/1/windows-1080x1350.png?lang=ru&master=50103", "/b/1/windows-1080x1350.png?lang=ru&master=50102",
		"/b/3/windows-1080x1350.png?lang=ru", "/b/24/windows-1080x1350.png?lang=he",
	} {
		resp, body := fetch(t, site, ref, "Accept-Encoding", "br")
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/png" || resp.Header.Get("Content-Encoding") != "" || resp.Header.Get("Etag") == "" {
			t.Fatalf("%s: status %d, %v", ref, resp.StatusCode, resp.Header)
		}
		config, err := png.DecodeConfig(bytes.NewReader(body))
		if size := ref[strings.Index(ref, "1080x")+5:][:4]; err != nil || config.Width != 1080 || config.Height != map[string]int{"1350": 1350, "1920": 1920}[size] || len(body) > 300_000 {
			t.Errorf("%s: %v, %d × %d in %d bytes", ref, err, config.Width, config.Height, len(body))
		}
		if other, twice := seen[string(body)]; twice {
			t.Errorf("%s and %s are one picture", ref, other)
		}
		seen[string(body)] = ref
	}
	const ref = "/b/1/windows-1080x1920.png?lang=ru"
	first, before := fetch(t, site, ref)
	site.Clock.Add(2*time.Minute + time.Second)
	if resp, _ := fetch(t, site, ref, "If-None-Match", first.Header.Get("Etag")); resp.StatusCode != http.StatusNotModified {
		t.Errorf("nothing has changed, status %d", resp.StatusCode)
	}
	windowsOf(t, site.Get("/b/1/windows?lang=ru"))
	site.To(site.Press(site.Press(site.Get("/b/1/windows?lang=ru"), "main a[data-slot]"), servertest.Takes), "done")
	if resp, after := fetch(t, site, ref, "If-None-Match", first.Header.Get("Etag")); resp.StatusCode != http.StatusOK || bytes.Equal(before, after) {
		t.Errorf("a time is booked, status %d, the same picture: %v", resp.StatusCode, bytes.Equal(before, after))
	}
}

// TestTextIsReadyToPaste: the salon, the days with the times of each master, and the address, in no more characters than a post has room
// for.
func TestTextIsReadyToPaste(t *testing.T) {
	t.Parallel()
	site := published(t)
	for _, ref := range []string{"/b/1/windows", "/b/18/windows", "/b/3/windows"} {
		resp, body := fetch(t, site, ref+".txt?lang=ru")
		text := string(body)
		p := site.Get(ref + "?lang=ru")
		if resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > 1000 {
			t.Errorf("%s: %q, %d characters", ref, resp.Header.Get("Content-Type"), utf8.RuneCountInString(text))
		}
		if !strings.Contains(text, "Свободные окошки\n") || !strings.HasSuffix(text, "\n\nЗаписаться онлайн: "+public+p.URL.RequestURI()+"\n") || strings.ContainsAny(text, "<>&") && ref != "/b/3/windows" {
			t.Errorf("%s:\n%s", ref, text)
		}
		day := p.Find("main [data-day]").First()
		if day.Length() == 0 {
			continue
		}
		card := day.Find("[data-master]").First()
		var times []string
		for _, slot := range card.Find("a[data-slot]").EachIter() {
			times = append(times, slot.Text())
		}
		if want := strings.TrimSpace(card.Find("h3").Text()) + ": " + strings.Join(times, ", "); !strings.Contains(text, want) || !strings.Contains(text, "\n\nСегодня, ") && !strings.Contains(text, "\n\nЗавтра, ") {
			t.Errorf("%s lacks %q:\n%s", ref, want, text)
		}
	}
	// What does not fit is left out, and the text says so.
	long := published(t)
	name := strings.Repeat("Анастасия Константинопольская ", 3)
	if err := long.Box.Answer(sandbox.Answer{Method: http.MethodGet, Path: "book_staff/*", Merge: map[string]any{"name": name}}); err != nil {
		t.Fatal(err)
	}
	_, body := fetch(t, long, "/b/18/windows.txt?lang=ru")
	if n := utf8.RuneCountInString(string(body)); n > 1000 || n < 800 || !strings.Contains(string(body), "Другие окошки\u00a0— в онлайн-записи\n\nЗаписаться") {
		t.Errorf("%d characters:\n%s", n, body)
	}
}

// TestChannelsOfAFullSalonSaySo: kindly where nobody is free, and honestly where it is not known.
func TestChannelsOfAFullSalonSaySo(t *testing.T) {
	t.Parallel()
	site := published(t)
	site.Fault(`{"path":"/book_staff/","status":500}`)
	if _, body := fetch(t, site, "/b/1/windows.txt?lang=en"); !strings.Contains(string(body), "can’t be shown here right now") {
		t.Errorf("nothing is known:\n%s", body)
	}
	if resp, body := fetch(t, site, "/b/1/windows.atom?lang=en"); resp.StatusCode != http.StatusOK || strings.Contains(string(body), "<entry>") {
		t.Errorf("nothing is known:\n%s", body)
	}
	full := published(t)
	if err := full.Box.Answer(sandbox.Answer{Method: http.MethodGet, Path: "book_staff/*", Merge: map[string]any{"bookable": false}}); err != nil {
		t.Fatal(err)
	}
	if _, body := fetch(t, full, "/b/1/windows.txt?lang=en"); !strings.Contains(string(body), "Everything is booked for the next days") {
		t.Errorf("nobody can be booked:\n%s", body)
	}
	unlike := map[string]bool{}
	for _, site := range []*servertest.Site{site, full, published(t)} {
		_, body := fetch(t, site, "/b/1/windows-1080x1350.png?lang=en")
		unlike[string(body)] = true
	}
	if len(unlike) != 3 {
		t.Errorf("three salons have %d pictures", len(unlike))
	}
}
