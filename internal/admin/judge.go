package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/frames"
	"okoshko/internal/i18n"
	"okoshko/internal/upstream"
)

// Verdict is what was found at the booking API of a form, and what is wrong with it.
type Verdict struct {
	Form   int
	Name   string    // of the salon, or of a chain's branches; "" = not known
	Faults []Health  // Wrong before Mind
	At     time.Time // when the oldest of the answers came that it is made of; zero = the form was not looked at
	parts  int       // of the salon that were judged
	Whole  bool      // all its parts were
}

// Known says whether the form has been looked at.
func (v Verdict) Known() bool { return !v.At.IsZero() }

// State is the worst of the faults.
func (v Verdict) State() State {
	if len(v.Faults) == 0 {
		return OK
	}
	return v.Faults[0].State
}

// Summary is the salon's name, and whether there is something wrong, in one line.
func (v Verdict) Summary() string {
	text := "nothing is wrong"
	switch {
	case v.State() == Wrong:
		text = "cannot be booked"
	case !v.Known() || !v.Whole:
		text = "the booking API has not answered all questions"
	case v.State() == Mind:
		text = "can be booked"
	}
	if v.Name != "" {
		text = v.Name + ", " + text
	}
	return text
}

// Judge says what is wrong with a form. It is pure. hosts are those that may frame the form; speaks returns the language of the pages
// that are asked for in a language.
func Judge(form int, salon catalog.Salon, hosts frames.Hosts, speaks func(lang string) string) Verdict {
	v := Verdict{Form: form, Name: name(salon), At: salon.Asked}
	v.parts, v.Whole = parts(salon)
	add := func(state State, text string, args ...any) {
		v.Faults = append(v.Faults, Health{state, fmt.Sprintf(text, args...)})
	}
	if salon.Bookform != nil {
		judgeForm(salon.Bookform, speaks, add)
		judgePlaces(salon, add)
	}
	if salon.Company != nil {
		judgeCompany(salon, hosts, add)
	}
	if salon.Services != nil {
		judgeServices(salon, add)
	}
	if salon.Masters != nil {
		judgeMasters(salon, add)
	}
	if salon.Err != nil && decided(salon.Err) {
		add(Wrong, "%s", refusal(salon))
	}
	slices.SortStableFunc(v.Faults, func(a, b Health) int { return cmp.Compare(rank(a.State), rank(b.State)) })
	return v
}

// parts counts the parts of a salon that are known, and says whether none is missing. A refusal leaves nothing to know.
func parts(s catalog.Salon) (n int, whole bool) {
	const all = 5
	if s.Err != nil && decided(s.Err) {
		return all, true
	}
	for _, known := range []bool{s.Bookform != nil, s.Companies != nil, s.Company != nil, s.Services != nil, s.Masters != nil} {
		if known {
			n++
		}
	}
	switch {
	case s.Bookform == nil:
		return n, false
	case s.Company == nil:
		return n, s.Bookform.GroupID != 0 && s.Companies != nil && s.Bookform.Journey.Apply(flow.Choices{}).Company == 0
	}
	return n, s.Bookform.GroupEventsOnly || s.Masters != nil
}

// rank orders states, the worst first.
func rank(s State) int { return slices.Index([]State{Wrong, Mind, OK}, s) }

// name is the name of the salon. A chain has none at the booking API: its branches have.
func name(s catalog.Salon) string {
	if s.Bookform == nil || s.Bookform.GroupID == 0 && s.Company == nil {
		return ""
	}
	if s.Company != nil {
		return s.Company.Title
	}
	const most = 3
	var titles []string
	for _, c := range s.Companies {
		if !slices.Contains(titles, c.Title) {
			titles = append(titles, c.Title)
		}
	}
	text := strings.Join(titles[:min(len(titles), most)], ", ")
	if more := len(titles) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// refusal says why a part of a salon did not come.
func refusal(s catalog.Salon) string {
	what := "of the form"
	switch {
	case s.Services != nil:
		what = "about the masters"
	case s.Company != nil:
		what = "about the services"
	case s.Bookform != nil:
		what = "about the company"
	}
	switch kind := upstream.KindOf(s.Err); {
	case kind == upstream.KindChallenge:
		return "A firewall in front of the booking API refuses the question " + strings.Replace(what, "of the", "about the", 1) + "."
	case kind == upstream.KindPartner:
		return "The booking API does not accept the partner token ([upstream] partner_token)."
	case kind == upstream.KindLicence:
		return "The salon’s licence at the booking API has ended: it takes no bookings until it is paid."
	case kind == upstream.KindNotFound && s.Bookform == nil:
		return "The booking API knows no such form. Its number stands in the form’s own address, as 123 in https://n123.yclients.com."
	case kind == upstream.KindNotFound:
		return "The booking API has nothing " + what + " that the form names."
	case kind == upstream.KindForbidden, kind == upstream.KindUnauthorized:
		return "The booking API does not let the partner token read anything " + what + "."
	}
	return "The booking API answers nothing that makes sense when it is asked " + strings.Replace(what, "of the", "about the", 1) + "."
}

type adder func(state State, text string, args ...any)

func judgeForm(f *catalog.Bookform, speaks func(lang string) string, add adder) {
	if f.GroupID == 0 && f.CompanyID == 0 {
		add(Wrong, "The form belongs to no company and to no chain.")
	}
	for _, step := range f.UnknownSteps {
		add(Mind, "The form has a step %q, which this program does not know and leaves out.", step)
	}
	var without []string
	for _, code := range append([]string{f.Language}, f.Languages...) {
		lang, ok := i18n.Canonical(code)
		name := cmp.Or(f.LanguageTitles[code], code)
		if code != "" && (!ok || speaks(lang) != lang) && !slices.Contains(without, name) {
			without = append(without, name)
		}
	}
	if len(without) > 0 {
		add(Mind, "The form has a language for which there are no texts: %s. These pages are in another language.", strings.Join(without, ", "))
	}
}

// judgePlaces judges where a chain's form books.
func judgePlaces(s catalog.Salon, add adder) {
	if s.Bookform.GroupID == 0 || s.Companies == nil {
		return
	}
	fixed := s.Bookform.Journey.Apply(flow.Choices{})
	var closed []string
	open, there, inCity := 0, false, false
	for _, c := range s.Companies {
		if c.Closed {
			closed = append(closed, c.Title)
		} else {
			open++
			inCity = inCity || c.CityID == fixed.City
		}
		there = there || c.ID == fixed.Company
	}
	switch {
	case len(s.Companies) == 0:
		add(Wrong, "The chain has no branches.")
	case fixed.Company != 0 && !there:
		add(Wrong, "The form fixes the branch %d, which is not one of the chain’s.", fixed.Company)
	case open == 0:
		add(Wrong, "No branch takes bookings online.")
	case fixed.City != 0 && fixed.Company == 0 && !inCity:
		add(Wrong, "The form fixes a city in which no branch takes bookings online.")
	case len(closed) > 0:
		add(Mind, "Of %d branches these take no bookings online: %s.", len(s.Companies), strings.Join(closed, ", "))
	}
}

func judgeCompany(s catalog.Salon, hosts frames.Hosts, add adder) {
	c := s.Company
	if c.Closed {
		add(Wrong, "The salon takes no bookings online.")
	}
	if s.Bookform.GroupEventsOnly && c.NoGroupEvents {
		add(Wrong, "The form shows group events only, and the salon has none.")
	}
	if c.Unzoned() {
		add(Mind, "The salon names no time zone.")
	}
	if len(c.Phone) == 0 && len(c.Phones) == 0 {
		add(Mind, "The salon names no phone: a customer who is held back is shown none.")
	}
	code, sms := c.PhoneConfirmation, c.SMS
	if s.Bookform.GroupID == 0 {
		code, sms = s.Bookform.PhoneConfirmation, s.Bookform.SMS
	}
	if code && !sms {
		add(Mind, "The form asks for a code by text message, and the salon sends none: bookings are made without a code.")
	}
	if site, ok := frames.OriginOf(c.Site); ok && !hosts.Allow(site) {
		add(Mind, "The salon’s website %s may not show the form.", site)
	}
}

func judgeServices(s catalog.Salon, add adder) {
	ids, asks := s.Services.IDs(), s.Bookform.Journey.Has(flow.Service)
	why, barred := map[catalog.Bar]int{}, 0
	for _, id := range ids {
		if bar := s.Bookform.BarsService(s.Services.Find(id)); bar != catalog.BarNone {
			barred++
			why[bar]++
		}
	}
	var reasons []string
	for _, bar := range slices.Sorted(maps.Keys(why)) {
		reasons = append(reasons, strconv.Itoa(why[bar])+" "+barText[bar])
	}
	switch {
	case asks && len(ids) == 0:
		add(Wrong, "The salon has no services that can be booked.")
	case asks && barred == len(ids):
		add(Wrong, "No service can be booked online: %s.", strings.Join(reasons, ", "))
	case barred > 0:
		add(Mind, "Of %d services these cannot be booked online: %s.", len(ids), strings.Join(reasons, ", "))
	}
	for _, id := range s.Bookform.Journey.Apply(flow.Choices{}).Services {
		if s.Services.Find(id) == nil {
			add(Wrong, "The form presets the service %d, which the salon does not offer.", id)
		}
	}
}

var barText = map[catalog.Bar]string{
	catalog.BarMembership: "only with a membership", catalog.BarOffline: "not offered online", catalog.BarPrepaid: "to be paid in advance, which [form N] prepaid refuses",
}

func judgeMasters(s catalog.Salon, add adder) {
	bookable, free := 0, false
	fixed := s.Bookform.Journey.Apply(flow.Choices{})
	there := !fixed.HasMaster || fixed.Master == 0
	for _, m := range s.Masters {
		if m.Bookable {
			bookable++
			free = free || len(m.Slots) > 0
			there = there || m.ID == fixed.Master
		}
	}
	switch {
	case bookable == 0:
		add(Wrong, "No master can be booked.")
	case !there:
		add(Wrong, "The form presets the master %d, who cannot be booked.", fixed.Master)
	case !free:
		add(Mind, "No master has a free time.")
	}
}

// maxVerdicts is how many verdicts are remembered. A chain has some hundred forms.
const maxVerdicts = 2000

// verdicts remembers the last verdict of each form that was looked at.
type verdicts struct {
	mu  sync.Mutex
	all map[int]Verdict
}

// note remembers a verdict. When there are too many, the oldest goes.
func (l *verdicts) note(v Verdict) {
	if !v.Known() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[int]Verdict{}
	}
	if _, there := l.all[v.Form]; !there && len(l.all) >= maxVerdicts {
		oldest := slices.MinFunc(slices.Collect(maps.Values(l.all)), func(a, b Verdict) int { return a.At.Compare(b.At) })
		delete(l.all, oldest.Form)
	}
	l.all[v.Form] = v
}

// forms are the forms that are remembered.
func (l *verdicts) forms() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.all))
}

func (l *verdicts) of(form int) Verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[form]
}

// examine asks the booking API for a form, a call for each part that is not cached, and remembers the verdict. company chooses a branch
// of a chain; 0 is the one that the form fixes.
func (s *Server) examine(ctx context.Context, form, company int) (catalog.Salon, Verdict) {
	salon := s.Catalog.Salon(ctx, OwnLanguage, form, company)
	v := Judge(form, salon, s.Frames.For(form), s.Speaks)
	if decided(salon.Err) && company == 0 {
		s.verdicts.note(v)
	}
	return salon, v
}

// verdict is the last verdict of a form. It makes no call: answers to customers are judged too, as far as they are not older and tell no
// less.
func (s *Server) verdict(form int) Verdict {
	last, kept := s.verdicts.of(form), s.Catalog.CachedSalon(OwnLanguage, form, 0)
	v := Judge(form, kept, s.Frames.For(form), s.Speaks)
	if !decided(kept.Err) || v.parts < last.parts || !v.At.After(last.At) {
		return last
	}
	v.Name = cmp.Or(v.Name, last.Name)
	return v
}

// decided says whether an error, or that there is none, tells something about the form. Some only tell that the booking API cannot be
// asked at present.
func decided(err error) bool {
	if errors.Is(err, upstream.ErrOpen) {
		return false
	}
	switch catalog.ProblemOf(err) {
	case catalog.ProblemBusy:
		return false
	case catalog.ProblemDown:
		kind := upstream.KindOf(err)
		return kind != upstream.KindTimeout && kind != upstream.KindNetwork && kind != upstream.KindCanceled
	default:
		return true
	}
}

// OwnLanguage is a form's own language as the booking API codes it.
func OwnLanguage(form *catalog.Bookform) string {
	code, _ := i18n.Canonical(form.Language)
	return i18n.UpstreamCode(code)
}
