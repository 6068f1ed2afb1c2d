package webhook

import (
	"slices"
	"testing"
	"time"
)

func TestEffectsOfRecords(t *testing.T) {
	at := func(change func(*Place)) Place {
		p := visit
		change(&p)
		return p
	}
	tomorrow := at(func(p *Place) { p.Day, p.Start = "2026-12-02", p.Start.AddDate(0, 0, 1) })
	later := at(func(p *Place) { p.Start = p.Start.Add(time.Hour) })
	longer := at(func(p *Place) { p.Length *= 2 })
	elsewhere := at(func(p *Place) { p.Master = 8 })
	noLength := at(func(p *Place) { p.Length = 0 })
	taken := func(p Place) Effect { return Effect{Kind: Taken, Company: 501, Place: p} }
	times := func(master int, day string, start time.Time) Effect {
		return Effect{Kind: Times, Company: 501, Place: Place{Master: master, Day: day, Start: start}}
	}
	then := visit.Start
	freed := func(p Place) Effect {
		return Effect{Kind: Freed, Company: 501, Place: Place{Master: p.Master, Day: p.Day, Start: p.Start}}
	}
	for name, one := range map[string]struct {
		status Status
		visit  Visit
		before *Place
		want   []Effect
	}{
		"booked":                         {Created, Visit{Place: visit}, nil, []Effect{taken(visit)}},
		"booked, of no known length":     {Created, Visit{Place: noLength}, nil, []Effect{times(7, visit.Day, then)}},
		"booked, without data":           {Created, Visit{}, nil, []Effect{times(0, "", time.Time{})}},
		"noted that the customer came":   {Updated, Visit{Place: visit}, &visit, []Effect{taken(visit)}},
		"changed, not known before":      {Updated, Visit{Place: visit}, nil, []Effect{taken(visit)}},
		"moved to another day":           {Updated, Visit{Place: tomorrow}, &visit, []Effect{taken(tomorrow), freed(visit)}},
		"moved within the day":           {Updated, Visit{Place: later}, &visit, []Effect{taken(later), freed(visit)}},
		"moved to another master":        {Updated, Visit{Place: elsewhere}, &visit, []Effect{taken(elsewhere), freed(visit)}},
		"moved, of no known length":      {Updated, Visit{Place: noLength}, &visit, []Effect{times(7, visit.Day, then), freed(visit)}},
		"made longer":                    {Updated, Visit{Place: longer}, &visit, []Effect{taken(longer)}},
		"made shorter":                   {Updated, Visit{Place: visit}, &longer, []Effect{taken(visit), freed(longer)}},
		"changed, without data":          {Updated, Visit{}, &visit, []Effect{times(0, "", time.Time{}), freed(visit)}},
		"cancelled":                      {Deleted, Visit{Place: visit}, &visit, []Effect{freed(visit)}},
		"cancelled, not known before":    {Deleted, Visit{Place: visit}, nil, []Effect{freed(visit)}},
		"cancelled, without data":        {Deleted, Visit{}, &visit, []Effect{freed(visit)}},
		"cancelled, nothing known":       {Deleted, Visit{}, nil, []Effect{times(0, "", time.Time{})}},
		"marked as deleted":              {Updated, Visit{Place: visit, Gone: true}, &visit, []Effect{freed(visit)}},
		"a place at an event":            {Created, Visit{Place: visit, Event: 12}, nil, []Effect{{Kind: Events, Company: 501}}},
		"a place at an event given back": {Deleted, Visit{Place: visit, Event: 12}, &visit, []Effect{{Kind: Events, Company: 501}}},
	} {
		h := Hook{Company: 501, Resource: Record, ID: 11, Status: one.status, Visit: one.visit}
		if got := h.Effects(one.before); !slices.Equal(got, one.want) {
			t.Errorf("%s: %+v, want %+v", name, got, one.want)
		}
	}
}

func TestPlacesOfRecordsAreRemembered(t *testing.T) {
	var p Places
	hook := func(id int, status Status, at Place) Hook {
		return Hook{Company: 501, Resource: Record, ID: id, Status: status, Visit: Visit{Place: at}}
	}
	moved := visit
	moved.Day, moved.Start = "2026-12-02", moved.Start.AddDate(0, 0, 1)
	if before := p.Move(hook(11, Created, visit)); before != nil {
		t.Errorf("before the first hook it stood at %+v", before)
	}
	if before := p.Move(hook(11, Updated, moved)); before == nil || *before != visit {
		t.Errorf("before it was moved it stood at %+v, want %+v", before, visit)
	}
	if before := p.Move(hook(11, Deleted, Place{})); before == nil || *before != moved {
		t.Errorf("before it was cancelled it stood at %+v, want %+v", before, moved)
	}
	if before := p.Move(hook(11, Updated, visit)); before != nil {
		t.Errorf("a cancelled visit stands at %+v", before)
	}
	other := hook(11, Updated, visit)
	other.Company = 502
	if before := p.Move(other); before != nil {
		t.Error("the same number is another record at another company")
	}
	for id := range 2 * maxPlaces {
		p.Move(hook(100+id, Created, visit))
	}
	if len(p.at) > maxPlaces || len(p.ring) > maxPlaces {
		t.Errorf("%d places are remembered, want %d at most", len(p.at), maxPlaces)
	}
	if before := p.Move(hook(100+2*maxPlaces-1, Updated, moved)); before == nil {
		t.Error("the last one is not remembered")
	}
}
