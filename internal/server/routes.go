package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
)

// routes is the table of contents of the widget.
func (s *Server) routes() {
	sameOrigin := requireSameOrigin(s.PublicURL)
	s.app.Use(identify)
	if s.Span != nil {
		s.app.Use(s.startSpan)
	}
	s.app.Use(record(s.Log, s.Now, s.Watch), survive(s.Log), s.secure, usual, plainBodies, bodyFields, unglue, deadline(s.RequestTimeout), s.glance, ahead, s.visitor, s.frugal)

	s.app.Get("/robots.txt", s.showRobots)
	s.app.Get("/static/:hash/:name", s.asset)
	s.app.Get("/embed/v1.js", s.showLoader)
	s.app.Get("/embed/:version/embed.js", s.showPinnedLoader)
	s.app.Get("/embed/*", s.showNoLoader)
	s.app.Get("/", s.showDemo)
	s.app.Get("/showcase", s.showShowcase)
	s.app.Get("/showcase/:page", s.showShowcasePage)

	// What a frame may show, to those who may frame it.
	s.app.Use("/b/:form", s.guests)
	s.app.Use("/me/:form", s.guests)

	// Browse: pure functions of the URL, equal for everybody, no cookie.
	s.app.Get("/b/:form", s.start)
	s.app.Get("/b/:form/city", s.collectDeps, s.page(s.showCity))
	s.app.Get("/b/:form/company", s.collectDeps, s.page(s.showCompany))
	s.app.Get("/b/:form/service", s.collectDeps, s.page(s.showService))
	s.app.Get("/b/:form/master", s.collectDeps, s.page(s.showMaster))
	s.app.Get("/b/:form/master/:staff", s.collectDeps, s.showAboutMaster)
	s.app.Get("/b/:form/datetime", s.collectDeps, s.page(s.showDatetime))

	s.app.Get("/b/:form/about", s.collectDeps, s.showAbout)
	s.app.Get("/b/:form/privacy", s.showPrivacy)
	s.app.Get("/b/:form/events", s.collectDeps, s.showEvents)
	s.app.Get("/b/:form/events/:event", s.collectDeps, s.showEvent)

	// From here on a page belongs to one visitor.
	s.app.Get("/b/:form/contact", private, s.page(s.showContact))
	s.app.Post("/b/:form/contact", private, sameOrigin, s.wizard(flow.Contact, s.submitContact))
	s.app.Get("/b/:form/confirm", private, s.page(s.showConfirm))
	s.app.Post("/b/:form/confirm", private, sameOrigin, s.wizard(flow.Confirm, s.submitConfirm))
	s.app.Get("/b/:form/done", private, s.showDone)

	// A visit, for whoever holds its link.
	s.app.Get("/r/:form/:company/:record/:hash", s.visitPage(s.showRecord))
	s.app.Get("/r/:form/:company/:record/:hash/visit.ics", s.visitPage(s.showCalendar))
	s.app.Get("/r/:form/:company/:record/:hash/feed.ics", s.showFeed)
	s.app.Get("/r/:form/:company/:record/:hash/cancel", s.visitPage(s.showCancel))
	s.app.Post("/r/:form/:company/:record/:hash/cancel", sameOrigin, s.visitForm(actCancel, s.submitCancel))
	s.app.Get("/r/:form/:company/:record/:hash/move", s.visitPage(s.showMove))
	s.app.Post("/r/:form/:company/:record/:hash/move", sameOrigin, s.visitForm(actMove, s.submitMove))

	// A customer's account.
	s.app.Get("/me/:form", s.showMe)
	s.app.Post("/me/:form", sameOrigin, s.submitMe)
	s.app.Get("/me/:form/password", s.showPassword)
	s.app.Post("/me/:form/password", sameOrigin, s.submitPassword)
	s.app.Post("/me/:form/leave", sameOrigin, s.mineForm(actLeave, s.submitLeave))
	s.app.Get("/me/:form/profile", s.mine(s.showProfile))
	s.app.Post("/me/:form/profile", sameOrigin, s.mineForm(actProfile, s.submitProfile))
	s.app.Get("/me/:form/profile/phone", s.mine(s.showNewPhone))
	s.app.Post("/me/:form/profile/phone", sameOrigin, s.mineForm(actNewPhone, s.submitNewPhone))
	s.app.Get("/me/:form/profile/password", s.mine(s.showNewPassword))
	s.app.Post("/me/:form/profile/password", sameOrigin, s.mineForm(actNewPassword, s.submitNewPassword))
	s.app.Get("/me/:form/visit/:company/:record", s.visitPage(s.showRecord))
	s.app.Get("/me/:form/visit/:company/:record/visit.ics", s.visitPage(s.showCalendar))
	s.app.Get("/me/:form/visit/:company/:record/cancel", s.visitPage(s.showCancel))
	s.app.Post("/me/:form/visit/:company/:record/cancel", sameOrigin, s.visitForm(actCancel, s.submitCancel))
	s.app.Get("/me/:form/visit/:company/:record/move", s.visitPage(s.showMove))
	s.app.Post("/me/:form/visit/:company/:record/move", sameOrigin, s.visitForm(actMove, s.submitMove))

	// The same by the links of the upstream's own widget.
	s.app.Get("/b/:form/visit", private, s.fromElsewhere)
	s.app.Get("/b/:form/company/*", private, s.fromElsewhere)
	s.app.Get("/b/:form/select-city/*", private, s.fromElsewhere)
	s.app.Get("/b/:form/success-order/*", private, s.fromElsewhere)

	s.app.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })
}
