package webhook

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// moscow is noon of a day on a company's clock.
var moscow = time.Date(2026, 12, 1, 12, 0, 0, 0, time.FixedZone("", 3*60*60))

// visit is the place of most hooks below.
var visit = Place{Master: 7, Day: "2026-12-01", Start: moscow, Length: time.Hour}

func TestHooksAreReadTolerantly(t *testing.T) {
	full := `"data":{"id":11,"staff_id":7,"datetime":"2026-12-01T12:00:00+03:00","date":"2026-12-01 12:00:00","seance_length":3600,"length":3600,` +
		`"activity_id":0,"deleted":false,"last_change_date":"2026-11-30T10:00:00+0300","client":{"name":"Анна","phone":"79001112233"}}`
	whole := Hook{Company: 501, Resource: Record, ID: 11, Status: Created, Visit: Visit{Place: visit}, Changed: "2026-11-30T10:00:00+0300"}
	without := func(change func(*Hook)) Hook {
		h := whole
		change(&h)
		return h
	}
	for name, one := range map[string]struct {
		body string
		want Hook
	}{
		"whole":              {`{"company_id":501,"resource":"record","resource_id":11,"status":"create",` + full + `}`, whole},
		"numbers as strings": {`{"company_id":"501","resource":"record","resource_id":"11","status":"create",` + strings.NewReplacer(`:7,`, `:"7",`, `3600`, `"3600"`, `false`, `"0"`).Replace(full) + `}`, whole},
		"an offset without a colon": {
			`{"company_id":501,"resource":"record","resource_id":11,"status":"create",` + strings.Replace(full, `+03:00"`, `+0300"`, 1) + `}`, whole,
		},
		"the master within": {`{"company_id":501,"resource":"record","resource_id":11,"status":"create",` + strings.Replace(full, `"staff_id":7`, `"staff":{"id":7,"name":"Ольга"}`, 1) + `}`, whole},
		"no offset": {
			`{"company_id":501,"resource":"record","resource_id":11,"status":"create",` + strings.Replace(full, `"datetime":"2026-12-01T12:00:00+03:00",`, ``, 1) + `}`,
			without(func(h *Hook) { h.Visit.Start = time.Time{} }),
		},
		"a break after it": {
			`{"company_id":501,"resource":"record","resource_id":11,"status":"create",` + strings.Replace(full, `"length":3600,"activity`, `"length":3600,"technical_break_duration":900,"activity`, 1) + `}`,
			without(func(h *Hook) { h.Visit.Length = 75 * time.Minute }),
		},
		"deleted": {
			`{"company_id":501,"resource":"record","resource_id":11,"status":"update",` + strings.Replace(full, `"deleted":false`, `"deleted":1`, 1) + `}`,
			without(func(h *Hook) { h.Status, h.Visit.Gone = Updated, true }),
		},
		"a place at an event": {
			`{"company_id":501,"resource":"record","resource_id":11,"status":"create",` + strings.Replace(full, `"activity_id":0`, `"activity_id":"12"`, 1) + `}`,
			without(func(h *Hook) { h.Visit.Event = 12 }),
		},
		"no data":            {`{"company_id":501,"resource":"schedule","resource_id":7,"status":"update","data":null}`, Hook{Company: 501, Resource: Schedule, ID: 7, Status: Updated}},
		"an empty array":     {`{"company_id":501,"resource":"schedule","resource_id":"7","status":"update","data":[]}`, Hook{Company: 501, Resource: Schedule, ID: 7, Status: Updated}},
		"nonsense as data":   {`{"company_id":501,"resource":"record","resource_id":11,"status":"update","data":"x"}`, Hook{Company: 501, Resource: Record, ID: 11, Status: Updated}},
		"nonsense in data":   {`{"company_id":501,"resource":"record","resource_id":11,"status":"update","data":{"staff_id":{},"staff":[],"datetime":7,"length":"x","deleted":[]}}`, Hook{Company: 501, Resource: Record, ID: 11, Status: Updated}},
		"an unknown one":     {`{"company_id":501,"resource":"goods_operations_sale","resource_id":3,"status":"create","data":{}}`, Hook{Company: 501, Resource: "goods_operations_sale", ID: 3, Status: Created}},
		"numbers too large":  {`{"company_id":501,"resource":"record","resource_id":1e300,"status":"create","data":{"length":1e18,"staff_id":-3}}`, Hook{Company: 501, Resource: Record, Status: Created}},
		"a status of no use": {`{"company_id":501,"resource":"company","resource_id":501,"status":7,"data":{}}`, Hook{Company: 501, Resource: Company, ID: 501}},
	} {
		got, err := Read([]byte(one.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !got.Visit.Start.Equal(one.want.Visit.Start) {
			t.Errorf("%s: start %v, want %v", name, got.Visit.Start, one.want.Visit.Start)
		}
		got.Visit.Start = one.want.Visit.Start
		if !reflect.DeepEqual(got, one.want) {
			t.Errorf("%s: %+v, want %+v", name, got, one.want)
		}
	}
}

func TestWhatIsNoHookIsRefused(t *testing.T) {
	for _, body := range []string{
		``, `x`, `null`, `[]`, `7`, `"x"`, `{}`, `{"company_id":501}`, `{"company_id":0,"resource":"record"}`, `{"company_id":-1,"resource":"record"}`,
		`{"company_id":"x","resource":"record"}`, `{"company_id":501,"resource":""}`, `{"company_id":501,"resource":{}}`, `{"company_id":501,"resource":"record"`,
		`{"company_id":501,"resource":"record","data":"` + strings.Repeat("x", MaxBytes) + `"}`,
	} {
		if h, err := Read([]byte(body)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("Read(%.60s) = %+v, %v", body, h, err)
		}
	}
}

func TestResourcesThatMatter(t *testing.T) {
	for _, r := range []Resource{Record, Schedule, Master, Service, Category, Company} {
		h := Hook{Company: 501, Resource: r, ID: 7}
		if !r.Known() || len(h.Effects(nil)) == 0 {
			t.Errorf("%s: known %v, effects %v", r, r.Known(), h.Effects(nil))
		}
		for _, e := range h.Effects(nil) {
			if e.Company != 501 {
				t.Errorf("%s is about company %d", r, e.Company)
			}
		}
	}
	for _, r := range []Resource{"client", "finances_operation", "", "RECORD"} {
		if h := (Hook{Company: 501, Resource: r}); r.Known() || h.Effects(nil) != nil {
			t.Errorf("%q matters", r)
		}
	}
}

// FuzzRead reads anything: nothing panics, and what is read is within its bounds.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"company_id":501,"resource":"record","resource_id":11,"status":"create","data":{"staff_id":7,"datetime":"2026-12-01T12:00:00+03:00","length":3600}}`))
	f.Add([]byte(`{"company_id":"501","resource":"schedule","resource_id":"7","status":"update","data":[]}`))
	f.Add([]byte(`{"company_id":1e99,"resource":"record","data":{"length":"-1e9","date":"2026-02-30 10:00","deleted":"TRUE"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := Read(bytes.Clone(body))
		if err != nil {
			return
		}
		v := h.Visit
		if h.Company <= 0 || h.Resource == "" || v.Master < 0 || v.Event < 0 || v.Length < 0 || v.Length > 5*24*time.Hour {
			t.Errorf("%q: %+v", body, h)
		}
		if v.Day != "" {
			if _, err := time.Parse(time.DateOnly, v.Day); err != nil || !v.Start.IsZero() && v.Start.Format(time.DateOnly) != v.Day {
				t.Errorf("%q: day %q, start %v", body, v.Day, v.Start)
			}
		}
		var p Places
		for _, e := range h.Effects(p.Move(h)) {
			if e.Company != h.Company || e.Kind == Taken && !e.exact() {
				t.Errorf("%q: %+v", body, e)
			}
		}
		h.Effects(p.Move(h))
	})
}
