package flow

import (
	"reflect"
	"testing"
	"time"
)

// parsed are the choices of a query.
func parsed(t testing.TB, raw string) Choices {
	t.Helper()
	c, bad := ParseChoices(query(t, raw))
	if len(bad) > 0 {
		t.Fatalf("ParseChoices(%q): bad %v", raw, bad)
	}
	return c
}

func TestSetResetsWhatItInvalidates(t *testing.T) {
	const (
		where = "city=1&company=2&"
		when  = "slot=2026-12-01T12:00:00%2B03:00"
		all   = where + "services=31,32&master=4&" + when + "&lang=ru"
	)
	smd, sdm, msd, mds, dsm, dms := orders[0], orders[1], orders[2], orders[3], orders[4], orders[5]
	type row struct {
		name   string
		order  []Step
		step   Step
		choice Choice
		want   string
	}
	rows := []row{
		{"another city", smd, City, Choice{ID: 9}, "city=9&lang=ru"},
		{"another company", smd, Company, Choice{ID: 9}, "city=1&company=9&lang=ru"},
		{"no master is no choice but any", smd, Master, Choice{ID: -1}, where + "services=31,32&master=0&date=2026-12-01&lang=ru"},
		{"services over the limit of a URL", smd, Service, Choice{Services: []int{5, 5, -1, 0}}, where + "services=5&master=4&date=2026-12-01&lang=ru"},
		{"a day", smd, Datetime, Choice{Date: "2026-12-02"}, where + "services=31,32&master=4&date=2026-12-02&lang=ru"},
		{"a day that does not exist", smd, Datetime, Choice{Date: "2026-02-30"}, where + "services=31,32&master=4&lang=ru"},
		{"contact chooses nothing", smd, Contact, Choice{ID: 9, Date: "2026-12-02"}, all},
	}
	for _, order := range orders {
		rows = append(rows,
			row{"the same city", order, City, Choice{ID: 1}, all},
			row{"the same company", order, Company, Choice{ID: 2}, all},
			row{"the same services", order, Service, Choice{Services: []int{31, 32}}, all},
			row{
				"the same services in another order", order, Service,
				Choice{Services: []int{32, 31}},
				where + "services=32,31&master=4&" + when + "&lang=ru",
			},
			row{"the same master", order, Master, Choice{ID: 4}, all},
			row{"the same time", order, Datetime, Choice{Slot: at(t, someSlot)}, all},
			row{
				"another time, whose day wins", order, Datetime,
				Choice{Date: "2026-12-31", Slot: at(t, "2026-12-02T09:30:00+03:00")},
				where + "services=31,32&master=4&slot=2026-12-02T09:30:00%2B03:00&lang=ru",
			},
		)
	}
	const day = "date=2026-12-01"
	for _, tt := range []struct {
		order           []Step
		service, master string // what is left of the time after a change of either
	}{
		{smd, day, day},
		{sdm, day, when},
		{msd, day, day},
		{mds, when, day},
		{dsm, when, when},
		{dms, when, when},
	} {
		rows = append(rows,
			row{"one more service", tt.order, Service, Choice{Services: []int{31, 32, 33}}, where + "services=31,32,33&master=4&" + tt.service + "&lang=ru"},
			row{"no service", tt.order, Service, Choice{}, where + "master=4&" + tt.service + "&lang=ru"},
			row{"another master", tt.order, Master, Choice{ID: 9}, where + "services=31,32&master=9&" + tt.master + "&lang=ru"},
			row{"any master", tt.order, Master, Choice{}, where + "services=31,32&master=0&" + tt.master + "&lang=ru"},
		)
	}
	for _, order := range orders {
		ahead := parsed(t, where+"master=4&"+when)
		if got, want := Plan(chain(order)).Set(Service, ahead, Choice{Services: []int{31}}).Encode(), where+"services=31&master=4&"+when; got != want {
			t.Errorf("%s, the first service under a time: Set = %s, want %s", names(order), got, want)
		}
	}
	for _, tt := range rows {
		before := parsed(t, all)
		if got := Plan(chain(tt.order)).Set(tt.step, before, tt.choice).Encode(); got != tt.want {
			t.Errorf("%s, %s: Set(%s, %+v) = %s, want %s", names(tt.order), tt.name, tt.step, tt.choice, got, tt.want)
		}
		if !reflect.DeepEqual(before, parsed(t, all)) {
			t.Errorf("%s, %s: Set changed the choices it was given", names(tt.order), tt.name)
		}
	}
}

func TestSetOfAHiddenStepChangesNothing(t *testing.T) {
	j := Plan(chain(plainOrder,
		hide(City), preset(City, 5), hide(Company), preset(Company, 6), hide(Service), preset(Service, 7), hide(Master)))
	c := parsed(t, "slot=2026-12-01T12:00:00Z")
	for _, step := range []Step{City, Company, Service, Master} {
		if got, want := j.Set(step, c, pick(t, step)).Encode(), j.Apply(c).Encode(); got != want {
			t.Errorf("Set(%s) = %s, want %s", step, got, want)
		}
		if got, want := j.Clear(step, c).Encode(), j.Apply(c).Encode(); got != want {
			t.Errorf("Clear(%s) = %s, want %s", step, got, want)
		}
	}
	fixed := Plan(salon(plainOrder, hide(Datetime), presetTime("2026-12-01", 0)))
	if got := fixed.Set(Datetime, Choices{}, Choice{Date: "2026-12-05"}).Date; got != "2026-12-01" {
		t.Errorf("Set of another day than a hidden one = %q, want the hidden one", got)
	}
}

func TestSetTakesNoMoreServicesThanAURLHolds(t *testing.T) {
	var many []int
	for id := range maxServices + 5 {
		many = append(many, id+1)
	}
	c := Plan(salon(plainOrder)).Set(Service, Choices{}, Choice{Services: many})
	if len(c.Services) != maxServices {
		t.Errorf("Set of %d services keeps %d, want %d", len(many), len(c.Services), maxServices)
	}
	mustRoundTrip(t, c)
}

func TestSetKeepsTimesAsAURLDoes(t *testing.T) {
	odd := time.Date(2026, 12, 1, 12, 0, 0, 999, time.FixedZone("LMT", 3*3600+42))
	c := Plan(salon(plainOrder)).Set(Datetime, Choices{}, Choice{Slot: odd})
	mustRoundTrip(t, c)
}

func TestClear(t *testing.T) {
	const all = "city=1&company=2&services=31&master=4&slot=2026-12-01T12:00:00Z&lang=ru"
	for _, tt := range []struct {
		order []Step
		step  Step
		want  string
	}{
		{orders[0], City, "lang=ru"},
		{orders[0], Company, "city=1&lang=ru"},
		{orders[0], Service, "city=1&company=2&master=4&date=2026-12-01&lang=ru"},
		{orders[0], Master, "city=1&company=2&services=31&date=2026-12-01&lang=ru"},
		{orders[0], Datetime, "city=1&company=2&services=31&master=4&lang=ru"},
		{orders[0], Contact, all},
		{orders[5], Service, "city=1&company=2&master=4&slot=2026-12-01T12:00:00Z&lang=ru"},
		{orders[5], Master, "city=1&company=2&services=31&slot=2026-12-01T12:00:00Z&lang=ru"},
	} {
		if got := Plan(chain(tt.order)).Clear(tt.step, parsed(t, all)).Encode(); got != tt.want {
			t.Errorf("%s: Clear(%s) = %s, want %s", names(tt.order), tt.step, got, tt.want)
		}
	}
	any0 := parsed(t, "company=4564&services=31&master=0&slot=2026-12-01T12:00:00Z")
	if got, want := Plan(salon(plainOrder)).Clear(Master, any0).Encode(), "company=4564&services=31&date=2026-12-01"; got != want {
		t.Errorf("Clear(master) of any = %s, want %s", got, want)
	}
}

func TestPreselected(t *testing.T) {
	visible := func(step Step, id int) Bookform { return chain(plainOrder, preset(step, id)) }
	for _, tt := range []struct {
		name  string
		form  Bookform
		step  Step
		query string
		want  string
	}{
		{"city", visible(City, 5), City, "", "city=5"},
		{"company", visible(Company, 5), Company, "city=1", "city=1&company=5"},
		{"service", visible(Service, 5), Service, "city=1&company=2", "city=1&company=2&services=5"},
		{"service under a time chosen before it", visible(Service, 5), Service, "city=1&company=2&slot=2026-12-01T12:00:00Z", "city=1&company=2&services=5&slot=2026-12-01T12:00:00Z"},
		{"master", visible(Master, 5), Master, "city=1&company=2&services=3", "city=1&company=2&services=3&master=5"},
		{"any master", visible(Master, -1), Master, "city=1&company=2", "city=1&company=2&master=0"},
		{"day", chain(plainOrder, presetTime("2026-12-01", 0)), Datetime, "city=1&company=2", "city=1&company=2&date=2026-12-01"},
		{"another day is chosen", chain(plainOrder, presetTime("2026-12-01", 0)), Datetime, "city=1&company=2&date=2026-12-05", "city=1&company=2&date=2026-12-05"},
		{"no default", chain(plainOrder), Service, "city=1&company=2", "city=1&company=2"},
		{"default of another step", visible(Master, 5), Service, "city=1&company=2", "city=1&company=2"},
		{"already chosen", visible(Service, 5), Service, "city=1&company=2&services=3", "city=1&company=2&services=3"},
		{"hidden", chain(plainOrder, hide(Service), preset(Service, 5)), Service, "city=1&company=2", "city=1&company=2"},
		{"contact", chain(plainOrder, preset(Contact, 5)), Contact, "city=1&company=2", "city=1&company=2"},
	} {
		if got := Plan(tt.form).Preselected(tt.step, parsed(t, tt.query)).Encode(); got != tt.want {
			t.Errorf("%s: Preselected(%s, %s) = %s, want %s", tt.name, tt.step, tt.query, got, tt.want)
		}
	}
}

func TestSole(t *testing.T) {
	for _, tt := range []struct {
		name    string
		form    Bookform
		step    Step
		query   string
		options []int
		want    string
		ok      bool
	}{
		{"one city", chain(plainOrder), City, "", []int{5}, "city=5", true},
		{"one company", chain(plainOrder), Company, "city=5", []int{6}, "city=5&company=6", true},
		{"one service", chain(plainOrder), Service, "city=5&company=6", []int{7}, "city=5&company=6&services=7", true},
		{"one master", chain(plainOrder), Master, "city=5&company=6", []int{8}, "city=5&company=6&master=8", true},
		{"none", chain(plainOrder), City, "", nil, "", false},
		{"two", chain(plainOrder), City, "", []int{5, 6}, "", false},
		{"already chosen", chain(plainOrder), City, "city=4", []int{5}, "city=4", false},
		{"hidden", chain(plainOrder, hide(Service)), Service, "city=5&company=6", []int{7}, "city=5&company=6", false},
		{"times have no ids", chain(plainOrder), Datetime, "city=5", []int{7}, "city=5", false},
		{"contact", chain(plainOrder), Contact, "city=5", []int{7}, "city=5", false},
	} {
		got, ok := Plan(tt.form).Sole(tt.step, parsed(t, tt.query), tt.options)
		if got.Encode() != tt.want || ok != tt.ok {
			t.Errorf("%s: Sole(%s, %s, %v) = %s, %v, want %s, %v", tt.name, tt.step, tt.query, tt.options, got.Encode(), ok, tt.want, tt.ok)
		}
	}
}

func TestFixedSlot(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	free := []time.Time{
		time.Date(2026, 10, 24, 10, 0, 0, 0, berlin), // the clocks go back in the night after
		time.Date(2026, 10, 25, 9, 0, 0, 0, berlin),
		time.Date(2026, 10, 25, 10, 0, 0, 0, berlin),
	}
	ten, nine30 := 10*time.Hour, 9*time.Hour+30*time.Minute
	const taken = "company=4564&slot=2026-10-25T10:00:00%2B01:00"
	for _, tt := range []struct {
		name  string
		form  Bookform
		query string
		want  string
		ok    bool
	}{
		{"step hidden", salon(plainOrder, hide(Datetime), presetTime("2026-10-25", ten)), "", taken, true},
		{"step hidden, another day chosen", salon(plainOrder, hide(Datetime), presetTime("2026-10-25", ten)), "date=2026-10-24", taken, true},
		{"day and time hidden", salon(plainOrder, hideDay, hideTime, presetTime("2026-10-25", ten)), "", taken, true},
		{"time hidden, day chosen", salon(plainOrder, hideTime, presetTime("", ten)), "date=2026-10-25", taken, true},
		{"time hidden, no day yet", salon(plainOrder, hideTime, presetTime("2026-10-25", ten)), "", "company=4564", false},
		{"only the day hidden", salon(plainOrder, hideDay, presetTime("2026-10-25", ten)), "", "company=4564&date=2026-10-25", false},
		{"nothing hidden", salon(plainOrder, presetTime("2026-10-25", ten)), "date=2026-10-25", "company=4564&date=2026-10-25", false},
		{"not free", salon(plainOrder, hide(Datetime), presetTime("2026-10-25", nine30)), "", "company=4564&date=2026-10-25", false},
		{"already chosen", salon(plainOrder, hide(Datetime), presetTime("2026-10-25", ten)), "slot=2026-10-25T10:00:00Z", "company=4564&slot=2026-10-25T10:00:00Z", false},
		{"another time in the link", salon(plainOrder, hide(Datetime), presetTime("2026-10-25", ten)), "slot=2026-10-25T08:00:00Z", taken, true},
		{"another day in the link", salon(plainOrder, hide(Datetime), presetTime("2026-10-25", ten)), "slot=2026-10-24T10:00:00%2B02:00", taken, true},
	} {
		got, ok := Plan(tt.form).FixedSlot(parsed(t, tt.query), free)
		if got.Encode() != tt.want || ok != tt.ok {
			t.Errorf("%s: FixedSlot(%s) = %s, %v, want %s, %v", tt.name, tt.query, got.Encode(), ok, tt.want, tt.ok)
		}
	}
}

func TestFilterKnowsOnlyWhatComesBefore(t *testing.T) {
	noon := at(t, someSlot)
	c := Choices{Company: 4564, Services: []int{31}, Master: 4, HasMaster: true, Date: "2026-12-01", Slot: noon}
	s, m, d := Needs{Services: []int{31}}, Needs{Master: 4}, Needs{Slot: noon}
	join := func(parts ...Needs) Needs {
		var n Needs
		for _, p := range parts {
			if p.Services != nil {
				n.Services = p.Services
			}
			n.Master += p.Master
			if !p.Slot.IsZero() {
				n.Slot = p.Slot
			}
		}
		return n
	}
	none := Needs{}
	for _, tt := range []struct {
		form                      Bookform
		service, master, datetime Needs
	}{
		{salon(orders[0]), none, s, join(s, m)},
		{salon(orders[1]), none, s, join(s, m)}, // they share a page, on which the master comes first
		{salon(orders[2]), m, none, join(s, m)},
		{salon(orders[3]), join(m, d), none, m},
		{salon(orders[4]), d, join(s, d), none},
		{salon(orders[5]), join(m, d), none, m},
		{salon(orders[5], hide(Service), preset(Service, 31)), join(m, d), s, join(s, m)},
		{salon(orders[4], hide(Master), preset(Master, 4)), join(m, d), join(s, d), m},
		{salon(orders[0], hide(Datetime), presetTime("2026-12-01", 12*time.Hour)), none, s, join(s, m)},
	} {
		j := Plan(tt.form)
		for step, want := range map[Step]Needs{Service: tt.service, Master: tt.master, Datetime: tt.datetime} {
			if got := j.Filter(step, c); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: Filter(%s) = %+v, want %+v", names(j.Order()), step, got, want)
			}
		}
	}
	// A master who was chosen ahead narrows the times that are offered.
	if got := Plan(salon(orders[4])).Offered(c); !reflect.DeepEqual(got, m) {
		t.Errorf("Offered of a master ahead = %+v, want %+v", got, m)
	}
	if got := Plan(salon(orders[0])).Offered(c); !reflect.DeepEqual(got, join(s, m)) {
		t.Errorf("Offered = %+v, want %+v", got, join(s, m))
	}
	// A time that was chosen before its master narrows the masters.
	c.Master, c.HasMaster = 0, false
	if got, want := Plan(salon(orders[1])).Filter(Master, c), join(s, d); !reflect.DeepEqual(got, want) {
		t.Errorf("Filter(master) of a time without one = %+v, want %+v", got, want)
	}
}
