package catalog

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/answers"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/webhook"
)

// near answers by a handler, without a network, so that its clock may be a virtual one.
type near struct {
	http.Handler
	takes time.Duration
}

func (n near) RoundTrip(r *http.Request) (*http.Response, error) {
	pass(n.takes) // as a server does that is some countries away
	w := httptest.NewRecorder()
	r.RemoteAddr = "192.0.2.1:1"
	if r.Body == nil {
		r.Body = http.NoBody
	}
	n.ServeHTTP(w, r)
	return w.Result(), nil
}

// pass lets time pass; only for use inside synctest, whose clock it is.
func pass(d time.Duration) { <-time.After(d) }

// crowd looks at a town's salons and books, as bench/rush lets it do with pages: what the pages ask the
// catalogue for, it asks for itself.
type crowd struct {
	box       *sandbox.Sandbox
	processes []*process // one, or several that share a store
	next      atomic.Uint64

	now      func() time.Time // of the town
	mu       sync.Mutex
	counting bool
	asked    []time.Duration // how long the pages had to wait for their answers
	busy     int             // pages that got none
	tried    int             // times that were chosen
	lost     int             // of them gone when they were chosen
}

// process is a process of the program, as far as it asks the upstream.
type process struct {
	catalog *Catalog
	client  *upstream.Client
	stop    func()
	gone    atomic.Bool
}

// gate is the budget of a process.
type gate interface {
	upstream.Gate
	Scarce() bool
	Busy() bool
}

func newCrowd(t *testing.T, hooks bool) *crowd {
	t.Helper()
	w := newTown(t, hooks, sandbox.Delay{})
	w.processes = []*process{w.start(t, budget.New(budget.Options{PerSecond: 5, PerMinute: 200}), nil, hooks, 60*time.Millisecond)}
	return w
}

// newTown is a crowd's town, without a process yet.
func newTown(t *testing.T, hooks bool, delay sandbox.Delay) *crowd {
	t.Helper()
	live := testclock.Running()
	w := &crowd{now: live.Now}
	line := hookLine{func(h webhook.Hook) { w.processes[0].catalog.Hooked(h) }}
	box, err := sandbox.New(sandbox.Options{Now: live.Now, HookTransport: line, Delay: delay, Town: &sandbox.Town{Salons: 10, Services: 40, Masters: 8, Days: 14, Grid: 30, Occupancy: 40}})
	if err != nil {
		t.Fatal(err)
	}
	w.box = box
	if hooks {
		if err := box.SetHooks("http://widget.example/hooks/x"); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// start makes a process with a gate, which shares its answers unless shared is nil. Its calls take so long on the net.
func (w *crowd) start(t *testing.T, gate gate, shared *answers.Shared, hooks bool, net time.Duration) *process {
	t.Helper()
	of := upstream.Options{BaseURL: "http://api.example", PartnerToken: "sandbox", Transport: near{w.box.Handler(), net}, Gate: gate}
	o := Options{
		BaseURL: "http://api.example", Now: w.now, Scarce: gate.Scarce, Busy: gate.Busy, MaxEntries: 20000, Hooks: hooks,
		Bookforms: Ages{Fresh: 5 * time.Minute, Soft: time.Hour, Hard: 24 * time.Hour},
		Entries:   Ages{Fresh: 2 * time.Minute, Soft: 30 * time.Minute, Hard: 24 * time.Hour},
		Dates:     Ages{Fresh: time.Minute, Soft: 5 * time.Minute, Hard: 10 * time.Minute},
		Slots:     Ages{Fresh: 15 * time.Second, Soft: 45 * time.Second, Hard: 45 * time.Second},
	}
	if shared != nil {
		of.Shared, o.Teller, o.Listening = shared, shared, shared.Listening
	}
	var err error
	p := new(process)
	if p.client, err = upstream.New(of); err != nil {
		t.Fatal(err)
	}
	o.Client = p.client
	if p.catalog, err = New(o); err != nil {
		t.Fatal(err)
	}
	if shared != nil {
		shared.Follow(p.catalog.Told, p.catalog.Missed)
		shared.FollowAnswers(p.catalog.Given)
	}
	p.stop = func() {
		p.catalog.Settle() // nothing may run when time stands still
		p.catalog.Close()
	}
	return p
}

// turn is the process that has the next page, as a balancer gives them out.
func (w *crowd) turn() *process {
	for {
		if p := w.processes[w.next.Add(1)%uint64(len(w.processes))]; !p.gone.Load() {
			return p
		}
	}
}

func (w *crowd) count(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.counting {
		change()
	}
}

// zipf picks the n-th with a chance of one n-th of the first's.
func zipf(rng *rand.Rand, n int) int {
	total := 0.0
	for i := range n {
		total += 1 / float64(i+1)
	}
	at := rng.Float64() * total
	for i := range n {
		if at -= 1 / float64(i+1); at < 0 {
			return i
		}
	}
	return n - 1
}

// one is a person of the crowd.
type one struct {
	*crowd
	*process // that has the present page
	rng      *rand.Rand
	salon    int
	company  *Company
	code     bool // the salon asks for a code
	filter   Filter
	dates    Dates
	day      string
	slots    []Slot
}

// page asks for what a page needs, again when it must, as a page does that is still looking. Every request may come to another process.
func (p *one) page(ask func(context.Context) error) error {
	start := time.Now()
	for try := 0; ; try++ {
		p.process = p.turn()
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
		err := p.known(ctx)
		if err == nil {
			err = ask(ctx)
		}
		cancel()
		if err != nil && try < 4 {
			pass(time.Second)
			continue
		}
		p.count(func() {
			p.asked = append(p.asked, time.Since(start))
			if err != nil {
				p.busy++
			}
		})
		return err
	}
}

// known asks for what a page needs of what the pages before have had, on which this process may have no part.
func (p *one) known(ctx context.Context) error {
	if p.company == nil {
		return nil
	}
	if _, err := p.catalog.Bookform(ctx, p.salon); err != nil {
		return err
	}
	if _, err := p.catalog.Company(ctx, lang, p.company.ID); err != nil {
		return err
	}
	_, err := p.catalog.Services(ctx, lang, p.company.ID, Filter{})
	return err
}

func (p *one) think(from, to float64) {
	pass(time.Duration((from + p.rng.Float64()*(to-from)) * float64(time.Second)))
}

func (p *one) shop() error {
	var services *Services
	p.salon = 1 + zipf(p.rng, 10)
	err := p.page(func(ctx context.Context) error {
		form, err := p.catalog.Bookform(ctx, p.salon)
		if err != nil {
			return err
		}
		if p.company, err = p.catalog.Company(ctx, lang, form.CompanyID); err != nil {
			return err
		}
		p.code = form.PhoneConfirmation || p.company.PhoneConfirmation
		services, err = p.catalog.Services(ctx, lang, p.company.ID, Filter{})
		return err
	})
	if err != nil {
		return err
	}
	p.think(5, 16)
	ids := services.IDs()
	p.filter.Services = []int{ids[zipf(p.rng, len(ids))]}
	var masters []Master
	if err := p.page(func(ctx context.Context) (err error) {
		masters, err = p.catalog.MastersNow(ctx, lang, p.company, p.filter)
		return err
	}); err != nil {
		return err
	}
	masters = slices.DeleteFunc(masters, func(m Master) bool { return !m.Bookable })
	if len(masters) == 0 {
		return nil
	}
	p.think(3, 9)
	if p.rng.IntN(2) == 0 {
		p.filter.Master = masters[p.rng.IntN(len(masters))].ID
	}
	if err := p.page(p.open); err != nil || p.day == "" {
		return err
	}
	return p.look()
}

// open is the datetime page with no day chosen.
func (p *one) open(ctx context.Context) (err error) {
	if p.dates, err = p.catalog.Dates(AcceptLowerBound(ctx), p.company, p.filter); err != nil {
		return err
	}
	if p.day = p.dates.FreeFrom(""); p.day == "" {
		return nil
	}
	// The page shows five weeks.
	end := p.now().In(p.company.Location).AddDate(0, 0, 5*7).Format(time.DateOnly)
	p.dates.Free = p.dates.Free[:len(p.dates.Free)-len(daysFrom(p.dates.Free, end))]
	if p.catalog.Scarce() {
		p.slots, _ = p.catalog.KnownSlots(ctx, p.company, p.day, p.filter)
		return nil
	}
	p.slots, err = p.catalog.Slots(AcceptLowerBound(ctx), p.company, p.day, p.filter)
	return err
}

func (p *one) look() error {
	for again := true; again; again = p.rng.IntN(2) == 0 {
		p.think(3, 9)
		today := p.now().In(p.company.Location).Format(time.DateOnly)
		free := slices.DeleteFunc(slices.Clone(p.dates.Free), func(d string) bool { return d < today })
		if len(free) == 0 {
			return nil
		}
		i := 0
		for i < len(free)-1 && p.rng.IntN(2) == 0 {
			i++
		}
		if free[i] == p.day && len(p.slots) > 0 {
			continue
		}
		p.day = free[i]
		if err := p.page(func(ctx context.Context) (err error) {
			p.slots, err = p.catalog.Slots(AcceptLowerBound(ctx), p.company, p.day, p.filter)
			return err
		}); err != nil {
			return err
		}
	}
	if len(p.slots) == 0 || p.rng.IntN(10) != 0 {
		return nil
	}
	p.think(3, 9)
	return p.book(p.slots[p.rng.IntN(len(p.slots))])
}

func (p *one) book(slot Slot) error {
	ctx := budget.WithPriority(context.Background(), budget.P0)
	appointments := []upstream.Appointment{{ID: 1, Services: p.filter.Services, Staff: p.filter.Master, Start: slot.Start}}
	p.count(func() { p.tried++ })
	if !p.catalog.Scarce() || !p.catalog.Listed(p.company.ID, slot.Start, p.day, p.filter) {
		if p.client.Check(ctx, p.company.ID, appointments) != nil {
			p.count(func() { p.lost++ })
			return nil //nolint:nilerr // no failure of the crowd's: it is counted
		}
	}
	p.think(18, 50)
	phone, code := fmt.Sprintf("7916%07d", p.rng.IntN(10_000_000)), ""
	if p.code {
		if err := p.client.SendCode(ctx, p.company.ID, phone, "Анна"); err != nil {
			return err
		}
		sent := p.box.Messages()
		if i := slices.IndexFunc(sent, func(m sandbox.SMS) bool { return m.Phone == phone }); i >= 0 {
			code = sent[i].Code
		}
	}
	if p.client.Check(ctx, p.company.ID, appointments) != nil {
		return nil //nolint:nilerr // somebody was faster while this one was typing
	}
	if _, err := p.client.Book(ctx, p.company.ID, upstream.BookRequest{Fullname: "Анна", Phone: phone, Email: "anna@example.com", Code: code, Appointments: appointments}); err != nil {
		return err
	}
	p.catalog.Booked(Sold{Company: p.company, Services: p.filter.Services, Master: p.filter.Master, Start: slot.Start, Length: slot.Length})
	return nil
}

// come lets people come at a rate of so many a minute, and counts what the last of them meet.
func (w *crowd) come(rate float64, lasts, counted time.Duration) {
	rng := rand.New(rand.NewPCG(uint64(rate), 2))
	var wg sync.WaitGroup
	end := time.Now().Add(lasts)
	for time.Now().Before(end) {
		pass(time.Duration(-math.Log(1-rng.Float64()) / rate * float64(time.Minute)))
		w.mu.Lock()
		w.counting = time.Until(end) <= counted
		w.mu.Unlock()
		p := &one{crowd: w, rng: rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))}
		wg.Go(func() { _ = p.shop() })
	}
	wg.Wait()
}

// TestACrowdIsFed lets a hundred and fifty people a minute come to a town behind one address, which may be
// asked 200 times a minute, in virtual time. Everybody gets his pages.
func TestACrowdIsFed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newCrowd(t, false)
		defer w.processes[0].stop()
		w.come(60, 2*time.Minute, 0)
		w.come(100, 2*time.Minute, 0)
		w.come(150, 4*time.Minute, 150*time.Second)
		slices.Sort(w.asked)
		p95 := w.asked[len(w.asked)*95/100]
		peak := w.box.Peak()
		t.Logf("%d pages, p95 %v, %d without an answer; %d of %d times gone when chosen; at most %d calls in a second, %d in a minute",
			len(w.asked), p95, w.busy, w.lost, w.tried, peak.Second, peak.Minute)
		if w.busy > 0 {
			t.Errorf("%d pages had no answer", w.busy)
		}
		if peak.Refused > 0 {
			t.Errorf("the upstream refused %d calls", peak.Refused)
		}
		if w.tried < 20 || w.lost*20 > w.tried {
			t.Errorf("%d of %d times were gone when they were chosen", w.lost, w.tried)
		}
	})
}

// glance opens one page of a salon, whichever it may be.
func (p *one) glance() {
	p.salon = 1
	_ = p.page(func(ctx context.Context) error {
		form, err := p.catalog.Bookform(ctx, 1)
		if err != nil {
			return err
		}
		if p.company, err = p.catalog.Company(ctx, lang, form.CompanyID); err != nil {
			return err
		}
		services, err := p.catalog.Services(ctx, lang, p.company.ID, Filter{})
		if err != nil || p.rng.IntN(4) != 0 {
			return err
		}
		ids := services.IDs()
		p.filter = Filter{Services: []int{ids[p.rng.IntN(len(ids))]}}
		masters, err := p.catalog.MastersNow(ctx, lang, p.company, p.filter)
		if err != nil || p.rng.IntN(2) == 0 {
			return err
		}
		if i := p.rng.IntN(len(masters) + 1); i < len(masters) {
			p.filter.Master = masters[i].ID
		}
		if err := p.open(ctx); err != nil || len(p.dates.Free) == 0 {
			return err
		}
		_, err = p.catalog.Slots(AcceptLowerBound(ctx), p.company, p.dates.Free[p.rng.IntN(len(p.dates.Free))], p.filter)
		return err
	})
}

// TestR18FiveHundredVisitorsASecond lets them come to one salon, each to a page of its forty services and eight
// masters, more than a minute long in virtual time. budget's tests show that several processes keep to the same sum.
func TestR18FiveHundredVisitorsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newCrowd(t, false)
		defer w.processes[0].stop()
		w.counting = true
		rng := rand.New(rand.NewPCG(1, 18))
		var wg sync.WaitGroup
		const visitors = 500 * 65
		for i := range visitors {
			p := &one{crowd: w, rng: rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))}
			wg.Go(p.glance)
			if i%25 == 0 {
				pass(time.Second / 20)
			}
		}
		wg.Wait()
		peak := w.box.Peak()
		t.Logf("%d pages, %d without an answer; at most %d calls in a second, %d in a minute", len(w.asked), w.busy, peak.Second, peak.Minute)
		if peak.Second > 5 || peak.Minute > 200 || peak.Refused > 0 {
			t.Errorf("%d calls in a second, %d in a minute, %d refused", peak.Second, peak.Minute, peak.Refused)
		}
		if peak.Minute < 100 || len(w.asked) != visitors || w.busy*10 > visitors {
			t.Errorf("%d calls in a minute for %d pages, %d without an answer: so many do not press on the limits, or are not served", peak.Minute, len(w.asked), w.busy)
		}
	})
}
