package server

import (
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/server/account"
	"okoshko/internal/server/input"
	"okoshko/internal/server/visits"
	"okoshko/internal/server/wishes"
	"okoshko/internal/urls"
)

// routes is the table of contents of the widget.
func (s *Server) routes() {
	sameOrigin := requireSameOrigin(s.PublicURL)
	s.app.Use(setRequestID)
	if s.Span != nil {
		s.app.Use(s.startSpan)
	}
	s.app.Use(accessLog(s.Log, s.Now, s.Watch), recoverPanics(s.Log), s.setHeaders, allowMethods, refuseCompressedBodies)
	if s.hooks != nil {
		s.app.Post(urls.HookRoute, s.hooks.Receive) // before what is for visitors: the limits, and forms as bodies
	}
	if s.agents != nil {
		// Before what is for visitors, too: its bodies are no forms.
		s.app.All(urls.Agents, s.answerAgents, sameOrigin, requireExpectedName(s.PublicURL), deadline(s.RequestTimeout), s.guard.Visitor, s.guard.LimitAgents, s.agents.Serve)
	}
	s.app.Post(urls.WishOneEnd.Route(), s.wishes.EndAtOnce) // mail programs send it, as a form of either kind, from no page
	s.app.Use(input.BodyFields, redirectTrailing, deadline(s.RequestTimeout), s.answerOnlookers, s.answerPrefetch, s.guard.Visitor, s.guard.LimitCalls)

	s.app.Get(urls.Robots, s.showRobots)
	s.app.Get(urls.Sitemap, s.showSitemap)
	s.app.Get(urls.AssetRoute, s.asset)
	s.app.Get(urls.Loader, s.showLoader)
	s.app.Get(urls.PinnedLoaderRoute, s.showPinnedLoader)
	s.app.Get(urls.AnyLoaderRoute, s.showNoLoader)
	s.app.Get(urls.Home, s.showDemo)
	s.app.Get(urls.Showcase, s.showShowcase)
	s.app.Get(urls.ShowcaseRoute, s.showShowcasePage)

	// Only the websites of a form may frame its pages.
	s.app.Use(urls.FormRoute, s.refuseStrangers)
	s.app.Use(urls.AccountRoute, s.refuseStrangers)

	// Browse: pure functions of the URL, equal for everybody, no cookie.
	s.app.Get(urls.FormRoute, s.browse.Start)
	s.app.Get(urls.City.Route(), s.response.CollectDeps, s.pages.Step(s.browse.ShowCity))
	s.app.Get(urls.Company.Route(), s.response.CollectDeps, s.pages.Step(s.browse.ShowCompany))
	s.app.Get(urls.Service.Route(), s.response.CollectDeps, s.pages.Step(s.browse.ShowService))
	s.app.Get(urls.Master.Route(), s.response.CollectDeps, s.pages.Step(s.browse.ShowMaster))
	s.app.Get(urls.MasterRoute, s.response.CollectDeps, s.browse.ShowAboutMaster)
	s.app.Get(urls.Datetime.Route(), s.response.CollectDeps, s.pages.Step(s.browse.ShowDatetime))

	s.app.Get(urls.About.Route(), s.response.CollectDeps, s.browse.ShowAbout)
	s.app.Get(urls.Privacy.Route(), s.browse.ShowPrivacy)
	s.app.Get(urls.Access.Route(), s.response.CollectDeps, s.browse.ShowAccess)
	s.app.Get(urls.Windows.Route(), s.response.CollectDeps, s.browse.ShowWindows)
	s.app.Get(urls.WindowsAtom.Route(), s.response.CollectDeps, s.browse.ShowWindowsAtom)
	s.app.Get(urls.WindowsJSON.Route(), s.response.CollectDeps, s.browse.ShowWindowsJSON)
	s.app.Get(urls.WindowsPost.Route(), s.response.CollectDeps, s.browse.ShowWindowsPost)
	s.app.Get(urls.WindowsStory.Route(), s.response.CollectDeps, s.browse.ShowWindowsStory)
	s.app.Get(urls.WindowsText.Route(), s.response.CollectDeps, s.browse.ShowWindowsText)
	s.app.Get(urls.Events.Route(), s.response.CollectDeps, s.browse.ShowEvents)
	s.app.Get(urls.EventRoute, s.response.CollectDeps, s.browse.ShowEvent)

	// From here on a page belongs to one visitor.
	s.app.Get(urls.Contact.Route(), private, s.checkout.BackToDone, s.pages.Step(s.checkout.ShowContact))
	s.app.Post(urls.Contact.Route(), private, sameOrigin, s.checkout.Wizard(flow.Contact, s.checkout.SubmitContact))
	s.app.Get(urls.Confirm.Route(), private, s.checkout.BackToDone, s.pages.Step(s.checkout.ShowConfirm))
	s.app.Post(urls.Confirm.Route(), private, sameOrigin, s.checkout.Wizard(flow.Confirm, s.checkout.SubmitConfirm))
	s.app.Get(urls.Done.Route(), private, s.checkout.ShowDone)

	s.app.Get(urls.Wish.Route(), private, s.wishes.ShowForm)
	s.app.Post(urls.Wish.Route(), private, sameOrigin, s.wishes.SubmitForm)

	// The page of a wish, opened by its link.
	s.app.Get(urls.Worker, s.wishes.ShowWorker)
	s.app.Get(urls.WishShown.Route(), s.wishes.Show)
	s.app.Get(urls.WishConfirm.Route(), s.wishes.ToShown)
	s.app.Post(urls.WishConfirm.Route(), sameOrigin, s.wishes.Confirm)
	s.app.Get(urls.WishEnd.Route(), s.wishes.ToShown)
	s.app.Post(urls.WishEnd.Route(), sameOrigin, s.wishes.End)
	s.app.Get(urls.WishOneEnd.Route(), s.wishes.ToShown)

	// The pages of one visit, opened by the visit's link.
	s.app.Get(urls.VisitShown.LinkRoute(), s.visits.VisitPage(s.visits.ShowRecord))
	s.app.Get(urls.VisitCalendar.LinkRoute(), s.visits.VisitPage(s.visits.ShowCalendar))
	s.app.Get(urls.VisitFeed.LinkRoute(), s.visits.ShowFeed)
	s.app.Get(urls.VisitCancel.LinkRoute(), s.visits.VisitPage(s.visits.ShowCancel))
	s.app.Post(urls.VisitCancel.LinkRoute(), sameOrigin, s.visits.VisitForm(visits.ActCancel, s.visits.SubmitCancel))
	s.app.Get(urls.VisitMove.LinkRoute(), s.visits.VisitPage(s.visits.ShowMove))
	s.app.Post(urls.VisitMove.LinkRoute(), sameOrigin, s.visits.VisitForm(visits.ActMove, s.visits.SubmitMove))
	s.app.Get(urls.VisitWish.LinkRoute(), s.visits.VisitPage(s.visits.ShowWish))
	s.app.Post(urls.VisitWish.LinkRoute(), sameOrigin, s.visits.VisitForm(wishes.Act, s.visits.SubmitWish))

	// A customer's account.
	s.app.Get(urls.AccountVisits.Route(), s.account.ShowMe)
	s.app.Post(urls.AccountVisits.Route(), sameOrigin, s.account.SubmitMe)
	s.app.Get(urls.AccountPassword.Route(), s.account.ShowPassword)
	s.app.Post(urls.AccountPassword.Route(), sameOrigin, s.account.SubmitPassword)
	s.app.Post(urls.AccountLeave.Route(), sameOrigin, s.account.MineForm(account.ActLeave, s.account.SubmitLeave))
	s.app.Get(urls.AccountProfile.Route(), s.account.Mine(s.account.ShowProfile))
	s.app.Post(urls.AccountProfile.Route(), sameOrigin, s.account.MineForm(account.ActProfile, s.account.SubmitProfile))
	s.app.Get(urls.AccountNewPhone.Route(), s.account.Mine(s.account.ShowNewPhone))
	s.app.Post(urls.AccountNewPhone.Route(), sameOrigin, s.account.MineForm(account.ActNewPhone, s.account.SubmitNewPhone))
	s.app.Get(urls.AccountNewPassword.Route(), s.account.Mine(s.account.ShowNewPassword))
	s.app.Post(urls.AccountNewPassword.Route(), sameOrigin, s.account.MineForm(account.ActNewPassword, s.account.SubmitNewPassword))
	s.app.Get(urls.VisitShown.AccountRoute(), s.visits.VisitPage(s.visits.ShowRecord))
	s.app.Get(urls.VisitCalendar.AccountRoute(), s.visits.VisitPage(s.visits.ShowCalendar))
	s.app.Get(urls.VisitCancel.AccountRoute(), s.visits.VisitPage(s.visits.ShowCancel))
	s.app.Post(urls.VisitCancel.AccountRoute(), sameOrigin, s.visits.VisitForm(visits.ActCancel, s.visits.SubmitCancel))
	s.app.Get(urls.VisitMove.AccountRoute(), s.visits.VisitPage(s.visits.ShowMove))
	s.app.Post(urls.VisitMove.AccountRoute(), sameOrigin, s.visits.VisitForm(visits.ActMove, s.visits.SubmitMove))

	// Links of the upstream's own widget lead to the pages above.
	s.app.Get(urls.WidgetVisitRoute, private, s.browse.FromWidget)
	s.app.Get(urls.WidgetCompanyRoute, private, s.browse.FromWidget)
	s.app.Get(urls.WidgetCityRoute, private, s.browse.FromWidget)
	s.app.Get(urls.WidgetRecordRoute, private, s.browse.FromWidget)

	s.app.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })
}
