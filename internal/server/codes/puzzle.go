package codes

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/internal/puzzle"
	"okoshko/internal/quota"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// Decoy is a field that no person sees. A program that fills in every field fills in this one too.
const Decoy = "homepage"

// puzzleLives is how long a puzzle may be answered.
const puzzleLives = 30 * time.Minute

// PassPuzzle lets a request pass that costs no puzzle (level 0 and none pending), or whose pending puzzle was solved, or
// waited for by a customer without scripts. It takes the pending puzzle away when it is used, and puts a new one in its place
// when one is to be solved first. A request with the decoy field filled in costs a puzzle of the first level at least. While
// the store does not answer, no puzzle counts as used for the first time, and another one is to be solved.
func (s *Service) PassPuzzle(c *fiber.Ctx, pending **puzzle.Puzzle, level int) bool {
	why := "near"
	if input.Field(c, Decoy) != "" {
		why, level = "decoy", max(level, 1)
	}
	asked := *pending
	switch {
	case asked == nil && level == 0:
		return true
	case asked == nil || !s.stillGood(asked, level):
	case !s.answered(c, asked):
		return false
	default:
		*pending = nil
		if s.firstUse(c, asked) {
			return true
		}
	}
	fresh := puzzle.New(s.Now(), level)
	*pending = &fresh
	s.Log.Warn("proof asked for", "id", response.RequestID(c), "route", c.Route().Path, "why", why, "level", fresh.Level)
	s.Watch.Limit("proof")
	return false
}

// stillGood says whether a puzzle may be answered where one of a level is due: not after its time, and not when a puzzle that
// is more than a level harder is due by now. A program that solves many beforehand gains nothing.
func (s *Service) stillGood(asked *puzzle.Puzzle, level int) bool {
	return s.Now().Sub(asked.Since) < puzzleLives && asked.Steps > 0 && asked.Level >= level-1
}

// firstUse notes that a puzzle was used, and says whether it had not been used before.
func (s *Service) firstUse(c *fiber.Ctx, asked *puzzle.Puzzle) bool {
	used, err := s.Quotas.Take(c.UserContext(), quota.Limit{Name: "proof", Of: asked.Salt, Max: 1, Window: puzzleLives})
	if err != nil {
		s.Log.Error("limit not counted", "limit", "proof", "error", err)
		return false
	}
	return used.OK
}

// answered says whether a puzzle has been solved, or waited for. Customers of one network who wait at the same time go on one
// after the other.
func (s *Service) answered(c *fiber.Ctx, asked *puzzle.Puzzle) bool {
	if asked.Solved(input.Field(c, "proof")) {
		return true
	}
	if s.Now().Sub(asked.Since) < asked.Wait() {
		return false
	}
	turn, err := s.Quotas.Take(c.UserContext(), s.Guard.Around(c, "proof-wait", "", 1, asked.Wait())...)
	if err != nil {
		s.Log.Error("limit not counted", "limit", "proof-wait", "error", err)
	}
	return err == nil && turn.OK
}

// Why a puzzle is to be solved, by the names of the texts that say so.
const (
	PuzzleMessage  = "text"
	PuzzlePassword = "password"
)

// PuzzlePage asks for a solved puzzle. The form repeats what led here.
func (s *Service) PuzzlePage(base layout.Base, text *i18n.Localizer, why, action, token string, asked *puzzle.Puzzle, repeat ...pages.Hidden) pages.PuzzlePage {
	left := max(1, int((asked.Wait()-s.Now().Sub(asked.Since)).Round(time.Second)/time.Second))
	view := pages.PuzzlePage{
		Base: base, Action: action, Token: token, Salt: asked.Salt, Modulus: asked.Modulus, Steps: asked.Steps, Repeat: repeat,
		Text: text.T("widget.prove." + why), WaitIn: left, Wait: text.T("widget.prove.wait", "seconds", left, "button", text.T("button.continue")),
		Submit: text.T("button.continue"),
	}
	view.Typed = true
	if href := view.Salon.PhoneHref; href != "" {
		call := page.Dial(text, view.Salon.Phone, href)
		view.Alerts = append(view.Alerts, layout.Alert{Kind: "info", Lasting: true, Text: text.T("widget.prove.call"), Link: &call})
	}
	return view
}
