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

const (
	// proofWait is how long whoever has no script waits instead of solving a puzzle.
	proofWait = 30 * time.Second
	// proofLives is how long a puzzle may be answered.
	proofLives = 30 * time.Minute
)

// vouched says whether a text message may be sent without more ado. When messages are about to run out,
// or a field was filled in that nobody sees, the browser proves first that somebody takes the trouble: it
// solves a puzzle by itself, or, without scripts, its owner waits. A puzzle is good for one message. When
// there are no messages left, no trouble helps, and the limits say so.
func (s *Server) vouched(c *fiber.Ctx, puzzle **proof.Puzzle, limits []quota.Limit) bool {
	verdict, err := s.Quotas.Look(c.UserContext(), limits...)
	trapped := c.FormValue(decoy) != ""
	if err != nil || !verdict.OK || !verdict.Near && !trapped && *puzzle == nil {
		return true
	}
	now, asked := s.Now(), *puzzle
	if asked != nil && (asked.Solved(c.FormValue("proof")) || now.Sub(asked.Since) >= proofWait) && now.Sub(asked.Since) < proofLives {
		*puzzle = nil
		used, err := s.Quotas.Take(c.UserContext(), quota.Limit{Name: "proof", Of: asked.Salt, Max: 1, Window: proofLives})
		if err != nil || used.OK {
			return true
		}
	}
	if *puzzle == nil || now.Sub(asked.Since) >= proofLives {
		fresh := proof.New(now)
		*puzzle = &fresh
		why := "near"
		if trapped {
			why = "decoy"
		}
		s.Log.Warn("proof asked for", "id", requestID(c), "route", c.Route().Path, "why", why)
		s.Watch.Limit("proof")
	}
	return false
}

// provePage asks for the proof. The form repeats what led here.
func (s *Server) provePage(base layout.Base, text *i18n.Localizer, action, token string, puzzle *proof.Puzzle, repeat ...pages.Hidden) pages.ProvePage {
	left := max(1, int((proofWait-s.Now().Sub(puzzle.Since)).Round(time.Second)/time.Second))
	page := pages.ProvePage{
		Base: base, Action: action, Token: token, Salt: puzzle.Salt, Want: puzzle.Want, Max: proof.Max, Repeat: repeat,
		Text: text.T("widget.prove.text"), WaitIn: left, Wait: text.T("widget.prove.wait", "seconds", left), Submit: text.T("button.continue"),
	}
	page.Typed = true
	if href := page.Salon.PhoneHref; href != "" {
		page.Alerts = append(page.Alerts, layout.Alert{Kind: "info", Text: text.T("widget.prove.call"), Link: &layout.Link{Title: page.Salon.Phone, URL: href}})
	}
	return page
}
