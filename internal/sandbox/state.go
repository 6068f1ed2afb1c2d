package sandbox

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

const (
	codeLife  = 10 * time.Minute
	codeTries = 5
	maxSMS    = 500
)

// state is everything that changes. The server's lock guards it.
type state struct {
	*world
	booked   []*record // after the seed: through the API or by a desk, by rising id
	eventsOn map[staffDay][]*event
	codes    map[string]*code // by phone, digits only
	sms      []SMS            // oldest first, bounded
	logins   map[string]*user // pending second factors, by uuid
	nextUser int
	hooks    *hooks // nil: nobody is told
}

// staffDay indexes what begins on one wall-clock day of a master. A shift that runs past midnight has visits under the
// next day's key too.
type staffDay struct {
	staff int
	day   date
}

// code is an SMS code that was sent and may still be used.
type code struct {
	digits  string
	expires time.Time
	tries   int // left
}

func newState(w *world) *state {
	st := &state{
		world: w, eventsOn: make(map[staffDay][]*event),
		codes: make(map[string]*code), logins: make(map[string]*user), nextUser: 7100,
	}
	for _, u := range w.users {
		u.token = newSecret()
	}
	for _, e := range w.events {
		key := staffDay{e.staff, dateOf(e.start.In(w.company(e.company).zone))}
		st.eventsOn[key] = append(st.eventsOn[key], e)
	}
	return st
}

// firstVisit is the number of the first visit of all.
const firstVisit = 640_000_001

// firstBooked is the number of the first visit that is booked after the seed.
func (st *state) firstBooked() int { return firstVisit + len(st.diaries)*roomOf }

// record is the visit of a number, or nil.
func (st *state) record(id int) *record {
	if at := id - st.firstBooked(); at >= 0 {
		if at < len(st.booked) {
			return st.booked[at]
		}
		return nil
	}
	if id < firstVisit {
		return nil
	}
	at := id - firstVisit
	if laid := st.diaries[at/roomOf].open().laid; at%roomOf < len(laid) {
		return laid[at%roomOf]
	}
	return nil
}

// insert numbers a record and enters it into the diary.
func (st *state) insert(r *record) {
	r.id = st.firstBooked() + len(st.booked)
	st.booked = append(st.booked, r)
	st.diaryOf[r.company].open().enter(r)
	st.changed(r, "create")
}

// shift moves a record to another slot.
func (st *state) shift(r *record, to slot, now time.Time) {
	d := st.diaryOf[r.company].open()
	key := d.key(r)
	d.byDay[key] = slices.DeleteFunc(d.byDay[key], func(other *record) bool { return other == r })
	r.staff, r.start, r.length, r.changed = to.master.id, to.start, to.length, now
	d.enter(r)
	st.changed(r, "update")
}

// busy is what occupies a master in a shift that begins on d. The record except, if any, is left out:
// a visit does not stand in its own way when it moves.
func (st *state) busy(c *company, staff int, d date, except int) []span {
	visits := st.diaryOf[c.id].open()
	out := st.busyOn(visits, staffDay{staff, d}, except)
	if c.pastMidnight {
		out = append(out, st.busyOn(visits, staffDay{staff, d.add(-1)}, except)...)
		out = append(out, st.busyOn(visits, staffDay{staff, d.add(1)}, except)...)
	}
	return out
}

func (st *state) busyOn(visits *diary, key staffDay, except int) []span {
	var out []span
	for _, r := range visits.byDay[key] {
		if !r.deleted && r.id != except && r.activity == 0 {
			out = append(out, r.span())
		}
	}
	for _, e := range st.eventsOn[key] {
		out = append(out, span{e.start, e.start.Add(e.length)})
	}
	return out
}

// slot is one offered start.
type slot struct {
	start  time.Time
	length time.Duration
	master *master
}

// query says what a visit must fit. Master 0 is any of them.
type query struct {
	company  *company
	master   int
	services []int
	now      time.Time
	except   int // a record id to look past
}

// lastDay is the last day that can be booked.
func (q query) lastDay() date { return dateOf(q.now.In(q.company.zone)).add(q.company.horizon) }

// masters lists who could do the visit at all, whatever the time.
func (q query) masters() []*master {
	var out []*master
	for _, m := range q.company.staff {
		if _, does := m.length(q.services, q.company.defaultLength); does && m.bookable && (q.master == 0 || q.master == m.id) {
			out = append(out, m)
		}
	}
	return out
}

// slots lists the starts offered on d in order. Where several masters are free
// at once the first of them by weight stands for all.
func (st *state) slots(q query, d date) []slot {
	today := dateOf(q.now.In(q.company.zone))
	grid := d.grid(q.company.grid, q.company.zone)
	if q.company.pastMidnight { // last night's shift may still go on
		today = today.add(-1)
		grid = append(grid, d.add(1).grid(q.company.grid, q.company.zone)...)
	}
	if d.before(today) || q.lastDay().before(d) {
		return nil
	}
	seen := make(map[time.Time]bool)
	var out []slot
	for _, m := range q.masters() {
		work := m.work(d)
		if len(work) == 0 {
			continue
		}
		length, _ := m.length(q.services, q.company.defaultLength)
		for _, start := range freeStarts(work, st.busy(q.company, m.id, d, q.except), grid, length, q.now.Add(q.company.delay)) {
			if !seen[start] {
				seen[start] = true
				out = append(out, slot{start, length, m})
			}
		}
	}
	slices.SortFunc(out, func(a, b slot) int { return a.start.Compare(b.start) })
	return out
}

// slotAt is the offered slot that starts at the instant, if there is one.
func (st *state) slotAt(q query, start time.Time) (slot, bool) {
	day := dateOf(start.In(q.company.zone))
	offered := st.slots(q, day)
	if q.company.pastMidnight {
		offered = append(offered, st.slots(q, day.add(-1))...)
	}
	for _, s := range offered {
		if s.start.Equal(start) {
			return s, true
		}
	}
	return slot{}, false
}

// nearest is the first day from the given one with a slot, and its slots.
func (st *state) nearest(q query, from date) (date, []slot) {
	if today := dateOf(q.now.In(q.company.zone)); from.before(today) {
		from = today
	}
	for d := from; !q.lastDay().before(d); d = d.add(1) {
		if found := st.slots(q, d); len(found) > 0 {
			return d, found
		}
	}
	return date{}, nil
}

// working tells whether anyone the query allows is at work on d.
func (q query) working(d date) bool {
	for _, m := range q.masters() {
		if len(m.work(d)) > 0 {
			return true
		}
	}
	return false
}

// sendCode puts a fresh code into the inbox; an earlier one stops working.
func (st *state) sendCode(phone string, lang language, now time.Time) {
	digits := newDigits()
	st.codes[phone] = &code{digits, now.Add(codeLife), codeTries}
	st.sms = append(st.sms, SMS{Phone: phone, Text: st.dict.say(lang, "sms.code", digits), Code: digits, Time: now})
	if len(st.sms) > maxSMS {
		st.sms = slices.Delete(st.sms, 0, len(st.sms)-maxSMS)
	}
}

// checkCode tells whether the code is right, counting a wrong try.
func (st *state) checkCode(phone, digits string, now time.Time) bool {
	c := st.codes[phone]
	if c == nil || now.After(c.expires) || c.tries == 0 {
		return false
	}
	if c.digits != digits {
		c.tries--
		return false
	}
	return true
}

func (st *state) userByToken(token string) *user {
	for _, u := range st.users {
		if token != "" && u.token == token {
			return u
		}
	}
	return nil
}

func (st *state) userByPhone(phone string) *user {
	for _, u := range st.users {
		if u.phone == phone {
			return u
		}
	}
	return nil
}

// recordsOf lists a customer's records, the newest visit first.
func (st *state) recordsOf(u *user) []*record {
	var out []*record
	own := func(r *record) bool { return r.phone != "" && r.phone == u.phone }
	for _, d := range st.diaries {
		if d.customer != nil { // the seed gives no other visit a phone
			out = append(out, kept(d.open().laid, own)...)
		}
	}
	out = append(out, kept(st.booked, own)...)
	slices.SortFunc(out, func(a, b *record) int { return cmp.Or(b.start.Compare(a.start), cmp.Compare(a.id, b.id)) })
	return out
}

// kept are the visits of which something is true.
func kept(visits []*record, is func(*record) bool) (out []*record) {
	for _, r := range visits {
		if is(r) {
			out = append(out, r)
		}
	}
	return out
}

func (st *state) event(company, id int) *event {
	for _, e := range st.events {
		if e.id == id && e.company == company {
			return e
		}
	}
	return nil
}

// newSecret is 32 hexadecimal digits, as record hashes and user tokens are.
func newSecret() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// newDigits is a four-digit SMS code.
func newDigits() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	return strconv.Itoa(1000 + n%9000)
}
