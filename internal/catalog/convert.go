package catalog

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/money"
	"okoshko/internal/phone"
	"okoshko/internal/theme"
	"okoshko/internal/upstream"
)

func (c *Catalog) bookform(id int, raw upstream.Bookform) *Bookform {
	f := &Bookform{
		ID: id, GroupID: raw.GroupID, CompanyID: raw.CompanyID,
		Language: raw.Lang, PhoneConfirmation: raw.PhoneConfirmation, SMS: raw.SMSEnabled,
		CommentRequired: raw.CommentRequired, CommentTitle: raw.CommentInputName, NoticeHTML: c.sanitise.html(raw.NotifyText),
		PrivacyPolicy: raw.IsShowPrivacyPolicy, ShowPosition: raw.SpecializationDisplayMode == 1,
		LogoURL: c.picture(raw.Style.Logo), HeaderHidden: !raw.Style.ShowHeader,
		HeaderURL: cmp.Or(c.picture(raw.Style.HeaderBackground), c.picture(raw.Style.MenuBackground)),
		ThemeCSS:  theme.CSS(wish(raw.Style)), Colours: wish(raw.Style), Trackers: trackers(raw),
		GroupEvents: raw.DisplayActivityType != displaySingle, GroupEventsOnly: raw.DisplayActivityType == displayActivity,
		Prepayment: c.prepayment[id], URL: strings.TrimRight(website(raw.URL), "/"),
	}
	f.LanguageTitles = map[string]string{}
	for _, l := range raw.Langs {
		f.Languages = append(f.Languages, l.Code)
		f.LanguageTitles[l.Code] = l.Title
	}
	if len(f.Languages) == 0 && raw.Lang != "" {
		f.Languages = []string{raw.Lang}
	}
	plan := flow.Bookform{GroupID: raw.GroupID, CompanyID: raw.CompanyID}
	for _, s := range raw.Steps {
		step, ok := flow.ParseStep(s.Step)
		if !ok {
			f.UnknownSteps = append(f.UnknownSteps, s.Step)
			continue
		}
		plan.Steps = append(plan.Steps, flow.StepConfig{
			Step: step, Num: s.Num, Title: s.Title, Hidden: s.Hidden || step == flow.Confirm && c.withContact(id), Default: s.Default, HasDefault: s.HasDefault,
			DateHidden: s.DateHidden, TimeHidden: s.TimeHidden, DateDefault: s.DateDefault,
			TimeDefault: s.TimeDefault, HasTimeDefault: s.HasTimeDefault,
		})
	}
	f.Journey = flow.Plan(plan)
	return f
}

// wish is the look that a bookform asks for: palettes by name, or the older hex colours. The hex colours are always sent;
// three fixed values mean that nothing was chosen.
func wish(s upstream.Style) theme.Wish {
	if s.MainColor == "666" && s.SecondaryColor == "999" && s.ButtonsColor == "FFF" {
		s.MainColor, s.SecondaryColor, s.ButtonsColor = "", "", ""
	}
	return theme.Wish{
		Primary: cmp.Or(s.PrimaryPalette, s.MainColor), Accent: cmp.Or(s.AccentPalette, s.SecondaryColor),
		Button: cmp.Or(s.WarnPalette, s.ButtonsColor), Background: s.BackgroundPalette,
	}
}

// Values of display_activity_type, which says what a bookform offers. "all", and an answer without the field, mean group
// events and appointments.
const (
	displayActivity = "activity"
	displaySingle   = "single"
)

// noCity is the id of the city of companies without a city ("city_id":0), so that customers can choose it like others. It
// is the second largest id that a link may hold. The largest one stands for any service where links are made.
const noCity = math.MaxInt32 - 1

func (c *Catalog) company(raw upstream.Company) *Company {
	country := phone.Country(phone.Place{Country: raw.Country, Zone: raw.Location.String(), Currency: raw.Currency, Phone: raw.Phone})
	out := &Company{
		Site: website(raw.Site), Short: raw.ShortDescr, About: c.sanitise.document(raw.Description),
		ID: raw.ID, Title: cmp.Or(raw.PublicTitle, raw.Title), CityID: cmp.Or(raw.CityID, noCity), City: raw.City,
		Region: country, Address: raw.Address, Schedule: raw.Schedule, Phone: phone.ParseLine(raw.Phone, country), Email: raw.Email,
		LogoURL: c.picture(raw.Logo), Currency: raw.Currency, Lat: raw.Lat, Lon: raw.Lon,
		Location: raw.Location, zone: raw.Location, Priority: raw.GroupPriority, NextSlot: raw.NextSlot,
		AnyMaster: raw.ShowAnyMaster, PhoneConfirmation: raw.PhoneConfirmation, SMS: raw.SMSEnabled,
		RemindersOff: raw.RemindsSMSDisabled, ReminderSMS: raw.RemindsSMSDefault, ReminderEmail: raw.EmailHoursDefault,
		Surname: raw.SurnameEnabled, SurnameRequired: raw.SurnameRequired,
		Patronymic: raw.PatronymicEnabled, PatronymicRequired: raw.PatronymicRequired,
		EmailHidden: raw.EmailHidden, EmailRequired: raw.EmailRequired,
		CommentHidden: raw.CommentHidden, CommentRequired: raw.CommentRequired,
		CommentTitle: raw.CommentInputName, NoticeHTML: c.sanitise.html(raw.NotifyText),
		PrivacyPolicy: raw.IsShowPrivacyPolicy, GroupEventSeats: raw.ActivityOnlineRecordClientsCountMax,
		NoGroupEvents: raw.RecordType == upstream.RecordTypeSingle,
		Closed:        !raw.Active || raw.TimetableOff, Cancel: raw.AllowDelete, CancelBefore: raw.AllowDeleteBefore, CancelPaid: raw.AllowDeletePrepaid,
		Move: raw.AllowChange, MoveBefore: raw.AllowChangeBefore,
	}
	for _, number := range raw.Phones {
		if number != raw.Phone {
			out.Phones = append(out.Phones, phone.ParseLine(number, country))
		}
	}
	for _, photo := range raw.Photos {
		if address := c.picture(photo); address != "" {
			out.Photos = append(out.Photos, address)
		}
	}
	return out
}

func (c *Catalog) services(raw upstream.ServiceList) *Services {
	out := &Services{}
	byID := map[int]*Service{}
	categories := slices.Clone(raw.Categories)
	slices.SortStableFunc(categories, func(a, b upstream.ServiceCategory) int { return cmp.Compare(b.Weight, a.Weight) })
	at := map[int]int{}
	for _, category := range categories {
		at[category.ID] = len(out.Categories)
		out.Categories = append(out.Categories, Category{ID: category.ID, Title: category.Title, Sex: sex(category.Sex)})
	}
	services := slices.Clone(raw.Services)
	slices.SortStableFunc(services, func(a, b upstream.Service) int { return cmp.Compare(b.Weight, a.Weight) })
	for _, s := range services {
		if !s.Active {
			continue // listed by the upstream, and not to be booked
		}
		i, ok := at[s.CategoryID]
		if !ok {
			i = len(out.Categories)
			at[s.CategoryID] = i
			out.Categories = append(out.Categories, Category{ID: s.CategoryID})
		}
		service := &Service{
			ID: s.ID, Title: s.Title, Comment: s.Comment, ImageURL: c.picture(s.Image),
			Price: money.Listed(int64(s.PriceMin), int64(s.PriceMax)), Discount: s.Discount, Prepaid: strictest(s.Prepaid), Bar: bar(s), Length: s.SeanceLength, Sex: sex(s.Sex),
		}
		byID[s.ID] = service
		out.Categories[i].Services = append(out.Categories[i].Services, service)
	}
	out.byID = slices.SortedFunc(maps.Values(byID), func(a, b *Service) int { return cmp.Compare(a.ID, b.ID) })
	for _, e := range raw.Promotions {
		gone := slices.ContainsFunc(e.Services, func(id int) bool { return byID[id] == nil })
		if len(e.Services) > 0 && !gone {
			out.Promotions = append(out.Promotions, Promotion{ID: e.ID, Title: e.Title, Comment: e.Comment, Services: e.Services})
		}
	}
	out.Categories = slices.DeleteFunc(out.Categories, func(c Category) bool { return len(c.Services) == 0 })
	return out
}

// bar says why a service cannot be booked by any bookform.
func bar(s upstream.Service) Bar {
	switch {
	case !s.Online:
		return BarOffline
	case s.Membership:
		return BarMembership
	default:
		return BarNone
	}
}

func (c *Catalog) masters(raw []upstream.Staff, company *Company) []Master {
	sorted := slices.Clone(raw)
	slices.SortStableFunc(sorted, func(a, b upstream.Staff) int {
		if a.Bookable != b.Bookable {
			if a.Bookable {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Weight, a.Weight)
	})
	out := make([]Master, 0, len(sorted))
	for _, s := range sorted {
		if s.Gone {
			continue // listed by the upstream, and not to be offered
		}
		m := Master{
			ID: s.ID, Name: s.Name, Specialization: s.Specialization, Position: s.Position,
			Reviews: s.CommentsCount, AvatarURL: c.picture(s.Avatar), PhotoURL: c.picture(s.AvatarBig), About: c.sanitise.html(s.Information),
			Bookable: s.Bookable, Prepaid: strictest(s.Prepaid), Slots: c.slots(company, s.Seances), Day: s.SeanceDate,
		}
		if m.Day == "" && len(m.Slots) > 0 {
			m.Day = m.Slots[0].Start.Format(time.DateOnly)
		}
		if s.ShowRating {
			m.Rating = s.Rating
		}
		out = append(out, m)
	}
	return out
}

func sex(raw int) Sex {
	if s := Sex(raw); s == ForMen || s == ForWomen {
		return s
	}
	return ForAll
}
