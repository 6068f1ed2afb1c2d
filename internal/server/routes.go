package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
)

// routes is the table of contents of the widget.
func (s *Server) routes() {
	sameOrigin := requireSameOrigin(s.PublicURL)
	s.app.Use(identify)
	if s.Span != nil {
		s.app.Use(s.startSpan)
	}
	s.app.Use(record(s.Log, s.Now, s.Watch), survive(s.Log), s.secure, usual, plainBodies, bodyFields, unglue, deadline(s.RequestTimeout), s.glance, ahead, s.visitor, s.frugal)

	s.app.Get(urls.Robots, s.showRobots)
	s.app.Get(urls.AssetRoute, s.asset)
	s.app.Get(urls.Loader, s.showLoader)
	s.app.Get(urls.PinnedLoaderRoute, s.showPinnedLoader)
	s.app.Get(urls.AnyLoaderRoute, s.showNoLoader)
	s.app.Get(urls.Home, s.showDemo)
	s.app.Get(urls.Showcase, s.showShowcase)
	s.app.Get(urls.ShowcaseRoute, s.showShowcasePage)

	// What a frame may show, to those who may frame it.
	s.app.Use(urls.FormRoute, s.guests)
	s.app.Use(urls.AccountRoute, s.guests)

	// Browse: pure functions of the URL, equal for everybody, no cookie.
	s.app.Get(urls.FormRoute, s.start)
	s.app.Get(urls.City.Route(), s.collectDeps, s.page(s.showCity))
	s.app.Get(urls.Company.Route(), s.collectDeps, s.page(s.showCompany))
	s.app.Get(urls.Service.Route(), s.collectDeps, s.page(s.showService))
	s.app.Get(urls.Master.Route(), s.collectDeps, s.page(s.showMaster))
	s.app.Get(urls.MasterRoute, s.collectDeps, s.showAboutMaster)
	s.app.Get(urls.Datetime.Route(), s.collectDeps, s.page(s.showDatetime))

	s.app.Get(urls.About.Route(), s.collectDeps, s.showAbout)
	s.app.Get(urls.Privacy.Route(), s.showPrivacy)
	s.app.Get(urls.Events.Route(), s.collectDeps, s.showEvents)
	s.app.Get(urls.EventRoute, s.collectDeps, s.showEvent)

	// From here on a page belongs to one visitor.
	s.app.Get(urls.Contact.Route(), private, s.page(s.showContact))
	s.app.Post(urls.Contact.Route(), private, sameOrigin, s.wizard(flow.Contact, s.submitContact))
	s.app.Get(urls.Confirm.Route(), private, s.page(s.showConfirm))
	s.app.Post(urls.Confirm.Route(), private, sameOrigin, s.wizard(flow.Confirm, s.submitConfirm))
	s.app.Get(urls.Done.Route(), private, s.showDone)

	// A visit, for whoever holds its link.
	s.app.Get(urls.VisitShown.LinkRoute(), s.visitPage(s.showRecord))
	s.app.Get(urls.VisitCalendar.LinkRoute(), s.visitPage(s.showCalendar))
	s.app.Get(urls.VisitFeed.LinkRoute(), s.showFeed)
	s.app.Get(urls.VisitCancel.LinkRoute(), s.visitPage(s.showCancel))
	s.app.Post(urls.VisitCancel.LinkRoute(), sameOrigin, s.visitForm(actCancel, s.submitCancel))
	s.app.Get(urls.VisitMove.LinkRoute(), s.visitPage(s.showMove))
	s.app.Post(urls.VisitMove.LinkRoute(), sameOrigin, s.visitForm(actMove, s.submitMove))

	// A customer's account.
	s.app.Get(urls.AccountVisits.Route(), s.showMe)
	s.app.Post(urls.AccountVisits.Route(), sameOrigin, s.submitMe)
	s.app.Get(urls.AccountPassword.Route(), s.showPassword)
	s.app.Post(urls.AccountPassword.Route(), sameOrigin, s.submitPassword)
	s.app.Post(urls.AccountLeave.Route(), sameOrigin, s.mineForm(actLeave, s.submitLeave))
	s.app.Get(urls.AccountProfile.Route(), s.mine(s.showProfile))
	s.app.Post(urls.AccountProfile.Route(), sameOrigin, s.mineForm(actProfile, s.submitProfile))
	s.app.Get(urls.AccountNewPhone.Route(), s.mine(s.showNewPhone))
	s.app.Post(urls.AccountNewPhone.Route(), sameOrigin, s.mineForm(actNewPhone, s.submitNewPhone))
	s.app.Get(urls.AccountNewPassword.Route(), s.mine(s.showNewPassword))
	s.app.Post(urls.AccountNewPassword.Route(), sameOrigin, s.mineForm(actNewPassword, s.submitNewPassword))
	s.app.Get(urls.VisitShown.AccountRoute(), s.visitPage(s.showRecord))
	s.app.Get(urls.VisitCalendar.AccountRoute(), s.visitPage(s.showCalendar))
	s.app.Get(urls.VisitCancel.AccountRoute(), s.visitPage(s.showCancel))
	s.app.Post(urls.VisitCancel.AccountRoute(), sameOrigin, s.visitForm(actCancel, s.submitCancel))
	s.app.Get(urls.VisitMove.AccountRoute(), s.visitPage(s.showMove))
	s.app.Post(urls.VisitMove.AccountRoute(), sameOrigin, s.visitForm(actMove, s.submitMove))

	// The same by the links of the upstream's own widget.
	s.app.Get(urls.WidgetVisitRoute, private, s.fromElsewhere)
	s.app.Get(urls.WidgetCompanyRoute, private, s.fromElsewhere)
	s.app.Get(urls.WidgetCityRoute, private, s.fromElsewhere)
	s.app.Get(urls.WidgetRecordRoute, private, s.fromElsewhere)

	s.app.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })
}
