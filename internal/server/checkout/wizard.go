package checkout

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"

	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/internal/phone"
	"okoshko/internal/puzzle"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/session"
	"okoshko/internal/urls"
)

// draft is what the customer has typed and done since the contact step, kept on the server under
// the session that the wizard token names.
type draft struct {
	Contact      ContactForm `json:"contact"`
	Code         string      `json:"code,omitempty"`
	CodeTo       string      `json:"code_to,omitempty"` // the number that the last code went to
	CodeSent     time.Time   `json:"code_sent,omitzero"`
	CodeSentHere bool        `json:"code_own,omitempty"` // this form had it sent
	Checked      time.Time   `json:"checked,omitzero"`   // when the upstream last said that CheckedAs can be booked
	CheckedAs    string      `json:"checked_as,omitempty"`

	Puzzle *puzzle.Puzzle `json:"puzzle,omitempty"` // to be solved before the customer goes on; nil = none

	Consent *booking.Consent `json:"consent,omitempty"` // as it was typed; nil = nothing was agreed to
	Anyway  []string         `json:"anyway,omitempty"`  // attempts that may stand and that the customer was told of
	Kept    time.Time        `json:"kept,omitzero"`     // when the draft was last written
	Told    string           `json:"told,omitempty"`    // the ticket of the wish whose message has led to the form
}

// draftsKept is how many drafts a session keeps, the latest ones: of somebody who looks at several salons at once.
const draftsKept = 4

const draftPrefix = "draft/"

// draftKey is where a session keeps the draft of a bookform's form at a company. What was typed for one salon must
// not stand in another one's form: nobody has agreed that it goes there.
func draftKey(bookform, company int) string {
	return draftPrefix + strconv.Itoa(bookform) + "/" + strconv.Itoa(company)
}

// oldDraft is where processes before the drafts of several salons kept the one of a session. It is read while the
// two run side by side, by the token of its own form alone.
const oldDraft = "draft"

// wizard is a request from the contact step on: a visit together with the customer's session. It
// works with cookies off, because the token in the form names the session.
type wizard struct {
	*page.Request
	session  *sessions.Session
	draftKey string // of the draft in the session
	token    session.Token
	draft    draft
	who      *customers.Customer // nil: nobody has signed in
	words    map[string]string   // what the upstream says is wrong, by the names of the controls; "" = of the whole form
}

// open begins or takes up a wizard for a page that is asked for by GET, by the cookie where there
// is one.
func (s *Handlers) open(c *fiber.Ctx, v *page.Request) (*wizard, error) {
	sess, err := s.Sessions.FromRequest(c)
	if err != nil {
		return nil, err
	}
	v.Questions = s.Pages.Questions(c, v)
	w := newWizard(v, sess, v.Company.ID)
	if w.who, err = s.Customers.Customer(c); err != nil {
		return nil, err
	}
	if ticket := c.Query(urls.QueryTold); len(ticket) <= maxTicket && ticket != "" {
		w.draft.Told = ticket
	}
	w.introduce()
	return w, nil
}

// maxTicket bounds what an address says of a wish. What it says is checked when something is booked.
const maxTicket = 200

// introduce fills a form in which nothing has been typed with what the account knows of a customer who
// has signed in.
func (w *wizard) introduce() {
	form := &w.draft.Contact
	if w.who == nil || form.Fullname != "" || form.Phone != "" || form.Email != "" {
		return
	}
	form.Fullname, form.Email = w.who.Name, w.who.Email
	if w.who.Phone != "" {
		form.Phone = phone.Number(w.who.Phone).String()
	}
}

// known says whether the phone that was typed is the customer's own, which needs no other proof than
// that the customer has signed in.
func (w *wizard) known() bool {
	number, ok := phone.Parse(w.draft.Contact.Phone, rules(w.Request).region)
	return w.who != nil && ok && string(number) == w.who.Phone
}

// codeNeeded says whether the phone must be confirmed by a text message.
func (w *wizard) codeNeeded() bool { return codeNeeded(w.Request) && !w.known() }

// codeMissing says whether a code is needed that the customer has not typed for this phone.
func (w *wizard) codeMissing() bool {
	return w.codeNeeded() && (w.draft.Code == "" || w.draft.CodeTo != w.draft.Contact.contact(rules(w.Request)).Phone)
}

// codeUnderWay says whether a code was sent to this phone that can still be typed.
func (s *Handlers) codeUnderWay(w *wizard) bool {
	return w.draft.CodeTo == w.draft.Contact.contact(rules(w.Request)).Phone && s.Now().Sub(w.draft.CodeSent) < codes.CodeLives
}

func newWizard(v *page.Request, sess *sessions.Session, company int) *wizard {
	w := &wizard{Request: v, session: sess, draftKey: draftKey(v.Form.ID, company)}
	w.draft, _ = session.Get[draft](sess, w.draftKey)
	return w
}

// unanswered shows the form again while the upstream does not answer, with what was typed and the
// salon's phone.
func (s *Handlers) unanswered(c *fiber.Ctx, w *wizard, step flow.Step) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	w.Notices = append(w.Notices, page.NoticeDown)
	if (step == flow.Confirm || input.Field(c, "step") == "code") && len(w.draft.Contact.validate(rules(w.Request))) == 0 {
		return s.renderConfirm(c, w)
	}
	return s.renderContact(c, w, nil)
}

// mint makes the token of the next form of this wizard. Every form gets a nonce of its own, so
// that a press of its button is one attempt, however often it arrives.
func (w *wizard) mint(c *fiber.Ctx, s *Handlers) (string, error) {
	return s.Guard.Mint(c, session.Token{Form: w.Form.ID, Company: w.Company.ID, Session: w.session.ID, Told: w.draft.Told})
}

// save keeps the draft.
func (s *Handlers) save(c *fiber.Ctx, w *wizard) error {
	w.draft.Kept = s.Now()
	if err := session.Set(w.session, w.draftKey, w.draft); err != nil {
		return err
	}
	delete(w.session.Values, oldDraft)
	for drafts := draftsOf(w.session); len(drafts) > draftsKept; drafts = drafts[1:] {
		delete(w.session.Values, drafts[0])
	}
	return s.Sessions.Keep(c, w.session)
}

// draftsOf are the keys of a session's drafts, the oldest first.
func draftsOf(sess *sessions.Session) []string {
	kept := map[string]time.Time{}
	for key := range sess.Values {
		if name, _ := key.(string); strings.HasPrefix(name, draftPrefix) {
			d, _ := session.Get[draft](sess, name)
			kept[name] = d.Kept
		}
	}
	return slices.SortedFunc(maps.Keys(kept), func(a, b string) int { return kept[a].Compare(kept[b]) })
}

// bookedKey is where a session keeps the id of the attempt that has booked last.
const bookedKey = "booked"

// endDraft forgets what was typed, and the whole session when no other draft is in it. All that stays of it is which attempt has
// booked, in a session of another id.
func (s *Handlers) endDraft(c *fiber.Ctx, w *wizard, attempt string) error {
	delete(w.session.Values, w.draftKey)
	delete(w.session.Values, oldDraft)
	if len(draftsOf(w.session)) == 0 {
		if err := s.Sessions.Renew(c, w.session); err != nil {
			return err
		}
	}
	if err := session.Set(w.session, bookedKey, attempt); err != nil {
		return err
	}
	return s.Sessions.Keep(c, w.session)
}

// BackToDone answers the browser's Back from the done page. It asks for the page that has booked, whose time is not free any
// more: the customer, who has it, would be asked to choose another. In a frame, and where a script asks for the page, nobody has
// gone back: the booking of a website adds nothing to the history.
func (s *Handlers) BackToDone(c *fiber.Ctx) error {
	if err := c.Next(); err != nil || c.Response().StatusCode() != fiber.StatusSeeOther {
		return err
	}
	if to := c.Get("Sec-Fetch-Dest"); to != "" && to != "document" {
		return nil
	}
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return nil //nolint:nilerr // the address makes no choices
	}
	asked, _ := flow.ParseChoices(query)
	sess, err := s.Sessions.FromRequest(c)
	if err != nil {
		return err
	}
	id, _ := session.Get[string](sess, bookedKey)
	attempt, err := s.Desk.Attempt(c.UserContext(), id)
	if err != nil || strconv.Itoa(attempt.Form) != c.Params(urls.PathForm) ||
		!slices.ContainsFunc(attempt.Appointments, func(a booking.Appointment) bool {
			return a.Start.Equal(asked.Slot) && (len(asked.Services) == 0 || slices.Equal(asked.Services, a.Services))
		}) {
		return nil //nolint:nilerr // this browser has not booked it
	}
	return s.toDone(c, attempt)
}

// visits are the chosen visits as the booking desk wants them.
func visits(v *page.Request) []booking.Appointment {
	if v.GroupEvent != nil {
		return []booking.Appointment{{ID: 1, Services: []int{v.GroupEvent.ServiceID}, Start: v.GroupEvent.Start, Length: v.GroupEvent.Length}}
	}
	var out []booking.Appointment
	for i, b := range v.Choices.Basket {
		out = append(out, booking.Appointment{ID: i + 1, Services: b.Services, Master: b.Master, Start: b.Slot})
	}
	return append(out, booking.Appointment{
		ID: len(out) + 1, Services: v.Choices.Services, Master: v.Choices.Master, Start: v.Slot.Start, Length: v.Slot.Length,
	})
}

// codeNeeded says whether the phone must be confirmed by a text message. A chain's companies
// decide each for themselves.
func codeNeeded(v *page.Request) bool {
	if v.Form.GroupID != 0 {
		return v.Company.PhoneConfirmation && (v.Company.SMS || v.Form.SMS)
	}
	return (v.Form.PhoneConfirmation || v.Company.PhoneConfirmation) && v.Form.SMS
}

// key names the visit that a check was made for.
func key(v *page.Request) string {
	c := v.Choices
	c.Lang = ""
	return c.Encode()
}
