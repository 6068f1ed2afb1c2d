package server

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/internal/proof"
	"okoshko/internal/quota"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// decoy is a field that no person sees. A program fills in whatever it finds.
const decoy = "homepage"

// proofLives is how long a puzzle may be answered.
const proofLives = 30 * time.Minute

// proven says whether the trouble has been taken that a level asks for, 0 being none: the browser has solved a puzzle, or,
// without scripts, its owner has waited. A field filled in that nobody sees asks for some too. Otherwise a puzzle stands in
// its place, to be solved. A puzzle is good for one time, and no longer when by now a much harder one is due: so whoever
// solves many beforehand gains nothing.
func (s *Server) proven(c *fiber.Ctx, puzzle **proof.Puzzle, level int) bool {
	why := "near"
	if field(c, decoy) != "" {
		why, level = "decoy", max(level, 1)
	}
	asked := *puzzle
	if asked == nil && level == 0 {
		return true
	}
	young := asked != nil && s.Now().Sub(asked.Since) < proofLives && asked.Steps > 0
	if young && asked.Level >= level-1 {
		if !s.answered(c, asked) {
			return false
		}
		*puzzle = nil
		used, err := s.Quotas.Take(c.UserContext(), quota.Limit{Name: "proof", Of: asked.Salt, Max: 1, Window: proofLives})
		if err != nil {
			s.Log.Error("limit not counted", "limit", "proof", "error", err)
		} else if used.OK {
			return true
		}
	}
	fresh := proof.New(s.Now(), level)
	*puzzle = &fresh
	s.Log.Warn("proof asked for", "id", requestID(c), "route", c.Route().Path, "why", why, "level", fresh.Level)
	s.Watch.Limit("proof")
	return false
}

// answered says whether a puzzle has been solved, or waited for: whoever waits for many at a time from one network goes on
// with one of them after the other.
func (s *Server) answered(c *fiber.Ctx, asked *proof.Puzzle) bool {
	if asked.Solved(field(c, "proof")) {
		return true
	}
	if s.Now().Sub(asked.Since) < asked.Wait() {
		return false
	}
	turn, err := s.Quotas.Take(c.UserContext(), s.around(c, "proof-wait", "", 1, asked.Wait())...)
	if err != nil {
		s.Log.Error("limit not counted", "limit", "proof-wait", "error", err)
	}
	return err == nil && turn.OK
}

// Why a proof is asked for, by the names of the texts that say so.
const (
	proveMessage  = "text"
	provePassword = "password"
)

// provePage asks for the proof. The form repeats what led here.
func (s *Server) provePage(base layout.Base, text *i18n.Localizer, why, action, token string, puzzle *proof.Puzzle, repeat ...pages.Hidden) pages.ProvePage {
	left := max(1, int((puzzle.Wait()-s.Now().Sub(puzzle.Since)).Round(time.Second)/time.Second))
	page := pages.ProvePage{
		Base: base, Action: action, Token: token, Salt: puzzle.Salt, Modulus: puzzle.Modulus, Steps: puzzle.Steps, Repeat: repeat,
		Text: text.T("widget.prove." + why), WaitIn: left, Wait: text.T("widget.prove.wait", "seconds", left), Submit: text.T("button.continue"),
	}
	page.Typed = true
	if href := page.Salon.PhoneHref; href != "" {
		page.Alerts = append(page.Alerts, layout.Alert{Kind: "info", Text: text.T("widget.prove.call"), Link: &layout.Link{Title: page.Salon.Phone, URL: href}})
	}
	return page
}
