package webhook

import (
	"fmt"
	"testing"
	"time"
)

func TestHooksAreAdmitted(t *testing.T) {
	var i Intake
	now := moscow
	admit := func(body string) Outcome {
		_, outcome := i.Admit([]byte(body), now)
		return outcome
	}
	booked := `{"company_id":501,"resource":"record","resource_id":11,"status":"create","data":{"staff_id":7,"last_change_date":"2026-12-01T12:00:00+0300"}}`
	moved := `{"company_id":501,"resource":"record","resource_id":11,"status":"update","data":{"staff_id":8,"last_change_date":"2026-12-01T12:00:01+0300"}}`
	schedule := `{"company_id":501,"resource":"schedule","resource_id":7,"status":"update","data":[]}`
	for n, one := range []struct {
		body string
		want Outcome
	}{
		{booked, Applied},
		{booked, Repeated},
		{moved, Applied},
		{booked, Repeated},
		{moved, Repeated},
		{schedule, Applied},
		{schedule, Applied}, // the same words may tell of another change
		{`{"company_id":501,"resource":"client","resource_id":1,"status":"create","data":{}}`, Ignored},
		{`{}`, Unreadable},
		{``, Unreadable},
	} {
		if got := admit(one.body); got != one.want {
			t.Errorf("hook %d: %s, want %s", n+1, got, one.want)
		}
	}
	now = now.Add(repeatedFor)
	if got := admit(booked); got != Applied {
		t.Errorf("%v later: %s", repeatedFor, got)
	}
	i.Forget([]byte(booked))
	if got := admit(booked); got != Applied {
		t.Errorf("forgotten: %s", got)
	}
}

func TestAFloodOfHooksIsLimited(t *testing.T) {
	var i Intake
	now := moscow
	schedule := func(company int) Outcome {
		_, outcome := i.Admit(fmt.Appendf(nil, `{"company_id":%d,"resource":"schedule","resource_id":7,"status":"update","data":[]}`, company), now)
		return outcome
	}
	got := map[Outcome]int{}
	for range 100 {
		got[schedule(501)]++
	}
	if got[Applied] != perSecond || got[Crowded] != 100-perSecond {
		t.Errorf("of a hundred in a second %v, want %d applied", got, perSecond)
	}
	clear(got)
	now = now.Add(time.Second)
	for range 3 * perCompany {
		now = now.Add(time.Second / 10)
		got[schedule(502)]++
	}
	if got[Applied] != perCompany || got[Limited] != 2*perCompany {
		t.Errorf("of many of a company %v, want %d applied", got, perCompany)
	}
	if other := schedule(503); other != Applied {
		t.Errorf("another company's: %s", other)
	}
	now = now.Add(time.Minute)
	if later := schedule(502); later != Applied {
		t.Errorf("a minute later: %s", later)
	}
	for company := range 2 * maxCounted {
		now = now.Add(time.Millisecond)
		schedule(1000 + company)
	}
	if len(i.counts) > maxCounted {
		t.Errorf("%d companies are counted, want %d at most", len(i.counts), maxCounted)
	}
	for n := range maxRemembered + 300 {
		now = now.Add(time.Second / perSecond)
		i.Admit(fmt.Appendf(nil, `{"company_id":%d,"resource":"record","resource_id":%d,"status":"create","data":{"last_change_date":"x"}}`, n, n), now)
	}
	if len(i.seen) > maxRemembered {
		t.Errorf("%d hooks are remembered, want %d at most", len(i.seen), maxRemembered)
	}
}
