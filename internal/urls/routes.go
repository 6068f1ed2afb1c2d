package urls

// The names of the parts of a path that differ from request to request.
const (
	PathForm    = "form"
	PathCompany = "company"
	PathRecord  = "record"
	PathHash    = "hash"
	PathStaff   = "staff"
	PathEvent   = "event"
	PathName    = "name"
	PathVersion = "version"
	PathPage    = "page"
	PathSecret  = "secret"
)

// Routes, as patterns of the server's router. Logs and metrics name a request by its route.
const (
	FormRoute    = FormTree + ":" + PathForm
	AccountRoute = AccountTree + ":" + PathForm

	MasterRoute = FormRoute + "/" + string(Master) + "/:" + PathStaff
	EventRoute  = FormRoute + "/" + string(Events) + "/:" + PathEvent

	AssetRoute        = AssetTree + ":" + PathHash + "/:" + PathName
	PinnedLoaderRoute = LoaderTree + ":" + PathVersion + pinnedLoader
	AnyLoaderRoute    = LoaderTree + "*"
	wishRoute         = WishTree + ":" + PathSecret
	HookRoute         = HookTree + ":" + PathSecret
	ShowcaseRoute     = Showcase + "/:" + PathPage

	linkRoute         = LinkTree + ":" + PathForm + "/:" + PathCompany + "/:" + PathRecord + "/:" + PathHash
	accountVisitRoute = AccountRoute + "/" + accountVisit + "/:" + PathCompany + "/:" + PathRecord
)

// Routes of addresses of the upstream's own widget that begin with a bookform of ours.
const (
	WidgetVisitRoute   = FormRoute + "/" + string(WidgetVisit)
	WidgetCompanyRoute = FormRoute + "/company/*"
	WidgetCityRoute    = FormRoute + "/select-city/*"
	WidgetRecordRoute  = FormRoute + "/success-order/*"
)

// Route is the route of a page of a bookform.
func (p Page) Route() string { return FormRoute + "/" + string(p) }

// LinkRoute is the route of a visit's page for the holder of the visit's link.
func (p VisitPage) LinkRoute() string { return below(linkRoute, string(p)) }

// AccountRoute is the route of a visit's page in its customer's account.
func (p VisitPage) AccountRoute() string { return below(accountVisitRoute, string(p)) }

// Route is the route of a page of a wish.
func (p WishPage) Route() string { return below(wishRoute, string(p)) }

// Route is the route of a page of an account.
func (p AccountPage) Route() string { return below(AccountRoute, string(p)) }
