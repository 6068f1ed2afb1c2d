package admin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/frames"
	"okoshko/internal/phone"
	"okoshko/internal/upstream"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// salonOf is a salon without a fault, as a test changes it.
func salonOf(steps []flow.StepConfig, change func(*catalog.Salon)) catalog.Salon {
	s := catalog.Salon{
		Bookform: &catalog.Bookform{ID: 1, CompanyID: 5, Language: "ru-RU", Languages: []string{"ru-RU"}, Journey: flow.Plan(flow.Bookform{CompanyID: 5, Steps: steps})},
		Company:  &catalog.Company{ID: 5, Title: "Primrose", Phone: phone.ParseLine("+7 495 1234567", "RU"), Location: time.UTC}, Asked: noon,
		Masters: []catalog.Master{{ID: 7, Bookable: true, Slots: []catalog.Slot{{Start: noon}}}},
	}
	s.Companies = []*catalog.Company{s.Company}
	if change != nil {
		change(&s)
	}
	return s
}

// russianOnly is a program with the texts of one language.
func russianOnly(string) string { return "ru" }

func TestJudge(t *testing.T) {
	shown := []flow.StepConfig{{Step: flow.Service, Num: 1}, {Step: flow.Master, Num: 2}, {Step: flow.Datetime, Num: 3}}
	chain := func(change func(*catalog.Salon), steps ...flow.StepConfig) catalog.Salon {
		return salonOf(nil, func(s *catalog.Salon) {
			s.Bookform.GroupID, s.Bookform.CompanyID = 60, 0
			s.Bookform.Journey = flow.Plan(flow.Bookform{GroupID: 60, Steps: append(steps, shown...)})
			s.Company, s.Masters = nil, nil
			s.Companies = []*catalog.Company{{ID: 1, Title: "Teika", CityID: 52}, {ID: 2, Title: "Centrs", CityID: 52, Closed: true}}
			if change != nil {
				change(s)
			}
		})
	}
	failed := func(kind upstream.Kind) catalog.Salon {
		return catalog.Salon{Err: &upstream.Error{Kind: kind}, Asked: noon}
	}
	for what, tt := range map[string]struct {
		salon catalog.Salon
		want  []string // beginnings, with states
	}{
		"nothing":       {salonOf(shown, nil), nil},
		"not looked at": {catalog.Salon{Err: &upstream.Error{Kind: upstream.KindBudget}}, nil},
		"no calls left": {salonOf(shown, func(s *catalog.Salon) { s.Masters, s.Err = nil, &upstream.Error{Kind: upstream.KindBudget} }), nil},
		"no such form":  {failed(upstream.KindNotFound), []string{"wrong The booking API knows no such form."}},
		"partner token": {failed(upstream.KindPartner), []string{"wrong The booking API does not accept the partner token"}},
		"no rights":     {failed(upstream.KindForbidden), []string{"wrong The booking API does not let the partner token read anything of the form."}},
		"licence":       {failed(upstream.KindLicence), []string{"wrong The salon’s licence"}},
		"firewall":      {failed(upstream.KindChallenge), []string{"wrong A firewall"}},
		"broken":        {failed(upstream.KindUnavailable), []string{"wrong The booking API answers nothing that makes sense when it is asked about the form."}},
		"no company":    {salonOf(shown, func(s *catalog.Salon) { s.Bookform.CompanyID = 0 }), []string{"wrong The form belongs to no company"}},
		"company is gone": {salonOf(shown, func(s *catalog.Salon) {
			s.Company, s.Companies, s.Masters, s.Err = nil, nil, nil, &upstream.Error{Kind: upstream.KindNotFound}
		}), []string{"wrong The booking API has nothing about the company"}},
		"unknown step": {salonOf(shown, func(s *catalog.Salon) { s.Bookform.UnknownSteps = []string{"payment"} }), []string{`mind The form has a step "payment"`}},
		"language":     {salonOf(shown, func(s *catalog.Salon) { s.Bookform.Languages = append(s.Bookform.Languages, "he-IL") }), []string{"mind The form has a language for which there are no texts: he-IL."}},
		"closed":       {salonOf(shown, func(s *catalog.Salon) { s.Company.Closed = true }), []string{"wrong The salon takes no bookings online."}},
		"events only": {salonOf(shown, func(s *catalog.Salon) {
			s.Bookform.GroupEventsOnly, s.Company.NoGroupEvents, s.Masters = true, true, nil
		}), []string{"wrong The form shows group events only"}},
		"zone":               {salonOf(shown, func(s *catalog.Salon) { s.Company.Location = upstream.Unzoned }), []string{"mind The salon names no time zone."}},
		"phone":              {salonOf(shown, func(s *catalog.Salon) { s.Company.Phone = nil }), []string{"mind The salon names no phone"}},
		"code":               {salonOf(shown, func(s *catalog.Salon) { s.Bookform.PhoneConfirmation = true }), []string{"mind The form asks for a code"}},
		"website":            {salonOf(shown, func(s *catalog.Salon) { s.Company.Site = "https://other.example/x" }), []string{"mind The salon’s website https://other.example may not"}},
		"listed website":     {salonOf(shown, func(s *catalog.Salon) { s.Company.Site = "https://salon.example/x" }), nil},
		"no services":        {salonOf(shown, func(s *catalog.Salon) { s.Services = &catalog.Services{} }), []string{"wrong The salon has no services"}},
		"service not asked":  {salonOf(shown[1:], func(s *catalog.Salon) { s.Services = &catalog.Services{} }), nil},
		"preset service":     {salonOf([]flow.StepConfig{{Step: flow.Service, Hidden: true, Default: 9, HasDefault: true}}, func(s *catalog.Salon) { s.Services = &catalog.Services{} }), []string{"wrong The form presets the service 9"}},
		"nobody":             {salonOf(shown, func(s *catalog.Salon) { s.Masters[0].Bookable = false }), []string{"wrong No master can be booked."}},
		"nobody free":        {salonOf(shown, func(s *catalog.Salon) { s.Masters[0].Slots = nil }), []string{"mind No master has a free time."}},
		"preset master":      {salonOf([]flow.StepConfig{{Step: flow.Master, Hidden: true, Default: 9, HasDefault: true}}, nil), []string{"wrong The form presets the master 9"}},
		"preset master here": {salonOf([]flow.StepConfig{{Step: flow.Master, Hidden: true, Default: 7, HasDefault: true}}, nil), nil},
		"branches":           {chain(nil), []string{"mind Of 2 branches these take no bookings online: Centrs."}},
		"no branches":        {chain(func(s *catalog.Salon) { s.Companies = []*catalog.Company{} }), []string{"wrong The chain has no branches."}},
		"all closed":         {chain(func(s *catalog.Salon) { s.Companies[0].Closed = true }), []string{"wrong No branch takes bookings online."}},
		"fixed branch":       {chain(nil, flow.StepConfig{Step: flow.Company, Hidden: true, Default: 9, HasDefault: true}), []string{"wrong The form fixes the branch 9"}},
		"fixed city":         {chain(nil, flow.StepConfig{Step: flow.City, Hidden: true, Default: 53, HasDefault: true}), []string{"wrong The form fixes a city in which"}},
		"worst first":        {salonOf(shown, func(s *catalog.Salon) { s.Company.Phone, s.Masters[0].Bookable = nil, false }), []string{"wrong No master", "mind The salon names no phone"}},
	} {
		v := Judge(1, tt.salon, frames.Hosts{"https://salon.example"}, russianOnly)
		var got []string
		for _, f := range v.Faults {
			got = append(got, string(f.State)+" "+f.Text)
		}
		if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
			t.Errorf("%s: %q, want %q", what, got, tt.want)
		}
	}
	if got := Judge(1, chain(nil), nil, russianOnly).Name; got != "Teika, Centrs" {
		t.Errorf("the chain is called %q", got)
	}
}

// TestTheListOfForms searches, sorts and pages three hundred forms.
func TestTheListOfForms(t *testing.T) {
	var all []Verdict
	for form := 1; form <= 300; form++ {
		v := Verdict{Form: form, Name: fmt.Sprintf("Salon %d", form), At: noon, Whole: true}
		switch form % 100 {
		case 7:
			v.Faults = []Health{{Wrong, "No master can be booked."}}
		case 8:
			v.Faults = []Health{{Mind, "No master has a free time."}}
		case 9:
			v = Verdict{Form: form}
		}
		all = append(all, v)
	}
	numbers := func(query string, page int) (out []string) {
		for _, row := range list(all, query, page).Rows {
			out = append(out, row.Number)
		}
		return out
	}
	first := numbers("", 1)
	if want := []string{"7", "107", "207", "8", "108", "208", "9", "109", "209", "1"}; !slices.Equal(first[:len(want)], want) || len(first) != formsOnPage {
		t.Errorf("the first of %d are %q, want %q", len(first), first[:len(want)], want)
	}
	seen := map[string]bool{}
	for page := 1; page <= 6; page++ {
		for _, n := range numbers("", page) {
			seen[n] = true
		}
	}
	if len(seen) != 300 {
		t.Errorf("six pages show %d forms", len(seen))
	}
	for query, want := range map[string][]string{"30": {"30", "130", "230", "300"}, "salon 123": {"123"}, "SALON 207": {"207"}, "209": {"209"}, "none": nil} {
		if got := numbers(query, 1); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	if v := list(all, "", 2); v.Page != "Page 2 of 6" || v.Prev != "/forms?page=1&q=" || v.Next != "/forms?page=3&q=" || v.Count != "300 forms, 6 of them with something to mind." {
		t.Errorf("page two: %q, %q, %q, %q", v.Page, v.Prev, v.Next, v.Count)
	}
	if v := list(all, "", 99); v.Page != "Page 6 of 6" || v.Next != "" {
		t.Errorf("a page that there is not: %q", v.Page)
	}
}

func TestVerdictsAreBounded(t *testing.T) {
	var all verdicts
	for form := 1; form <= maxVerdicts+10; form++ {
		all.note(Verdict{Form: form, At: noon.Add(time.Duration(form) * time.Second)})
	}
	all.note(Verdict{Form: maxVerdicts + 99}) // was not looked at
	if n := len(all.forms()); n != maxVerdicts || all.of(1).Known() || !all.of(maxVerdicts+10).Known() {
		t.Errorf("%d are remembered, the first %v", n, all.of(1).Known())
	}
}
