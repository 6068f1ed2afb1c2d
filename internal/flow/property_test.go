package flow

import (
	"math"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"okoshko/internal/urls"
)

// drawBookform makes any bookform at all: steps missing, repeated, unknown, numbered at random.
func drawBookform(t *rapid.T) Bookform {
	f := Bookform{
		GroupID:   rapid.SampledFrom([]int{0, 0, 7}).Draw(t, "group"),
		CompanyID: rapid.IntRange(1, 3).Draw(t, "company"),
	}
	kinds := append(documented(), "comfirm", "")
	for range rapid.IntRange(0, 9).Draw(t, "steps") {
		f.Steps = append(f.Steps, StepConfig{
			Step:           rapid.SampledFrom(kinds).Draw(t, "step"),
			Num:            rapid.OneOf(rapid.IntRange(-1, 7), rapid.SampledFrom([]int{math.MinInt, math.MaxInt})).Draw(t, "num"),
			Hidden:         rapid.Bool().Draw(t, "hidden"),
			Default:        rapid.IntRange(-1, 3).Draw(t, "default"),
			HasDefault:     rapid.Bool().Draw(t, "has default"),
			DateHidden:     rapid.Bool().Draw(t, "date hidden"),
			TimeHidden:     rapid.Bool().Draw(t, "time hidden"),
			DateDefault:    rapid.SampledFrom([]string{"", "0000-00-00", "2026-12-01", "2026-12-02"}).Draw(t, "date"),
			TimeDefault:    time.Duration(rapid.IntRange(-1, 25).Draw(t, "hour")) * time.Hour,
			HasTimeDefault: rapid.Bool().Draw(t, "has time"),
		})
	}
	return f
}

func drawSlot(t *rapid.T) time.Time {
	zone := time.FixedZone("Somewhere", rapid.IntRange(-12*60, 14*60).Draw(t, "offset")*60)
	return time.Date(2026, 12, rapid.IntRange(1, 3).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, zone)
}

func drawChoice(t *rapid.T) Choice {
	v := Choice{
		ID:       rapid.IntRange(-1, 3).Draw(t, "id"),
		Services: rapid.SliceOfN(rapid.IntRange(-1, 30), 0, maxServices+3).Draw(t, "services"),
		Date:     rapid.SampledFrom([]string{"", "2026-12-01", "2026-02-30", "soon"}).Draw(t, "date"),
	}
	if rapid.Bool().Draw(t, "with time") {
		v.Slot = drawSlot(t)
	}
	return v
}

// drawLink makes the query of a link from anywhere: some of it sound, some of it not.
func drawLink(t *rapid.T) url.Values {
	q := url.Values{}
	for _, p := range []struct {
		name   string
		values []string
	}{
		{urls.QueryCity, []string{"1", "2", "0", "x"}},
		{urls.QueryCompany, []string{"1", "2", ""}},
		{urls.QueryServices, []string{"1", "1,2", "2,1", "1,1", ","}},
		{urls.QueryMaster, []string{"0", "-1", "1", "2", "-2"}},
		{urls.QueryDate, []string{"2026-12-01", "2026-02-30"}},
		{urls.QuerySlot, []string{"2026-12-01T12:00:00+03:00", "2026-12-02T09:00:00Z", "2026-12-01T12:00:00 03:00", "noon"}},
		{urls.QueryThen, []string{"7", "0", "x"}},
		{urls.QueryLang, []string{"ru", "..", "lv"}},
	} {
		for range rapid.SampledFrom([]int{0, 1, 1, 1, 2}).Draw(t, p.name+" times") {
			q.Add(p.name, rapid.SampledFrom(p.values).Draw(t, p.name))
		}
	}
	return q
}

// TestNoSequenceReachesAnIllegalState goes through random forms by links, edits, steps back and
// reloads, and looks at every state on the way.
func TestNoSequenceReachesAnIllegalState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		form := drawBookform(t)
		j := Plan(form)
		mustBeWhole(t, form, j)
		c := j.Apply(Choices{})
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) { mustBeLegal(t, j, c) },
			"link": func(t *rapid.T) {
				link, _ := ParseChoices(drawLink(t))
				c = j.Apply(link)
			},
			"reload": func(t *rapid.T) {
				q, err := url.ParseQuery(c.Encode())
				again, bad := ParseChoices(q)
				if err != nil || len(bad) > 0 {
					t.Fatalf("%+v does not survive a URL: %v", c, bad)
				}
				c = j.Apply(again)
			},
			"choose": func(t *rapid.T) {
				step := rapid.SampledFrom(documented()).Draw(t, "at")
				before, v := c, drawChoice(t)
				c = j.Set(step, c, v)
				if again := j.Set(step, c, v); again.Encode() != c.Encode() {
					t.Fatalf("Set(%s) twice = %s, then %s", step, c.Encode(), again.Encode())
				}
				mustKeepTheTimeHonest(t, j, step, before, c)
			},
			"take back": func(t *rapid.T) {
				step := rapid.SampledFrom(documented()).Draw(t, "at")
				before := c
				c = j.Clear(step, c)
				if j.Has(step) && step != Contact && step != Confirm && j.Decided(step, c) {
					t.Fatalf("Clear(%s) of %s = %s, where it is still decided", step, before.Encode(), c.Encode())
				}
				mustKeepTheTimeHonest(t, j, step, before, c)
			},
			"go on": func(t *rapid.T) {
				step := j.Next(c)
				before := c
				if next, ok := j.Sole(step, c, []int{rapid.IntRange(1, 3).Draw(t, "only")}); ok {
					c = next
				} else {
					c = j.Preselected(step, c)
				}
				mustKeepTheTimeHonest(t, j, step, before, c)
			},
			"the form's own time": func(t *rapid.T) {
				next, ok := j.FixedSlot(c, []time.Time{drawSlot(t), drawSlot(t)})
				if ok && (!j.FixesTime() || !slices.Contains(DaysOf(next.Slot), j.Apply(c).Date) || !j.Offers(next.Slot)) {
					t.Fatalf("FixedSlot(%s) = %s", c.Encode(), next.Encode())
				}
				c = next
			},
		})
	})
}

// mustBeWhole checks that whatever a form says, its journey has what a booking needs.
func mustBeWhole(t *rapid.T, form Bookform, j Journey) {
	steps := j.Steps()
	for i, step := range steps {
		if slices.Contains(steps[:i], step) || !slices.Contains(documented(), step) {
			t.Fatalf("Steps() = %v: %q is repeated or unknown", steps, step)
		}
	}
	if !slices.Contains(steps, Contact) {
		t.Fatalf("Steps() = %v, without contact", steps)
	}
	if form.GroupID == 0 && (j.Has(City) || j.Has(Company)) {
		t.Fatalf("Steps() = %v of a form outside a chain", steps)
	}
	if last := steps[len(steps)-1]; last != Contact && (last != Confirm || steps[len(steps)-2] != Contact) {
		t.Fatalf("Steps() = %v: contact and confirm are not last", steps)
	}
}

// mustBeLegal checks a state for what must be true of every one.
func mustBeLegal(t *rapid.T, j Journey, c Choices) {
	mustRoundTrip(t, c)
	if again := j.Apply(c); !reflect.DeepEqual(again, c) {
		t.Fatalf("Apply(%+v) = %+v: what the form fixes was not applied", c, again)
	}
	if !c.Slot.IsZero() && c.Slot.Format(time.DateOnly) != c.Date {
		t.Fatalf("%+v: the time is on another day", c)
	}
	next := j.Next(c)
	if !j.MayOpen(next, c) {
		t.Fatalf("%s: Next = %s, which may not be opened", c.Encode(), next)
	}
	for i, step := range j.Order() {
		if !j.MayOpen(step, c) {
			continue
		}
		for _, earlier := range j.Order()[:i] {
			if earlier != Contact && j.PageOf(earlier) != j.PageOf(step) && !j.Decided(earlier, c) {
				t.Fatalf("%s: %s may be opened while %s is undecided", c.Encode(), step, earlier)
			}
		}
	}
	if !j.MayOpen(Contact, c) {
		return
	}
	if c.Company == 0 || c.Slot.IsZero() || !c.HasMaster || len(c.Services) == 0 && j.Has(Service) {
		t.Fatalf("%+v: contact may be opened", c)
	}
	if j.Has(Confirm) != j.MayOpen(Confirm, c) {
		t.Fatalf("%s: confirm may not be opened after contact", c.Encode())
	}
}

// mustKeepTheTimeHonest checks that no change leaves a time that was chosen for another appointment,
// unless the customer chooses the time first and the rest under it.
func mustKeepTheTimeHonest(t *rapid.T, j Journey, changed Step, before, after Choices) {
	if after.Slot.IsZero() || changed == Datetime {
		return
	}
	if !after.Slot.Equal(before.Slot) {
		t.Fatalf("a change of %s made the time %v of %v", changed, after.Slot, before.Slot)
	}
	order := j.Order()
	first := func(s Step) bool { return slices.Index(order, s) < slices.Index(order, Datetime) }
	if before.Company != after.Company {
		t.Fatalf("the time of company %d is left for company %d", before.Company, after.Company)
	}
	if first(Service) && len(before.Services) > 0 && !sameServices(before.Services, after.Services) {
		t.Fatalf("the time for services %v is left for %v", before.Services, after.Services)
	}
	if first(Master) && (before.Master != after.Master || before.HasMaster != after.HasMaster) {
		t.Fatalf("the time of master %d is left for %d", before.Master, after.Master)
	}
}

// TestEveryJourneyEnds chooses at every step that is asked, whatever the form, and is done after
// no more steps than there are.
func TestEveryJourneyEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := Plan(drawBookform(t))
		link, _ := ParseChoices(drawLink(t))
		c := j.Apply(link)
		for range j.Order() {
			step := j.Next(c)
			if step == Contact {
				return
			}
			id, slot := rapid.IntRange(1, 3).Draw(t, "id"), drawSlot(t)
			if step == Datetime && !j.Offers(slot) {
				if c = j.Set(step, c, Choice{Slot: slot}); j.Decided(step, c) {
					t.Fatalf("%s takes %s, which the form does not offer", c.Encode(), slot)
				}
				t.Skip("no such time")
			}
			c = j.Set(step, c, Choice{ID: id, Services: []int{id}, Slot: slot})
			if !j.Decided(step, c) {
				t.Fatalf("%s is undecided after a choice: %s", step, c.Encode())
			}
		}
		if !j.Ready(c) {
			t.Fatalf("%s after %d choices: next is %s", c.Encode(), len(j.Order()), j.Next(c))
		}
	})
}

func TestChoicesSurviveAURL(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Choices{
			City:    rapid.IntRange(0, maxID).Draw(t, "city"),
			Company: rapid.IntRange(0, maxID).Draw(t, "company"),
			Lang:    rapid.SampledFrom([]string{"", "ru", "lv", "ru-RU", "uk_UK"}).Draw(t, "lang"),
		}
		if ids := rapid.SliceOfNDistinct(rapid.IntRange(1, maxID), 0, maxServices, rapid.ID).Draw(t, "services"); len(ids) > 0 {
			c.Services = ids
		}
		if c.HasMaster = rapid.Bool().Draw(t, "has master"); c.HasMaster {
			c.Master = rapid.IntRange(0, maxID).Draw(t, "master")
		}
		switch rapid.IntRange(0, 2).Draw(t, "time") {
		case 1:
			year := strconv.Itoa(rapid.IntRange(firstYear, lastYear).Draw(t, "year"))
			c.Date = year + "-02-28"
		case 2:
			c.Slot = canonicalSlot(drawSlot(t))
			c.Date = c.Slot.Format(time.DateOnly)
		}
		mustRoundTrip(t, c)
	})
}
