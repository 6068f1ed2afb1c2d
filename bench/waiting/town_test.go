package waiting

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/openings"
	"okoshko/internal/quota"
	"okoshko/internal/sandbox"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/waiting"
)

const (
	salons, masters = 10, 8
	lang            = "ru-RU"
	// callsPerMinute is what the watch may ask.
	callsPerMinute = 20
)

// near answers by a handler, without a network, so that its clock may be a virtual one.
type near struct{ http.Handler }

func (n near) RoundTrip(r *http.Request) (*http.Response, error) {
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

// town is a town of salons, a program that asks about them, and the people.
type town struct {
	now     func() time.Time
	box     *sandbox.Sandbox
	client  *upstream.Client
	catalog *catalog.Catalog
	desk    *waiting.Desk // nil: nobody waits
	stops   []func()

	mu      sync.Mutex
	counted bool            // whether pages are counted
	pages   []time.Duration // how long they had to wait for their answers
	busy    int             // of them without an answer
	lost    int             // times that were gone when they were chosen
	dirty   map[int]bool    // salons whose diary has changed
	asked   []call          // by the watch
	spared  int             // questions of the watch for which there was no call
	ticks   int             // moments at which the watch has looked whether calls are scarce
	scarce  int             // of them with "yes"
}

// call is a question of the watch.
type call struct {
	waiting.Question
	at time.Time
}

// watched is the catalogue as wishes ask it, with what is asked noted.
type watched struct {
	openings.Upstream
	*town
}

func (w watched) Ask(ctx context.Context, q waiting.Question) error {
	at := w.now()
	err := w.Upstream.Ask(ctx, q)
	w.mu.Lock()
	defer w.mu.Unlock()
	if errors.Is(err, waiting.ErrNoCall) {
		w.spared++
	} else {
		w.asked = append(w.asked, call{q, at})
	}
	return err
}

// Scarce implements waiting.Upstream.
func (w watched) Scarce() bool {
	scarce := w.Upstream.Scarce()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ticks++; scarce {
		w.scarce++
	}
	return scarce
}

// newTown makes a town; messenger nil: nobody waits.
func newTown(t *testing.T, messenger waiting.Messenger) *town {
	t.Helper()
	start := testclock.Start()
	noon := time.Date(start.Year(), start.Month(), start.Day(), 12, 1, 0, 0, time.FixedZone("", 3*60*60))
	clock := testclock.RunningFrom(noon)
	w := &town{now: clock.Now, dirty: map[int]bool{}}
	var err error
	w.box, err = sandbox.New(sandbox.Options{Now: clock.Now, Delay: sandbox.Street, Town: &sandbox.Town{Salons: salons, Services: 40, Masters: masters, Days: 14, Grid: 30, Occupancy: 85}})
	must(t, err)
	gate := budget.New(budget.Options{PerSecond: 5, PerMinute: 200})
	w.client, err = upstream.New(upstream.Options{BaseURL: "http://api.example", PartnerToken: "sandbox", Transport: near{w.box.Handler()}, Gate: gate})
	must(t, err)
	noted := new(openings.Noted)
	w.catalog, err = catalog.New(catalog.Options{
		Client: w.client, BaseURL: "http://api.example", Now: clock.Now, Scarce: gate.Scarce, Busy: gate.Busy, MaxEntries: 20000, Noted: noted,
		Bookforms: catalog.Ages{Fresh: 15 * time.Minute, Soft: time.Hour, Hard: 24 * time.Hour},
		Entries:   catalog.Ages{Fresh: 10 * time.Minute, Soft: 30 * time.Minute, Hard: 24 * time.Hour},
		Dates:     catalog.Ages{Fresh: 2 * time.Minute, Soft: 5 * time.Minute, Hard: 10 * time.Minute},
		Slots:     catalog.Ages{Fresh: 15 * time.Second, Soft: 45 * time.Second, Hard: 45 * time.Second},
	})
	must(t, err)
	w.stops = append(w.stops, w.catalog.Close, w.catalog.Settle) // the last one goes first: nothing may run when time stands still
	if messenger == nil {
		return w
	}
	kept := store.NewMemory(clock.Now)
	w.desk, err = waiting.New(waiting.Options{
		Store: kept, Quotas: quota.New(kept, clock.Now), Keys: [][]byte{[]byte("0123456789abcdef0123456789abcdef")}, Now: clock.Now, Messenger: messenger,
		Upstream:       watched{openings.Upstream{Catalog: w.catalog, Now: clock.Now, UpstreamLang: func(string) string { return lang }}, w},
		CallsPerMinute: callsPerMinute,
	})
	must(t, err)
	noted.To(w.desk)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.desk.Run(ctx)
	}()
	w.stops = append(w.stops, func() {
		cancel()
		<-ended
	})
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *town) stop() {
	for _, stop := range slices.Backward(w.stops) {
		stop()
	}
}

// changed notes that a salon's diary has changed.
func (w *town) changed(company int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dirty[company] = true
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

// shopper looks at a salon as people do, and one in ten books.
type shopper struct {
	*town
	rng     *rand.Rand
	company *catalog.Company
	filter  catalog.Filter
	free    []string
	slots   []catalog.Slot
}

// page asks for what a page needs, again when it must, as a page does that is still looking.
func (p *shopper) page(ask func(context.Context) error) error {
	start := p.now()
	for try := 0; ; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
		err := ask(ctx)
		cancel()
		if err != nil && try < 4 {
			pass(time.Second)
			continue
		}
		p.mu.Lock()
		if p.counted {
			p.pages = append(p.pages, p.now().Sub(start))
			if err != nil {
				p.busy++
			}
		}
		p.mu.Unlock()
		return err
	}
}

func (p *shopper) think(from, to float64) {
	pass(time.Duration((from + p.rng.Float64()*(to-from)) * float64(time.Second)))
}

func (p *shopper) shop() {
	var services *catalog.Services
	salon := 1 + zipf(p.rng, salons)
	if p.page(func(ctx context.Context) error {
		form, err := p.catalog.Bookform(ctx, salon)
		if err != nil {
			return err
		}
		if p.company, err = p.catalog.Company(ctx, lang, form.CompanyID); err != nil {
			return err
		}
		services, err = p.catalog.Services(ctx, lang, p.company.ID, catalog.Filter{})
		return err
	}) != nil {
		return
	}
	p.think(5, 16)
	ids := services.IDs()
	p.filter.Services = []int{ids[zipf(p.rng, len(ids))]}
	var can []catalog.Master
	if p.page(func(ctx context.Context) (err error) {
		can, err = p.catalog.MastersNow(ctx, lang, p.company, p.filter)
		return err
	}) != nil {
		return
	}
	can = slices.DeleteFunc(slices.Clone(can), func(m catalog.Master) bool { return !m.Bookable })
	if len(can) == 0 {
		return
	}
	p.think(3, 9)
	if p.rng.IntN(2) == 0 {
		p.filter.Master = can[p.rng.IntN(len(can))].ID
	}
	if p.page(func(ctx context.Context) error {
		dates, err := p.catalog.Dates(catalog.AcceptLowerBound(ctx), p.company, p.filter)
		p.free = dates.Free
		return err
	}) != nil {
		return
	}
	for day := 0; day < len(p.free); {
		if p.page(func(ctx context.Context) (err error) {
			p.slots, err = p.catalog.Slots(catalog.AcceptLowerBound(ctx), p.company, p.free[day], p.filter)
			return err
		}) != nil {
			return
		}
		p.think(3, 9)
		if p.rng.IntN(2) == 0 {
			break
		}
		for day++; day < len(p.free)-1 && p.rng.IntN(2) == 0; day++ {
			continue
		}
	}
	if len(p.slots) > 0 && p.rng.IntN(10) == 0 {
		p.book(p.slots[p.rng.IntN(len(p.slots))])
	}
}

func (p *shopper) book(slot catalog.Slot) {
	p.think(18, 50)
	if p.town.book(p.rng, p.company, p.filter, slot) == nil {
		p.mu.Lock()
		p.lost++
		p.mu.Unlock()
	}
}

// book books a visit; nil: it could not be.
func (w *town) book(rng *rand.Rand, company *catalog.Company, f catalog.Filter, slot catalog.Slot) *upstream.Booked {
	ctx := budget.WithPriority(context.Background(), budget.P0)
	phone, code := fmt.Sprintf("7916%07d", rng.IntN(10_000_000)), ""
	if company.PhoneConfirmation {
		if w.client.SendCode(ctx, company.ID, phone, "Анна") != nil {
			return nil
		}
		sent := w.box.Messages()
		if i := slices.IndexFunc(sent, func(m sandbox.SMS) bool { return m.Phone == phone }); i >= 0 {
			code = sent[i].Code
		}
	}
	booked, err := w.client.Book(ctx, company.ID, upstream.BookRequest{
		Fullname: "Анна", Phone: phone, Email: "anna@example.com", Code: code,
		Appointments: []upstream.Appointment{{ID: 1, Services: f.Services, Staff: f.Master, Start: slot.Start}},
	})
	if err != nil || len(booked) == 0 {
		return nil
	}
	w.catalog.Booked(catalog.Sold{Company: company, Services: f.Services, Master: f.Master, Start: slot.Start, Length: slot.Length})
	w.changed(company.ID)
	return &booked[0]
}

// come lets shoppers come at a rate of so many a minute.
func (w *town) come(rate float64, lasts time.Duration, seed uint64) {
	rng := rand.New(rand.NewPCG(uint64(rate), seed))
	var wg sync.WaitGroup
	for end := w.now().Add(lasts); w.now().Before(end); {
		pass(time.Duration(-math.Log(1-rng.Float64()) / rate * float64(time.Minute)))
		p := &shopper{town: w, rng: rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))}
		wg.Go(p.shop)
	}
	wg.Wait()
}

// desks let the salons' desks book, cancel and move, so many times a minute.
func (w *town) desks(done <-chan struct{}, perMinute int, seed uint64) {
	luck := rand.New(rand.NewPCG(3, 4+seed))
	for {
		select {
		case <-done:
			return
		case <-time.After(time.Duration(luck.Int64N(int64(2 * time.Minute / time.Duration(perMinute))))):
		}
		work := []sandbox.DeskWork{sandbox.DeskBooks, sandbox.DeskBooks, sandbox.DeskCancels, sandbox.DeskMoves}[luck.IntN(4)]
		company := sandbox.TownCompany + luck.IntN(salons)
		if w.box.Desk(company, work, luck) {
			w.changed(company)
		}
	}
}
