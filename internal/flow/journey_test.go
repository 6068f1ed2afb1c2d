package flow

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// salon is a form outside a chain whose middle steps stand in the given order, changed by edits.
func salon(order []Step, edits ...func(*StepConfig)) Bookform {
	f := Bookform{CompanyID: 4564}
	for i, step := range append(slices.Clone(order), Contact, Confirm) {
		config := StepConfig{Step: step, Num: i + 1}
		for _, edit := range edits {
			edit(&config)
		}
		f.Steps = append(f.Steps, config)
	}
	return f
}

// chain is a form of a group of companies, which asks where first.
func chain(order []Step, edits ...func(*StepConfig)) Bookform {
	f := salon(append([]Step{City, Company}, order...), edits...)
	f.GroupID, f.CompanyID = 7, 0
	return f
}

func hide(step Step) func(*StepConfig) {
	return func(c *StepConfig) { c.Hidden = c.Hidden || c.Step == step }
}

func preset(step Step, id int) func(*StepConfig) {
	return func(c *StepConfig) {
		if c.Step == step {
			c.Default, c.HasDefault = id, true
		}
	}
}

func presetTime(date string, at time.Duration) func(*StepConfig) {
	return func(c *StepConfig) {
		if c.Step == Datetime {
			c.DateDefault, c.TimeDefault, c.HasTimeDefault = date, at, true
		}
	}
}

var (
	plainOrder = []Step{Service, Master, Datetime}
	orders     = [][]Step{
		{Service, Master, Datetime},
		{Service, Datetime, Master},
		{Master, Service, Datetime},
		{Master, Datetime, Service},
		{Datetime, Service, Master},
		{Datetime, Master, Service},
	}
)

func names(steps []Step) string {
	out := make([]string, len(steps))
	for i, s := range steps {
		out[i] = string(s)
	}
	return strings.Join(out, " ")
}

const someSlot = "2026-12-01T12:00:00+03:00"

// pick is a customer's choice at a step, told apart from every default in these tests.
func pick(t testing.TB, s Step) Choice {
	t.Helper()
	switch s {
	case City:
		return Choice{ID: 1}
	case Company:
		return Choice{ID: 2}
	case Service:
		return Choice{Services: []int{31, 32}}
	case Master:
		return Choice{ID: 4}
	case Datetime:
		return Choice{ID: 4, Slot: at(t, someSlot)} // a time has a master where they share a page
	default:
		t.Fatalf("nothing to choose at %s", s)
		return Choice{}
	}
}

// walk goes through a journey as a customer does, step by step, and says where it led.
func walk(t testing.TB, j Journey) ([]Step, Choices) {
	t.Helper()
	c := j.Apply(Choices{Lang: "ru"})
	var path []Step
	for s := j.Next(c); s != Contact; s = j.Next(c) {
		if len(path) > len(documented()) {
			t.Fatalf("the journey goes round: %v", path)
		}
		if !j.MayOpen(s, c) {
			t.Fatalf("after %v: next is %s, which may not be opened", path, s)
		}
		path = append(path, s)
		c = j.Set(s, c, pick(t, s))
	}
	return path, c
}

// pagesOf are the pages on which some steps are asked: master is asked with datetime where they are neighbours.
func pagesOf(asked []Step) []Step {
	m, d := slices.Index(asked, Master), slices.Index(asked, Datetime)
	if m < 0 || d < 0 || m-d != 1 && d-m != 1 {
		return asked
	}
	return slices.Delete(slices.Clone(asked), m, m+1)
}

// TestEveryOrder goes through every order of service, master and datetime with each of service
// and master shown, hidden with a default and hidden without one.
func TestEveryOrder(t *testing.T) {
	noon := at(t, someSlot)
	type variant struct {
		name     string
		edits    []func(*StepConfig)
		hidden   bool
		services []int // chosen in the end
		master   int
	}
	services := []variant{
		{name: "service shown", services: []int{31, 32}},
		{name: "service shown, preset", edits: []func(*StepConfig){preset(Service, 90)}, services: []int{31, 32}},
		{name: "service hidden, preset", edits: []func(*StepConfig){hide(Service), preset(Service, 90)}, hidden: true, services: []int{90}},
		{name: "service hidden", edits: []func(*StepConfig){hide(Service)}, hidden: true},
	}
	masters := []variant{
		{name: "master shown", master: 4},
		{name: "master shown, preset", edits: []func(*StepConfig){preset(Master, 95)}, master: 4},
		{name: "master hidden, preset", edits: []func(*StepConfig){hide(Master), preset(Master, 95)}, hidden: true, master: 95},
		{name: "master hidden, preset to any", edits: []func(*StepConfig){hide(Master), preset(Master, -1)}, hidden: true},
		{name: "master hidden", edits: []func(*StepConfig){hide(Master)}, hidden: true},
	}
	for _, order := range orders {
		for _, service := range services {
			for _, master := range masters {
				t.Run(fmt.Sprintf("%s/%s/%s", names(order), service.name, master.name), func(t *testing.T) {
					j := Plan(salon(order, append(slices.Clone(service.edits), master.edits...)...))
					asked := slices.DeleteFunc(slices.Clone(order), func(s Step) bool {
						return s == Service && service.hidden || s == Master && master.hidden
					})
					if got, want := names(j.Steps()), names(append(slices.Clone(asked), Contact, Confirm)); got != want {
						t.Errorf("Steps() = %q, want %q", got, want)
					}
					if got, want := names(j.Pages()), names(append(pagesOf(asked), Contact, Confirm)); got != want {
						t.Errorf("Pages() = %q, want %q", got, want)
					}
					path, got := walk(t, j)
					if names(path) != names(pagesOf(asked)) {
						t.Errorf("a customer sees %q, want %q", names(path), names(pagesOf(asked)))
					}
					want := Choices{
						Lang: "ru", Company: 4564, Services: service.services, Master: master.master, HasMaster: true,
						Date: "2026-12-01", Slot: noon,
					}
					if !reflect.DeepEqual(got, want) {
						t.Errorf("a customer ends with %+v, want %+v", got, want)
					}
				})
			}
		}
	}
}

func TestSteps(t *testing.T) {
	numbered := func(nums map[Step]int) Bookform {
		f := Bookform{GroupID: 7}
		for _, step := range documented() {
			f.Steps = append(f.Steps, StepConfig{Step: step, Num: nums[step]})
		}
		slices.Reverse(f.Steps) // the order of the array says nothing
		return f
	}
	for _, tt := range []struct {
		name string
		form Bookform
		want string
	}{
		{"salon", salon(plainOrder), "service master datetime contact confirm"},
		{"chain", chain(plainOrder), "city company service master datetime contact confirm"},
		{"city and company outside a chain", Bookform{CompanyID: 1, Steps: chain(plainOrder).Steps}, "service master datetime contact confirm"},
		{"equal numbers", numbered(nil), "city company service master datetime contact confirm"},
		{"contact shares datetime's number", numbered(map[Step]int{Service: 1, Master: 2, Datetime: 3, Contact: 3, Confirm: 4}), "city company service master datetime contact confirm"},
		{"contact and confirm early", numbered(map[Step]int{Service: 3, Master: 4, Datetime: 5, Confirm: 1, Contact: 2}), "city company service master datetime contact confirm"},
		{"city and company late", numbered(map[Step]int{Company: 1, City: 9, Datetime: 2, Master: 3, Service: 4}), "city company datetime master service contact confirm"},
		{"numbers out of any range", numbered(map[Step]int{Service: 1 << 40, Master: -1 << 40, Datetime: 2}), "city company master datetime service contact confirm"},
		{"numbers below the first are equal", numbered(map[Step]int{Service: -1, Master: -2, Datetime: 0}), "city company service master datetime contact confirm"},
		{"confirm hidden", salon(plainOrder, hide(Confirm)), "service master datetime contact"},
		{"contact hidden", salon(plainOrder, hide(Contact)), "service master datetime contact confirm"},
		{"nothing but a company", Bookform{CompanyID: 1}, "datetime contact"},
		{"nothing but a chain", Bookform{GroupID: 7}, "company datetime contact"},
		{"datetime not mentioned", Bookform{CompanyID: 1, Steps: []StepConfig{{Step: Master, Num: 2}, {Step: Service, Num: 3}}}, "master service datetime contact"},
		{"a step twice", Bookform{CompanyID: 1, Steps: []StepConfig{{Step: Service, Num: 2}, {Step: Service, Num: 1, Hidden: true}, {Step: Datetime, Num: 1}}}, "datetime service contact"},
		{"unknown steps", Bookform{CompanyID: 1, Steps: []StepConfig{{Step: "comfirm"}, {Step: "activity", Num: 1}, {Step: Service}}}, "service datetime contact"},
		{"city hidden and preset", chain(plainOrder, hide(City), preset(City, 5)), "company service master datetime contact confirm"},
		{"city hidden", chain(plainOrder, hide(City)), "company service master datetime contact confirm"},
		{"company hidden", chain(plainOrder, hide(Company)), "city company service master datetime contact confirm"},
		{"company hidden, preset to none", chain(plainOrder, hide(Company), preset(Company, 0)), "city company service master datetime contact confirm"},
		{"company hidden and preset", chain(plainOrder, hide(Company), preset(Company, 5)), "service master datetime contact confirm"},
		{"datetime hidden", salon(plainOrder, hide(Datetime)), "service master datetime contact confirm"},
		{"datetime hidden with half a default", salon(plainOrder, hide(Datetime), presetTime("", 10*time.Hour)), "service master datetime contact confirm"},
		{"datetime hidden with a day that does not exist", salon(plainOrder, hide(Datetime), presetTime("0000-00-00", 10*time.Hour)), "service master datetime contact confirm"},
		{"datetime hidden with a time that does not exist", salon(plainOrder, hide(Datetime), presetTime("2026-12-01", 24*time.Hour)), "service master datetime contact confirm"},
		{"datetime hidden and preset", salon(plainOrder, hide(Datetime), presetTime("2026-12-01", 0)), "service master contact confirm"},
		{"day and time hidden and preset", salon(plainOrder, hideDay, hideTime, presetTime("2026-12-01", 0)), "service master contact confirm"},
		{"day hidden and preset", salon(plainOrder, hideDay, presetTime("2026-12-01", 0)), "service master datetime contact confirm"},
		{"time hidden and preset", salon(plainOrder, hideTime, presetTime("2026-12-01", 0)), "service master datetime contact confirm"},
		{"all hidden", chain(plainOrder, hide(City), hide(Company), preset(Company, 5), hide(Service), hide(Master), hide(Datetime), presetTime("2026-12-01", 0), hide(Contact), hide(Confirm)), "contact"},
	} {
		j := Plan(tt.form)
		if got := names(j.Steps()); got != tt.want {
			t.Errorf("%s: Steps() = %q, want %q", tt.name, got, tt.want)
		}
		for _, step := range documented() {
			if got, want := j.Has(step), slices.Contains(j.Steps(), step); got != want {
				t.Errorf("%s: Has(%s) = %v, want %v", tt.name, step, got, want)
			}
		}
		if j.Has("comfirm") || j.Has("") {
			t.Errorf("%s: a step that does not exist is shown", tt.name)
		}
	}
}

func hideDay(c *StepConfig)  { c.DateHidden = true }
func hideTime(c *StepConfig) { c.TimeHidden = true }

func TestApplyLetsNoLinkRoundTheForm(t *testing.T) {
	link := Choices{Lang: "ru", City: 8, Company: 8, Services: []int{8, 9}, Master: 8, HasMaster: true, Date: "2026-12-24"}
	for _, tt := range []struct {
		name string
		form Bookform
		want string
	}{
		{"salon", salon(plainOrder), "company=4564&services=8,9&master=8&date=2026-12-24&lang=ru"},
		{"chain", chain(plainOrder), "city=8&company=8&services=8,9&master=8&date=2026-12-24&lang=ru"},
		{"city preset", chain(plainOrder, hide(City), preset(City, 5)), "city=5&company=8&services=8,9&master=8&date=2026-12-24&lang=ru"},
		{"city hidden", chain(plainOrder, hide(City)), "company=8&services=8,9&master=8&date=2026-12-24&lang=ru"},
		{"company preset", chain(plainOrder, hide(Company), preset(Company, 5)), "company=5&services=8,9&master=8&date=2026-12-24&lang=ru"},
		{"service preset", salon(plainOrder, hide(Service), preset(Service, 5)), "company=4564&services=5&master=8&date=2026-12-24&lang=ru"},
		{"service hidden", salon(plainOrder, hide(Service)), "company=4564&master=8&date=2026-12-24&lang=ru"},
		{"service preset to none", salon(plainOrder, hide(Service), preset(Service, 0)), "company=4564&master=8&date=2026-12-24&lang=ru"},
		{"master preset", salon(plainOrder, hide(Master), preset(Master, 5)), "company=4564&services=8,9&master=5&date=2026-12-24&lang=ru"},
		{"master hidden", salon(plainOrder, hide(Master)), "company=4564&services=8,9&master=0&date=2026-12-24&lang=ru"},
		{"a day preset", salon(plainOrder, hide(Datetime), presetTime("2026-12-01", 0)), "company=4564&services=8,9&master=8&date=2026-12-01&lang=ru"},
		{"visible defaults wait to be taken", salon(plainOrder, preset(Service, 5), preset(Master, 5)), "company=4564&services=8,9&master=8&date=2026-12-24&lang=ru"},
	} {
		if got := Plan(tt.form).Apply(link).Encode(); got != tt.want {
			t.Errorf("%s: Apply(%s) = %s, want %s", tt.name, link.Encode(), got, tt.want)
		}
	}
	hidden := Plan(salon(plainOrder, hideDay, presetTime("2026-12-01", 0)))
	if got := hidden.Apply(Choices{}).Date; got != "2026-12-01" {
		t.Errorf("Apply of a hidden day = %q, want it", got)
	}
}

func TestNextAndMayOpen(t *testing.T) {
	for _, tt := range []struct {
		name  string
		form  Bookform
		query string
		next  Step
		open  string // the steps that may be opened
	}{
		{"start", chain(plainOrder), "", City, "city"},
		{"city chosen", chain(plainOrder), "city=1", Company, "city company"},
		{"a company without its city", chain(plainOrder), "company=2", City, "city"},
		{"services chosen", salon(plainOrder), "services=1", Datetime, "service master datetime"},
		{"a time without a master", salon(plainOrder), "services=1&slot=" + "2026-12-01T12:00:00Z", Datetime, "service master datetime"},
		{"nothing, the time before its master", salon(orders[5]), "", Datetime, "master datetime"},
		{"a master, the time before its master", salon(orders[1]), "services=1&master=4", Datetime, "service master datetime"},
		{"a time without a master, the time before its master", salon(orders[1]), "services=1&slot=2026-12-01T12:00:00Z", Master, "service master datetime"},
		{"services between master and time", salon(orders[2]), "services=1", Master, "master"},
		{"services hidden between time and master", salon(orders[4], hide(Service)), "", Datetime, "master datetime"},
		{"all but the first", salon(plainOrder), "master=4&slot=2026-12-01T12:00:00Z", Service, "service"},
		{"any master is a choice", salon(plainOrder), "services=1&master=0", Datetime, "service master datetime"},
		{"a day is no time", salon(plainOrder), "services=1&master=0&date=2026-12-01", Datetime, "service master datetime"},
		{"all", salon(plainOrder), "services=1&master=0&slot=2026-12-01T12:00:00Z", Contact, "service master datetime contact confirm"},
		{"all, confirm hidden", salon(plainOrder, hide(Confirm)), "services=1&master=0&slot=2026-12-01T12:00:00Z", Contact, "service master datetime contact"},
		{"time first", salon(orders[4]), "slot=2026-12-01T12:00:00Z", Service, "service datetime"},
		{"the form's own time is not free", salon(plainOrder, hide(Datetime), presetTime("2026-12-01", 0)), "services=1&master=0", Datetime, "service master datetime"},
		{"service hidden", salon(plainOrder, hide(Service)), "", Datetime, "master datetime"},
		{"the form's own day and time", salon(plainOrder, hide(Datetime), presetTime("2026-12-01", 0)), "services=1", Master, "service master"},
		{"the form's own day", salon(plainOrder, hideDay, presetTime("2026-12-01", 0)), "services=1", Datetime, "service master datetime"},
		{"master hidden", salon(plainOrder, hide(Master)), "services=1", Datetime, "service datetime"},
	} {
		j := Plan(tt.form)
		c, bad := ParseChoices(query(t, tt.query))
		if len(bad) > 0 {
			t.Fatalf("%s: %v", tt.name, bad)
		}
		if got := j.Next(c); got != tt.next {
			t.Errorf("%s: Next(%s) = %s, want %s", tt.name, tt.query, got, tt.next)
		}
		if got, want := j.Ready(c), tt.next == Contact; got != want {
			t.Errorf("%s: Ready(%s) = %v, want %v", tt.name, tt.query, got, want)
		}
		open := slices.DeleteFunc(documented(), func(s Step) bool { return !j.MayOpen(s, c) })
		if got := names(open); got != tt.open {
			t.Errorf("%s: MayOpen(%s) = %q, want %q", tt.name, tt.query, got, tt.open)
		}
	}
}

func TestCheckOrder(t *testing.T) {
	for _, tt := range []struct {
		name, query, want string
		order             []Step
	}{
		{"master before time", "master=4", "service master datetime contact confirm", orders[0]},
		{"time before its master", "master=4", "service master datetime contact confirm", orders[1]},
		{"time before any master", "", "service datetime master contact confirm", orders[1]},
		{"services between", "master=4", "datetime service master contact confirm", orders[4]},
	} {
		c, _ := ParseChoices(query(t, tt.query))
		if got := names(Plan(salon(tt.order)).CheckOrder(c)); got != tt.want {
			t.Errorf("%s: CheckOrder = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestATimeBringsItsMaster: where they share a page, a time decides the master too, but takes none away.
func TestATimeBringsItsMaster(t *testing.T) {
	noon := at(t, someSlot)
	for _, tt := range []struct {
		name, query string
		form        Bookform
		id          int
		want        string
	}{
		{"any", "services=1", salon(plainOrder), 0, "company=4564&services=1&master=0&slot=" + someSlot},
		{"a master", "services=1", salon(plainOrder), 5, "company=4564&services=1&master=5&slot=" + someSlot},
		{"a master, the time before its master", "services=1", salon(orders[1]), 5, "company=4564&services=1&master=5&slot=" + someSlot},
		{"one is chosen", "services=1&master=4", salon(plainOrder), 5, "company=4564&services=1&master=4&slot=" + someSlot},
		{"services between", "", salon(orders[4]), 5, "company=4564&slot=" + someSlot},
		{"the form's own master", "services=1", salon(plainOrder, hide(Master), preset(Master, 7)), 5, "company=4564&services=1&master=7&slot=" + someSlot},
		{"a time that is not offered", "services=1", salon(plainOrder, hideDay, presetTime("2026-12-02", 0)), 5, "company=4564&services=1&date=2026-12-02"},
	} {
		c, _ := ParseChoices(query(t, tt.query))
		got := Plan(tt.form).Set(Datetime, c, Choice{ID: tt.id, Slot: noon}).Encode()
		if want := strings.ReplaceAll(tt.want, "+", "%2B"); got != want {
			t.Errorf("%s: Set = %s, want %s", tt.name, got, want)
		}
	}
	c, _ := ParseChoices(query(t, "services=1&slot=2026-12-01T12:00:00Z"))
	if got, want := Plan(salon(plainOrder)).With(c, 5).Encode(), "company=4564&services=1&master=5&slot=2026-12-01T12:00:00Z"; got != want {
		t.Errorf("With = %s, want %s", got, want)
	}
	if got, want := Plan(salon(plainOrder, hide(Master), preset(Master, 7))).With(c, 5).Master, 7; got != want {
		t.Errorf("With of a form with its own master = %d, want %d", got, want)
	}
}

func TestOnForgetsADayThatHasPassed(t *testing.T) {
	j := Plan(salon(plainOrder, hide(Datetime), presetTime("2026-12-01", 10*time.Hour)))
	for _, tt := range []struct {
		today string
		has   bool
		date  string
	}{
		{"2026-11-30", false, "2026-12-01"},
		{"2026-12-01", false, "2026-12-01"},
		{"2026-12-02", true, ""},
	} {
		on := j.On(tt.today)
		if got := on.Has(Datetime); got != tt.has {
			t.Errorf("On(%s).Has(datetime) = %v, want %v", tt.today, got, tt.has)
		}
		if got := on.Apply(Choices{}).Date; got != tt.date {
			t.Errorf("On(%s).Apply().Date = %q, want %q", tt.today, got, tt.date)
		}
	}
	if j.Has(Datetime) {
		t.Error("On changed the journey itself")
	}
}

func TestTitleAndDefaultTime(t *testing.T) {
	j := Plan(salon(plainOrder, presetTime("", 7*time.Hour+45*time.Minute), func(c *StepConfig) { c.Title = "№ " + string(c.Step) }))
	if got := j.Title(Master); got != "№ master" {
		t.Errorf("Title(master) = %q, want the form's own", got)
	}
	if got := j.Title(City); got != "" {
		t.Errorf("Title(city) = %q, want none", got)
	}
	if got, ok := j.DefaultTime(); !ok || got != 27900*time.Second {
		t.Errorf("DefaultTime() = %v, %v, want 7h45m", got, ok)
	}
	if _, ok := Plan(salon(plainOrder)).DefaultTime(); ok {
		t.Error("DefaultTime() of a form without one is one")
	}
}

func TestOrderIsTheCallersOwn(t *testing.T) {
	j := Plan(salon(plainOrder))
	j.Order()[0], j.Steps()[0] = Confirm, Confirm
	if got := names(j.Order()); got != "service master datetime contact confirm" {
		t.Errorf("Order() = %q after a caller wrote to it", got)
	}
}

func TestParseStep(t *testing.T) {
	for _, s := range documented() {
		if got, ok := ParseStep(string(s)); !ok || got != s {
			t.Errorf("ParseStep(%q) = %q, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "comfirm", "City", "events"} {
		if _, ok := ParseStep(s); ok {
			t.Errorf("ParseStep(%q) accepts it", s)
		}
	}
}
