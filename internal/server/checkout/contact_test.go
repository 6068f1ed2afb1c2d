package checkout_test

import (
	"net/http"
	"testing"
	"time"

	"okoshko/internal/clock"
	"okoshko/internal/servertest"
)

// asked is how often the upstream was asked for the times of a day and for a check.
func asked(site *servertest.Site) (times, checks int) {
	return site.Calls(http.MethodGet, "/book_times/"), site.Calls(http.MethodPost, "/book_check/")
}

func TestAListedTimeCostsNothingUntilTheBooking(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	times := site.DaysAhead(site.ToAhead(site.Get("/b/1?lang=en"), "datetime"))
	listed, checked := asked(site)
	contact := site.Onward(times)
	if n, m := asked(site); contact.Step() != "contact" || n != listed || m != checked {
		t.Errorf("a time that was just listed: step %q, %d lists and %d checks; want contact and none", contact.Step(), n-listed, m-checked)
	}
	site.Clock.Add(10 * time.Minute) // the list is too old for anything
	confirm := site.Onward(contact)
	if n, m := asked(site); confirm.Step() != "confirm" || n != listed || m != checked {
		t.Errorf("the form sent: step %q, %d lists and %d checks; want confirm and none", confirm.Step(), n-listed, m-checked)
	}
	done := site.Onward(confirm)
	if n, m := asked(site); done.Step() != "done" || n != listed || m != checked+1 {
		t.Errorf("booked: step %q, %d lists and %d checks; want done and one check", done.Step(), n-listed, m-checked)
	}
	again := site.Get(contact.URL.String())
	if again.Step() == "contact" {
		t.Error("the time that was sold can be chosen once more")
	}
}

func TestATimeThatWasNotListedIsChecked(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	contact := site.ToAhead(site.Get("/b/1?lang=en"), "contact")
	site.Clock.Add(time.Minute)
	listed, checked := asked(site)
	if p := site.Get(contact.URL.String()); p.Step() != "contact" {
		t.Fatalf("a free time leads to step %q", p.Step())
	}
	if n, m := asked(site); n != listed || m != checked+1 {
		t.Errorf("a time of an old list: %d lists and %d checks, want one check alone", n-listed, m-checked)
	}
}

// TestTheContactFormDoesNotWaitForItsCheck while calls are scarce: the upstream takes longer to answer than a page may.
func TestTheContactFormDoesNotWaitForItsCheck(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	contact := site.ToAhead(site.Get("/b/1?lang=en"), "contact")
	site.Clock.Add(time.Minute)
	_, checked := asked(site)
	site.Fault(`{"path":"/book_check/","latency_ms":5000}`)
	site.Scarce.Store(true)
	passed := clock.Stopwatch()
	p := site.Get(contact.URL.String())
	if took := passed(); p.Step() != "contact" || p.Find("main [name=fullname]").Length() != 1 || took > 4*time.Second {
		t.Errorf("step %q after %v, want the form at once", p.Step(), took)
	}
	site.Mend()
	done := site.Onward(site.Onward(p))
	if _, n := asked(site); done.Step() != "done" || n == checked {
		t.Errorf("booked: step %q after %d checks, want done and a check", done.Step(), n-checked)
	}
}
