package rig

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// TestDesksDoTwiceAsMuchAsTheWidget books visits past the widget's pages and counts what desks have done ten minutes later.
func TestDesksDoTwiceAsMuchAsTheWidget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := testclock.Standing().Now
		box, err := sandbox.New(sandbox.Options{Now: now, NoLimits: true, Town: &sandbox.Town{Salons: 2, Services: 5, Masters: 5, Days: 20}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var desks Desks
		ended := make(chan struct{})
		go func() {
			desks.Work(ctx, box, 2, 1, 1)
			close(ended)
		}()
		booked := book(t, box, now(), 20)
		time.Sleep(10 * time.Minute)
		cancel()
		<-ended
		if booked < 5 || desks.Sum() != booked*deskShare {
			t.Errorf("the widget has booked %d, the desks have %v; want twice as much", booked, &desks)
		}
	})
}

// TestSalonsAreVisitedByTheirRank counts how often each one is picked.
func TestSalonsAreVisitedByTheirRank(t *testing.T) {
	luck := rand.New(rand.NewPCG(1, 1))
	var picked [4]int
	for range 10_000 {
		picked[Zipf(luck, len(picked))]++
	}
	for i, n := range picked {
		want := 4800 / (i + 1) // of 1 + 1/2 + 1/3 + 1/4
		if n < want*9/10 || n > want*11/10 {
			t.Errorf("rank %d was picked %d times, want about %d", i+1, n, want)
		}
	}
}

// book books through the API at the first salon, each day at noon where somebody is free, and says how many visits were booked.
func book(t *testing.T, box *sandbox.Sandbox, now time.Time, days int) int {
	t.Helper()
	for day := 1; day < days; day++ {
		for service := sandbox.TownCompany * 1000; service < sandbox.TownCompany*1000+5; service++ {
			if !box.Free(sandbox.TownCompany, 0, []int{service}, noon(now, day)) {
				continue
			}
			body := fmt.Sprintf(`{"phone":"7916555%04d","fullname":"Анна","appointments":[{"id":1,"services":[%d],"staff_id":0,"datetime":%q}]}`,
				day, service, noon(now, day).Format(time.RFC3339))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/book_record/"+strconv.Itoa(sandbox.TownCompany), strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer sandbox")
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if box.Handler().ServeHTTP(w, r); w.Code != http.StatusCreated {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			break
		}
	}
	return len(box.Booked())
}

func noon(now time.Time, ahead int) time.Time {
	zone := time.FixedZone("", 3*60*60)
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+ahead, 12, 0, 0, 0, zone)
}
