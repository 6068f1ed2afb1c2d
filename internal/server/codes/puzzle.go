package codes

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/internal/puzzle"
	"okoshko/internal/quota"
	"okoshko/internal/server/input"
	"okoshko/internal/server/response"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// Decoy is a field that no person sees. A program that fills in every field fills in this one too.
const Decoy = "homepage"

// puzzleLives is how long a puzzle may be answered.
const puzzleLives = 30 * time.Minute

// Proven says whether the puzzle of a level has been paid for, 0 being no puzzle: the browser has solved it, or a customer
// without scripts has waited instead. A request with the decoy field filled in costs a puzzle of the first level at least.
// Where none has been solved, a new puzzle is stored in pending. A puzzle is good for one time, and only while no puzzle
// that is more than a level harder is due: a program that solves many beforehand gains nothing.
func (s *Service) Proven(c *fiber.Ctx, pending **puzzle.Puzzle, level int) bool {
	why := "near"
	if input.Field(c, Decoy) != "" {
		why, level = "decoy", max(level, 1)
	}
	asked := *pending
	if asked == nil && level == 0 {
		return true
	}
	young := asked != nil && s.Now().Sub(asked.Since) < puzzleLives && asked.Steps > 0
	if young && asked.Level >= level-1 {
		if !s.answered(c, asked) {
			return false
		}
		*pending = nil
		used, err := s.Quotas.Take(c.UserContext(), quota.Limit{Name: "proof", Of: asked.Salt, Max: 1, Window: puzzleLives})
		if err != nil {
			s.Log.Error("limit not counted", "limit", "proof", "error", err)
		} else if used.OK {
			return true
		}
	}
	fresh := puzzle.New(s.Now(), level)
	*pending = &fresh
	s.Log.Warn("proof asked for", "id", response.RequestID(c), "route", c.Route().Path, "why", why, "level", fresh.Level)
	s.Watch.Limit("proof")
	return false
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
		Text: text.T("widget.prove." + why), WaitIn: left, Wait: text.T("widget.prove.wait", "seconds", left), Submit: text.T("button.continue"),
	}
	view.Typed = true
	if href := view.Salon.PhoneHref; href != "" {
		view.Alerts = append(view.Alerts, layout.Alert{Kind: "info", Text: text.T("widget.prove.call"), Link: &layout.Link{Title: view.Salon.Phone, URL: href}})
	}
	return view
}
