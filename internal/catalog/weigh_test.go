package catalog

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/upstream"
)

// bigSalon answers for a salon with many services, whatever it is asked, and leaves out those that are chosen.
func bigSalon(t *testing.T, services int) string {
	t.Helper()
	all := make([]string, services)
	for id := range all {
		all[id] = fmt.Sprintf(`{"id":%d,"title":"Service %[1]d of a salon with a long list","category_id":%d,"active":1,"price_min":1000,"price_max":%[1]d,"seance_length":3600,"comment":%[3]q}`,
			id+1, id%20, strings.Repeat(fmt.Sprintf("What is done in service %d. ", id), 8))
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list := slices.Clone(all)
		if chosen, err := strconv.Atoi(r.URL.Query().Get("service_ids[]")); err == nil {
			list = slices.Delete(list, chosen-1, chosen)
		}
		_, _ = io.WriteString(w, `{"success":true,"data":{"category":[],"events":[],"services":[`+strings.Join(list, ",")+`]}}`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestNarrowedListsShareTheWholeOne: every set of chosen services is an answer of its own, and one visitor can ask for
// hundreds of them. They hold what the whole list holds only once.
func TestNarrowedListsShareTheWholeOne(t *testing.T) {
	const services, sets = 1500, 25
	client, err := upstream.New(upstream.Options{BaseURL: bigSalon(t, services), PartnerToken: "t"})
	if err != nil {
		t.Fatal(err)
	}
	day := Ages{Fresh: 24 * time.Hour, Soft: 24 * time.Hour, Hard: 24 * time.Hour}
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	c, err := New(Options{Client: client, BaseURL: "http://x", Now: func() time.Time { return now }, Bookforms: day, Entries: day, Dates: day, Slots: day, MaxBytes: 8 << 20, MaxEntries: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ask := func(f Filter) *Services {
		t.Helper()
		list, err := c.Services(context.Background(), "en-US", 1, f)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	whole := ask(Filter{})
	if len(whole.IDs()) != services {
		t.Fatalf("%d services, want %d", len(whole.IDs()), services)
	}
	before := heap()
	for i := range sets {
		narrowed := ask(Filter{Services: []int{1 + i}})
		if n := len(narrowed.IDs()); n != services-1 || narrowed.Find(1+i) != nil {
			t.Fatalf("a narrowed list has %d services", n)
		}
		if narrowed.Find(700) != whole.Find(700) {
			t.Fatal("a narrowed list has a copy of a service")
		}
		for _, category := range narrowed.Categories {
			for _, service := range category.Services {
				if service != whole.Find(service.ID) {
					t.Fatal("a category of a narrowed list has a copy of a service")
				}
			}
		}
	}
	grown := (heap() - before) / sets
	if alone := whole.weight; grown > alone/8 {
		t.Errorf("a narrowed list takes %d kB, the whole one %d kB", grown>>10, alone>>10)
	}
	runtime.KeepAlive(c)
}

// TestCacheIsBoundedByBytes: lists that share nothing stay below the memory that is there for them.
func TestCacheIsBoundedByBytes(t *testing.T) {
	const most = 8 << 20
	client, err := upstream.New(upstream.Options{BaseURL: bigSalon(t, 1500), PartnerToken: "t"})
	if err != nil {
		t.Fatal(err)
	}
	day := Ages{Fresh: 24 * time.Hour, Soft: 24 * time.Hour, Hard: 24 * time.Hour}
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	c, err := New(Options{Client: client, BaseURL: "http://x", Now: func() time.Time { return now }, Bookforms: day, Entries: day, Dates: day, Slots: day, MaxBytes: most, MaxEntries: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	before := heap()
	for company := 1; company <= 20; company++ {
		if _, err := c.Services(context.Background(), "en-US", company, Filter{}); err != nil {
			t.Fatal(err)
		}
	}
	c.cache.entries.CleanUp()
	if w := c.Weight(); w > most || w < most/2 {
		t.Errorf("the answers weigh %d kB, want about %d", w>>10, most>>10)
	}
	// What an entry is said to take is about what it takes.
	if grown := heap() - before; grown > most*3/2 {
		t.Errorf("the heap has grown by %d kB, want %d at most", grown>>10, most*3/2>>10)
	}
	runtime.KeepAlive(c)
}

func TestWeighCountsWhatAnAnswerHolds(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	zone := time.FixedZone("x", 3600)
	for name, tt := range map[string]struct {
		value       any
		least, most int
	}{
		"nothing":   {nil, 0, 0},
		"a number":  {1, 0, 64},
		"a text":    {long, 10_000, 10_200},
		"a pointer": {&Company{Title: long, Location: zone}, 10_000, 10_800},
		"a list":    {[]*Company{{Title: long}, {Title: long}}, 20_000, 21_600},
		"days":      {Dates{Free: make([]string, 100)}, 1600, 1800},
		"masters":   {staff{masters: []Master{{About: long, Slots: make([]Slot, 100)}}}, 12_000, 16_000},
		"a map":     {map[string]string{"a": long}, 10_000, 10_200},
	} {
		if got := weigh(key{}, entry{value: tt.value}) - ofEntry; got < tt.least || got > tt.most {
			t.Errorf("%s weighs %d, want between %d and %d", name, got, tt.least, tt.most)
		}
	}
}
