package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/temoto/robotstxt"

	"okoshko/bench/browse"
	"okoshko/bench/shop"
)

// good is a row that misses nothing.
func good() outcome {
	return outcome{booked: goalBooked, alive: true, memory: goalMemory, after: goalStore, report: shop.Report{Pages: []time.Duration{goalP95}}}
}

func TestEveryGoalIsJudged(t *testing.T) {
	if missed := good().missed(); missed != nil {
		t.Errorf("what just meets the goals missed %v", missed)
	}
	for want, spoil := range map[string]func(*outcome){
		"people": func(r *outcome) { r.booked-- },
		"pages":  func(r *outcome) { r.report.Pages[0]++ },
		"memory": func(r *outcome) { r.memory++ },
		"store":  func(r *outcome) { r.after++ },
		"truth":  func(r *outcome) { r.untrue = []string{"told of a visit that nobody booked"} },
		"alive":  func(r *outcome) { r.alive = false },
	} {
		r := good()
		spoil(&r)
		if missed := r.missed(); !slices.Equal(missed, []string{want}) {
			t.Errorf("missed %v, want %s", missed, want)
		}
		if judge([]outcome{good(), r}) == nil {
			t.Errorf("a missed goal of %s is no failure", want)
		}
	}
}

func TestTheCrowd(t *testing.T) {
	phones, from, salon := map[string]bool{}, map[string]int{}, map[int]int{}
	for _, b := range crowd() {
		phones[b.Phone] = true
		from[b.From]++
		salon[b.Salon]++
	}
	if len(phones) != people || from["203.0.113.200"] != 12 || len(from) != 9 || salon[1] != 10 || salon[2] != 10 {
		t.Errorf("%d phones, addresses %v, salons %v; want 20 phones, 12 people of one address, 8 of their own, 10 for each salon", len(phones), from, salon)
	}
}

// crawled are the paths that a crawler opens of a small site, all in all.
func crawled(t *testing.T, polite bool) []string {
	t.Helper()
	site := map[string]string{
		"/b/1":      `<a href="/b/1/service">s</a> <a href="/b/1/contact">c</a> <a href="https://elsewhere.example/">e</a> <a href="/b/1#top">t</a>`,
		"/b/2":      `<meta name="robots" content="noindex, nofollow"><a href="/b/2/hidden">h</a>`,
		"/service":  `<a href="/b/1/service?both" rel="nofollow">b</a>`,
		"otherwise": ``,
	}
	rules, err := robotstxt.FromString("User-agent: *\nDisallow: /b/*/contact\n")
	if err != nil {
		t.Fatal(err)
	}
	c := &crawler{attackers: &attackers{url: "http://widget.example"}, polite: polite, luck: lucky(1), seen: map[string]bool{}}
	if polite {
		c.rules = rules.FindGroup("bench")
	}
	var opened []string
	for range 20 {
		ref := c.next()
		path := strings.TrimPrefix(ref, c.url)
		if slices.Contains(opened, path) {
			break // it begins anew
		}
		opened = append(opened, path)
		u, err := url.Parse(ref)
		if err != nil {
			t.Fatal(err)
		}
		body, ok := site[u.Path]
		if !ok && strings.HasSuffix(u.Path, "/service") && u.RawQuery == "" {
			body = site["/service"]
		}
		c.note(browse.Page{URL: u, Status: http.StatusOK, Body: body})
	}
	slices.Sort(opened)
	return opened
}

func TestAPoliteCrawlerObeys(t *testing.T) {
	if got, want := crawled(t, true), []string{"/b/1", "/b/1/service", "/b/2"}; !slices.Equal(got, want) {
		t.Errorf("a polite crawler opened %v, want %v", got, want)
	}
	if got, want := crawled(t, false), []string{"/b/1", "/b/1/contact", "/b/1/service", "/b/1/service?both", "/b/2", "/b/2/hidden"}; !slices.Equal(got, want) {
		t.Errorf("a rude crawler opened %v, want %v", got, want)
	}
}

func TestPaceIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var quick, slow, few atomic.Int64
		pace(ctx, 100, unbounded, 10, func(int) { quick.Add(1) })
		if n := quick.Load(); n < 995 || n > 1000 {
			t.Errorf("done %d times in 10 s, want 100 a second", n)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		pace(ctx, 100, unbounded, 10, func(int) {
			slow.Add(1)
			time.Sleep(time.Second)
		})
		if n := slow.Load(); n < 90 || n > 110 {
			t.Errorf("done %d times in 10 s, want no more than 10 at once", n)
		}
		pace(t.Context(), 100, 30, 10, func(int) { few.Add(1) })
		if n := few.Load(); n != 30 {
			t.Errorf("done %d times, want 30", n)
		}
	})
}
