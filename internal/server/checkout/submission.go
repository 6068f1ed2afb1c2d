package checkout

import (
	"cmp"
	"errors"
	"net/url"
	"path"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// submission is a form of the checkout that was sent, as far as it has been checked.
type submission struct {
	step      flow.Step
	token     session.Token
	expired   bool   // the form lay open for too long
	duplicate string // the id of the attempt that has booked the same already; "" = none is known
	*wizard          // from the check of the draft on
}

// Wizard makes a handler of the form of a step. The checks stand in the order in which they have to be made: each one either
// answers the request (done), or leaves it to the next one.
func (s *Handlers) Wizard(step flow.Step, handle func(*fiber.Ctx, *wizard) error) fiber.Handler {
	checks := []func(*fiber.Ctx, *submission) (done bool, err error){
		s.checkToken,
		s.checkAttempt, // before anything is asked about choices that the form's own booking may have made impossible
		s.checkDraft,
		s.checkLeaving,
		s.checkGroupEvent,
		s.checkDuplicate, // before the customer is told that the time is gone, which may be his own booking
		s.checkChoices,
		s.checkBookable,
		s.checkUpstream,
		s.checkAge, // last, so that an expired form is shown again with all that is true of it now
	}
	return func(c *fiber.Ctx) error {
		f := &submission{step: step}
		if step == flow.Confirm && input.Field(c, "edit") == "" && input.Field(c, "resend") == "" && input.Field(c, layout.LeaveName) == "" && !input.Switching(c) {
			response.SetAnswer(c, response.AnswerAgain) // the press that books, until more is known of its answer
		}
		for _, check := range checks {
			if done, err := check(c, f); done || err != nil {
				return err
			}
		}
		return handle(c, f.wizard)
	}
}

// checkToken wants a token of this program for this bookform. An expired token still names the draft, so that the customer
// loses nothing and sees the form again.
func (s *Handlers) checkToken(c *fiber.Ctx, f *submission) (bool, error) {
	bookform, err := c.ParamsInt(urls.PathForm)
	if err != nil {
		return false, fiber.ErrNotFound
	}
	f.token, err = s.Guard.Token(c, bookform, "")
	f.expired = errors.Is(err, session.ErrTokenExpired)
	if err != nil && !f.expired {
		return false, fiber.ErrForbidden
	}
	return false, nil
}

// checkAttempt gives a form that was sent before the answer of its attempt. Without the store it is not known whether the form
// was sent before.
func (s *Handlers) checkAttempt(c *fiber.Ctx, f *submission) (bool, error) {
	attempt, err := s.Desk.Attempt(c.UserContext(), booking.AttemptID(f.token.Nonce))
	switch {
	case errors.Is(err, booking.ErrNoAttempt):
	case err != nil:
		_, _ = s.Pages.Read(c, f.step) // the error page then names the salon
		return false, err
	case attempt.State != booking.StateRefused:
		noteAnswer(c, attempt)
		return true, s.toDone(c, attempt)
	case attempt.Refusal.Reason == booking.ReasonDuplicate:
		f.duplicate = attempt.Refusal.Attempt
	}
	return false, nil
}

// checkDraft reads the choices of the address and the draft of the session, and puts what was typed into it. What was typed
// for one salon does not go to another one.
func (s *Handlers) checkDraft(c *fiber.Ctx, f *submission) (bool, error) {
	if !f.expired {
		s.Guard.Pay(c, f.token)
	}
	v, err := s.Pages.Read(c, f.step)
	if err != nil {
		return false, err
	}
	sess, err := s.Sessions.ByID(c, f.token.Session)
	if err != nil {
		return false, err
	}
	v.Questions = s.Pages.Questions(c, v)
	if v.Company != nil && v.Company.ID != f.token.Company {
		return false, fiber.ErrForbidden
	}
	w := newWizard(v, sess, f.token.Company)
	f.wizard, w.token = w, f.token
	if _, found := sess.Values[w.draftKey]; !found {
		w.draft, _ = session.Get[draft](sess, oldDraft)
	}
	w.draft.Told = cmp.Or(f.token.Told, w.draft.Told)
	if w.who, err = s.Customers.Customer(c); err != nil {
		return false, err
	}
	if input.HasField(c, "fullname") { // the forms of the code and of the puzzle have no fields for it
		w.draft.Contact = newContactForm(c, v.Questions)
	}
	return false, nil
}

// checkLeaving answers a button that leads away from the contact form, with what was typed kept. It leads to pages of the same
// bookform only.
func (s *Handlers) checkLeaving(c *fiber.Ctx, f *submission) (bool, error) {
	to, err := url.Parse(input.Field(c, layout.LeaveName))
	if err != nil || to.Host != "" || to.Scheme != "" || path.Clean(to.Path) != to.Path || !urls.IsForm(to.Path) || urls.FormIn(to.Path) != f.Form.ID {
		return false, nil //nolint:nilerr // no button of ours
	}
	if !f.expired {
		if err := s.save(c, f.wizard); err != nil {
			return false, err
		}
	}
	return true, c.Redirect(to.String(), fiber.StatusSeeOther)
}

// checkGroupEvent answers when the chosen group event is gone.
func (s *Handlers) checkGroupEvent(c *fiber.Ctx, f *submission) (bool, error) {
	if !f.DroppedGroupEvent {
		return false, nil
	}
	return true, s.eventLost(c, f.wizard)
}

// checkDuplicate answers when another attempt of this customer has booked the same.
func (s *Handlers) checkDuplicate(c *fiber.Ctx, f *submission) (bool, error) {
	if (!f.Journey.Ready(f.Choices) || f.Unchecked != nil) && f.duplicate == "" {
		f.duplicate = s.customersDuplicate(c, f.wizard)
	}
	if f.duplicate == "" {
		return false, nil
	}
	return true, s.showDuplicate(c, f.wizard, f.duplicate)
}

// checkChoices shows what is near when something that was chosen is gone by now.
func (s *Handlers) checkChoices(c *fiber.Ctx, f *submission) (bool, error) {
	if f.Journey.Ready(f.Choices) && (!input.Switching(c) || input.Field(c, "step") != "lost") {
		return false, nil
	}
	return true, s.mend(c, f.wizard)
}

// checkBookable answers for what cannot be booked here.
func (s *Handlers) checkBookable(c *fiber.Ctx, f *submission) (bool, error) {
	return s.Pages.NotHere(c, f.Request)
}

// checkUpstream shows the form again while the upstream does not answer whether the choices stand.
func (s *Handlers) checkUpstream(c *fiber.Ctx, f *submission) (bool, error) {
	if f.Unchecked == nil {
		return false, nil
	}
	if f.step == flow.Confirm {
		response.SetAnswer(c, response.AnswerUnsent)
	}
	return true, s.unanswered(c, f.wizard, f.step)
}

// checkAge shows an expired form again.
func (s *Handlers) checkAge(c *fiber.Ctx, f *submission) (bool, error) {
	if !f.expired {
		return false, nil
	}
	f.Notices = append(f.Notices, page.NoticeExpired)
	return true, s.renderContact(c, f.wizard, nil)
}
