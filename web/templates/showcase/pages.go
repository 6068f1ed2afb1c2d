// Package showcase shows every component and every page of the widget in every state, for whoever
// works on its look. Its salon is invented.
package showcase

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"okoshko/internal/urls"
	"okoshko/web/static"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
	"okoshko/web/templates/ui"
)

// Texts are the widget's own texts in a language.
type Texts func(lang string) layout.Texts

// Page is one page of the widget in one state.
type Page struct {
	Name  string // "datetime-empty": the step, then the state; part of an address
	Title string
	View  templ.Component
}

// Options are what the pages are made with.
type Options struct {
	Texts     Texts
	ScriptURL string // the enhancement script; "" = without
	IconURL   string
}

// sample makes the pages.
type sample struct{ Options }

func (s sample) text(lang string) layout.Texts { return s.Texts(lang) }

// Pages are all pages in the states that matter. The tests of package pages go through the same
// list.
func Pages(o Options) []Page {
	s := sample{o}
	views := showcase(s)
	maps.Copy(views, beside(s))
	maps.Copy(views, wishPages(s))
	out := make([]Page, 0, len(views))
	for _, name := range slices.Sorted(maps.Keys(views)) {
		out = append(out, Page{Name: name, Title: strings.ReplaceAll(name, "-", ", "), View: views[name]})
	}
	return out
}

// Service is a service step with so many services.
func Service(o Options, services int) pages.ServicePage { return servicePage(sample{o}, services) }

// Master is a master step with every kind of card.
func Master(o Options) pages.MasterPage { return masterPage(sample{o}) }

// Datetime is a datetime step with so many slots.
func Datetime(o Options, slots int) pages.DatetimePage { return datetimePage(sample{o}, slots) }

// Contact is the contact step, with wrong answers or without.
func Contact(o Options, wrong bool) pages.ContactPage { return contactPage(sample{o}, wrong) }

// What the sample pages are about.
const sampleForm = 1234

var (
	sampleVisit = urls.Visit{Form: sampleForm, Company: 77, Record: 555001, Hash: "abcdef"} // by its link
	sampleMine  = urls.Visit{Form: sampleForm, Company: 77, Record: 1}                      // in the account
)

// logo is the address of a picture on the widget's own origin, which is there without a network.
var logo = sync.OnceValue(func() string {
	assets, err := static.Load()
	if err != nil {
		return "" // as where a salon has no picture
	}
	return assets.URL("favicon.svg")
})

func base(s sample, lang, step, heading string) layout.Base {
	titles := map[string][]string{
		"ru": {"Город", "Филиал", "Услуга", "Специалист", "Дата и время", "Ваши данные", "Подтверждение"},
		"en": {"City", "Branch", "Service", "Specialist", "Date and time", "Your details", "Confirmation"},
	}[lang]
	b := layout.Base{
		Text: s.text(lang), Lang: lang, Dir: "ltr", Form: strconv.Itoa(sampleForm), Step: step, Heading: heading, Title: heading,
		Salon:    layout.Salon{Name: "Окошко на Тверской", Phone: "+7 495 123-45-67", PhoneHref: "tel:+74951234567", Calls: []ui.Call{{Text: "+7 495 123-45-67", URL: "tel:+74951234567"}}, Address: "Москва, Тверская улица, 12, строение 2"},
		StartURL: urls.Form(sampleForm) + "?lang=" + lang, ScriptURL: s.ScriptURL, IconURL: s.IconURL,
		Languages: []layout.Link{
			{Title: "English", URL: "?lang=en", Lang: "en", Current: lang == "en"},
			{Title: "Русский", URL: "?lang=ru", Lang: "ru", Current: lang == "ru"},
			{Title: "Deutsch", URL: "?lang=de", Lang: "de"},
		},
	}
	state := "done"
	for i, name := range []string{"city", "company", "service", "master", "datetime", "contact", "confirm"} {
		p := layout.Progress{Step: name, Title: titles[i], State: state}
		switch {
		case name == step:
			p.State, state = "current", "todo"
		case state == "done":
			p.URL = urls.FormPage(sampleForm, urls.Page(name))
		}
		b.Progress = append(b.Progress, p)
	}
	return b
}

// chosen adds the first n rows of a full summary.
func chosen(b layout.Base, n int) layout.Base {
	rows := []layout.SummaryRow{
		{Step: "city", Label: "Город", Value: "Москва", ChangeURL: urls.FormPage(sampleForm, urls.City)},
		{Step: "company", Label: "Филиал", Value: "Окошко на Тверской", Note: "Тверская улица, 12, строение 2", ChangeURL: urls.FormPage(sampleForm, urls.Company)},
		{Step: "service", Label: "Услуги", Value: "Мужская стрижка, Моделирование бороды", Note: "1 ч 30 мин · от 3 000 ₽", ChangeURL: urls.FormPage(sampleForm, urls.Service)},
		{Step: "master", Label: "Специалист", Value: "Анна Смирнова", Note: "Топ-стилист", ChangeURL: urls.FormPage(sampleForm, urls.Master)},
		{Step: "datetime", Label: "Дата и время", Value: "среда, 25 ноября, 14:30", ChangeURL: urls.FormPage(sampleForm, urls.Datetime)},
	}
	b.Summary = rows[:n]
	return b
}

func servicePage(s sample, n int) pages.ServicePage {
	titles := []string{
		"Мужская стрижка", "Женская стрижка с укладкой", "Моделирование бороды", "Окрашивание корней",
		"Сложное окрашивание: балаяж, шатуш, омбре на длинные и очень густые волосы с уходом и сушкой",
		"Маникюр с покрытием", "Педикюр", "Коррекция бровей", "Детская стрижка", "Укладка",
	}
	comments := map[int]string{
		1: "Мытьё, стрижка и сушка феном",
		4: "Мастер подберёт оттенок на консультации, расскажет об уходе и точной стоимости: она зависит от длины и густоты волос.\nПожалуйста, приходите с чистыми сухими волосами и заложите время на сушку.",
	}
	p := pages.ServicePage{
		Base: chosen(base(s, "ru", "service", "Выбор услуги"), 3), Chosen: 2, ChosenText: "2 услуги", Total: "от 3 000 ₽", Duration: "1 ч 30 мин",
		NextURL: urls.FormPage(sampleForm, urls.Master) + "?s=1,3", EmptyText: "Не найдено ни одной акции или услуги по вашему запросу",
	}
	names := []string{"Парикмахерский зал", "Окрашивание", "Ногтевой сервис", "Брови и ресницы", "Уход за лицом", "Для детей"}
	for i := range n {
		if i%10 == 0 {
			p.Categories = append(p.Categories, pages.Category{ID: 100 + i/10, Title: names[i/10%len(names)]})
		}
		c := &p.Categories[len(p.Categories)-1]
		title := titles[i%10]
		if i >= 10 {
			title = fmt.Sprintf("%s № %d", title, i)
		}
		card := pages.Service{
			ID: 10000 + i*37, Title: title, Price: fmt.Sprintf("%d ₽", 900+i*130), Duration: fmt.Sprintf("%d мин", 30+i%6*15),
			Comment: comments[i], URL: urls.FormPage(sampleForm, urls.Master) + fmt.Sprintf("?c=77&s=10000,10074,%d&lang=ru", 10000+i*37),
			StayURL:  urls.FormPage(sampleForm, urls.Service) + fmt.Sprintf("?c=77&s=10000,10074,%d&lang=ru", 10000+i*37),
			Selected: i == 0 || i == 2, Label: "Добавить: " + title,
		}
		if card.Selected {
			card.Label = "Убрать: " + title
		}
		if i == 1 {
			card.ImageURL = logo()
		}
		if i == 4 {
			card.Price, card.Duration = "12 000–24 500 ₽", "4 ч 15 мин"
		}
		if i == 7 {
			card.Price, card.Duration, card.Terms = "цена по запросу", "", "скидка 20 % · предоплата обязательна"
		}
		c.Services = append(c.Services, card)
	}
	return p
}

func masterPage(s sample) pages.MasterPage {
	return pages.MasterPage{Base: chosen(base(s, "ru", "master", "Выбор сотрудника"), 3), Masters: []pages.Master{
		{ID: 0, Name: "Не имеет значения", Role: "Кто свободен в выбранное время", URL: "?m=0", Bookable: true, Nearest: "Ближайшее время: сегодня, 15:30"},
		{ID: 11, Name: "Анна Смирнова", Role: "Топ-стилист", Rating: "4,8", RatingLabel: "Оценка 4,8 из 5, 37 отзывов", AvatarURL: logo(), URL: "?m=11", Bookable: true, Nearest: "Ближайшее время: завтра, 10:00", Selected: true},
		{ID: 12, Name: "Александра-Виктория Константинопольская", Role: "Колорист, технолог, мастер международного класса", Initials: "АК", URL: "?m=12", Bookable: true},
		{ID: 13, Name: "Сергей", Role: "Барбер", Initials: "С", Rating: "5", RatingLabel: "Оценка 5 из 5", Unavailable: "Нет свободного времени онлайн"},
	}}
}

func datetimePage(s sample, slots int) pages.DatetimePage {
	p := pages.DatetimePage{
		Base: chosen(base(s, "ru", "datetime", "Выбор даты"), 4), MonthTitle: "ноябрь – декабрь 2026 г.",
		Next: &layout.Link{Title: "декабрь 2026 г. – январь 2027 г.", URL: "?from=2026-12-28&calendar=1"}, DayTitle: "среда, 25 ноября",
		Later: &layout.Link{Title: "8 дек. – 21 дек.", URL: "?from=2026-12-08"}, WholeText: "Весь календарь",
		AllMasters: &layout.Link{Title: "Все специалисты", URL: urls.FormPage(sampleForm, urls.Master)},
		Turnabout:  &layout.Link{Title: "Сначала выбрать время: кто тогда свободен?", URL: "?by=time"},
		ZoneNote:   "Указано местное время салона (UTC+3).", EmptyText: "На эту дату нет свободного времени для записи. Выберите другую дату.",
		Instead: []layout.Link{{Title: "Ближайший свободный день: пятница, 27 ноября", URL: "?d=2026-11-27"}, {Title: "понедельник, 30 ноября", URL: "?d=2026-11-30"}},
	}
	for i, full := range []string{"понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"} {
		p.Weekdays = append(p.Weekdays, pages.Weekday{Short: []string{"пн", "вт", "ср", "чт", "пт", "сб", "вс"}[i], Full: full})
	}
	monday := time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)
	for n := range 5 * 7 {
		at := monday.AddDate(0, 0, n)
		d := pages.Day{Date: at.Format(time.DateOnly), Number: strconv.Itoa(at.Day()), State: "free", Today: n == 1, Selected: n == 2}
		month := "ноября"
		if at.Month() == time.December {
			month = "декабря"
		}
		if at.Day() == 1 {
			d.Month = "дек."
		}
		words := "есть свободное время"
		switch n {
		case 0:
			d.State, words = "past", "прошло"
		case 5:
			d.State, words = "full", "всё занято"
		case 6:
			d.State, words = "closed", "выходной"
		default:
			d.URL = urls.FormPage(sampleForm, urls.Datetime) + "?c=77&s=10000,10074&m=11&lang=ru&d=" + d.Date
		}
		d.Label = fmt.Sprintf("%s, %d %s, %s", p.Weekdays[n%7].Full, at.Day(), month, words)
		if n%7 == 0 {
			p.Weeks = append(p.Weeks, nil)
		}
		p.Weeks[n/7] = append(p.Weeks[n/7], d)
		if n > 0 && len(p.Strip) < 14 {
			if d.Weekday = p.Weekdays[n%7].Short; n == 1 {
				d.Month = "нояб."
			}
			p.Strip = append(p.Strip, d)
		}
	}
	p.Masters = append(p.Masters, pages.Master{Name: "Не имеет значения", URL: "?m=0", Nearest: "сегодня"})
	for _, m := range masterPage(s).Masters {
		if m.Bookable && m.ID != 0 {
			m.Nearest, m.Selected = "завтра", m.ID == 11
			p.Masters = append(p.Masters, m)
		}
	}
	for i := range slots {
		minutes := 9*60 + i*15
		clock := fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
		title := "Утро"
		if minutes >= 17*60 {
			title = "Вечер"
		} else if minutes >= 12*60 {
			title = "День"
		}
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Title != title {
			p.Groups = append(p.Groups, pages.SlotGroup{Title: title})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Slots = append(g.Slots, pages.Slot{
			ISO: "2026-11-25T" + clock + ":00+03:00", Time: clock, Label: "среда, 25 ноября, " + clock + ", Анна Смирнова, от 3 000 ₽",
			URL: urls.FormPage(sampleForm, urls.Contact) + "?c=77&s=10000,10074&m=11&lang=ru&t=2026-11-25T" + clock, Selected: i == 22,
		})
	}
	return p
}

func contactPage(s sample, wrong bool) pages.ContactPage {
	p := pages.ContactPage{
		Base: ticketBase(s, "contact", "Ваши данные"), Ticket: ticket(), Action: urls.FormPage(sampleForm, urls.Contact), Token: "token", Submit: "Продолжить", Decoy: "homepage", DecoyLabel: "Оставьте это поле пустым",
		NoticeHTML: "<p>Пожалуйста, приходите за <b>десять минут</b> до начала.</p>",
		Controls: pages.Controls{
			Fields: []pages.Field{
				{Name: "fullname", Label: "Имя", Type: "text", Autocomplete: "name", MaxLength: 100, Required: true},
				{Name: "phone", Label: "Телефон", Type: "tel", Placeholder: "8 (912) 345-67-89", Help: "С кодом страны, если номер иностранный", Autocomplete: "tel", InputMode: "tel", Required: true},
			},
			Checks: []pages.Check{
				{Name: "accept_personal_data", Label: "Я соглашаюсь на обработку персональных данных", Required: true, Link: &layout.Link{Title: "Политика обработки данных", URL: "https://example.test/privacy"}},
			},
		},
		MoreTitle: "По желанию: Email, Комментарий, Напоминание",
		More: pages.Controls{
			Fields:  []pages.Field{{Name: "email", Label: "Email", Type: "email", Autocomplete: "email"}, {Name: "comment", Label: "Комментарий", Type: "textarea"}},
			Selects: []pages.Select{{Name: "notify_by_sms", Label: "Напоминание", Options: []pages.Option{{Value: "0", Title: "Не отправлять"}, {Value: "2", Title: "За 2 часа", Selected: true}}}},
			Checks:  []pages.Check{{Name: "accept_newsletter", Label: "Присылать новости и предложения", Checked: true}},
		},
	}
	if wrong {
		p.Fields[0].Value = "Мария"
		p.Fields[1].Value, p.Fields[1].Error = "12345", "Некорректный номер телефона"
		p.Checks[0].Error = "Нужно согласие на обработку данных"
		p.Errors = []pages.FieldError{{Field: "phone", Text: p.Fields[1].Error}, {Field: "accept_personal_data", Text: p.Checks[0].Error}}
	}
	return p
}

// ticketBase is the layout of a page that shows the ticket.
func ticketBase(s sample, step, heading string) layout.Base {
	b := base(s, "ru", step, heading)
	b.Ticket = true
	return b
}

// ticket is the order of the sample: one visit.
func ticket() pages.Ticket {
	return pages.Ticket{
		Title: "Ваша запись", Change: "Изменить", Remove: "Убрать", Add: "Добавить ещё визит", AddURL: urls.FormPage(sampleForm, urls.Service), Total: "от 3 000 ₽",
		Visits: []pages.TicketVisit{{
			Visit: visit(false), Step: "service", Cancel: "Отменить онлайн можно до: среда, 25 ноября, 11:30.",
			WhenURL: urls.FormPage(sampleForm, urls.Datetime), ServicesURL: urls.FormPage(sampleForm, urls.Service), MasterURL: urls.FormPage(sampleForm, urls.Master), PlaceURL: urls.FormPage(sampleForm, urls.Company),
		}},
	}
}

// tickets are an order of two visits, one of which must be paid in advance.
func tickets() pages.Ticket {
	t := ticket()
	first, second := t.Visits[0], t.Visits[0]
	first.Number, first.Basket, first.ChangeURL, first.WhenURL, first.ServicesURL, first.MasterURL, first.PlaceURL = "Визит 1", true, urls.FormPage(sampleForm, urls.Service), "", "", "", ""
	first.Removal = &ui.Removal{URL: "?without=1", Visit: "Визит 1", Done: "Убрано: Визит 1"}
	second.Number, second.When, second.ISO = "Визит 2", "четверг, 26 ноября, 10:00", "2026-11-26T10:00:00+03:00"
	second.Removal = &ui.Removal{URL: "?without=2", Visit: "Визит 2", Done: "Убрано: Визит 2"}
	t.Visits, t.Total = []pages.TicketVisit{first, second}, "от 6 000 ₽"
	t.Terms = []pages.Term{{Text: "Салон просит предоплату. На этой странице ничего не оплачивается: салон скажет, как оплатить, и может отменить неоплаченную запись.", Link: &layout.Link{Title: "Записаться и оплатить на странице салона", URL: "https://n1.example.test/company/77/personal/menu?o=m11"}}}
	return t
}

func visit(booked bool) pages.Visit {
	v := pages.Visit{
		When: "среда, 25 ноября 2026 г., 14:30", ISO: "2026-11-25T14:30:00+03:00", Duration: "1 ч 30 мин",
		Services: []pages.Row{{Label: "Мужская стрижка", Value: "1 800 ₽"}, {Label: "Моделирование бороды", Value: "от 1 200 ₽"}},
		Master:   "Анна Смирнова", Place: "Окошко на Тверской, Москва, Тверская улица, 12, строение 2",
		MapURL: "https://maps.example.test/?q=1", Calls: []ui.Call{{Text: "+7 495 123-45-67", URL: "tel:+74951234567"}},
	}
	if booked {
		v.RecordID, v.RecordURL = 555001, sampleVisit.Path(urls.VisitShown)+"?lang=ru"
		v.CalendarURL = sampleVisit.Path(urls.VisitCalendar) + "?lang=ru"
		v.Deadlines, v.Share = []string{"Отменить онлайн можно до: среда, 25 ноября, 11:30."}, address(false)
	}
	return v
}

// address is that of the sample's visit, on its own page or on another one.
func address(here bool) *pages.Share {
	path := sampleVisit.Path(urls.VisitShown) + "?lang=ru"
	return &pages.Share{
		URL: "https://booking.example.test" + path, Path: path, Label: "Ссылка на вашу запись", Note: "По ней запись можно посмотреть, перенести и отменить.", Button: "Поделиться",
		Title: "среда, 25 ноября, 14:30 · Окошко на Тверской", Here: here,
	}
}

// came is the visit of the sample when it is over.
func came() pages.Visit {
	v := visit(true)
	v.RecordID, v.CalendarURL, v.Deadlines, v.Share = 555000, "", nil, nil
	return v
}

func donePage(s sample, state, heading, text string) pages.DonePage {
	b := base(s, "ru", "done", heading)
	b.Progress, b.Private = nil, true
	p := pages.DonePage{Base: b, State: state, Text: text, Visits: []pages.Visit{visit(state == "booked")}, AnotherURL: urls.Form(sampleForm) + "?lang=ru"}
	p.Visits[0].RecordLabel = "Перенести или отменить"
	switch state {
	case "refused":
		p.RetryURL, p.RetryLabel = urls.FormPage(sampleForm, urls.Contact), "Попробовать ещё раз"
	case "unlikely":
		p.RetryURL, p.RetryLabel = urls.FormPage(sampleForm, urls.Contact), "Записаться на это же время"
	case "unknown":
		p.Waiting = &layout.Waiting{Seconds: 10, Times: 60, Now: layout.Link{Title: "Проверить сейчас", URL: "?attempt=1"}, Reload: "20; url=?attempt=1&again=1", Stop: layout.Link{Title: "Не обновлять", URL: "?attempt=1&again=off"}}
	}
	if slices.Contains([]string{"likely", "unknown", "unsure", "unlikely", "partly"}, state) {
		p.Next = []layout.Link{{Title: "Позвонить: +7 495 000-12-34", URL: "tel:+74950001234"}, {Title: "Мои записи", URL: urls.AccountOf(sampleForm, urls.AccountVisits) + "?lang=ru"}}
	}
	return p
}

// showcase is every page by its name.
func showcase(s sample) map[string]templ.Component {
	cities := pages.CityPage{Base: base(s, "ru", "city", "Выберите город"), Cities: []pages.City{
		{ID: 2, Title: "Москва", Note: "3 филиала", URL: "?city=2", Selected: true}, {ID: 1, Title: "Санкт-Петербург", Note: "2 филиала", URL: "?city=1"}, {ID: 7, Title: "Рига", URL: "?city=7"},
	}, NextURL: urls.FormPage(sampleForm, urls.Company) + "?city=2"}
	cities.Salon = layout.Salon{LogoURL: logo()}
	companies := pages.CompanyPage{Base: chosen(base(s, "ru", "company", "Выберите филиал"), 1), Companies: []pages.Company{
		{ID: 77, Title: "Окошко на Тверской", Address: "Москва, Тверская улица, 12, строение 2", Schedule: "ежедневно 10:00–22:00", Nearest: "Ближайшее время: сегодня, 15:30", LogoURL: logo(), URL: "?c=77", MapURL: "https://maps.example.test/?q=1", MapLabel: "Окошко на Тверской на карте"},
		{ID: 78, Title: "Окошко у Патриарших прудов и Малой Бронной", Address: "Москва, Малый Патриарший переулок, 5", URL: "?c=78", MapURL: "https://maps.example.test/?q=2", MapLabel: "Окошко у Патриарших прудов и Малой Бронной на карте"},
	}}
	english := servicePage(s, 8)
	english.Base = chosen(base(s, "en", "service", "Choose a service"), 2)
	english.Chosen, english.ChosenText, english.Total, english.Duration, english.NextURL = 0, "", "", "", ""
	english.Alerts = []layout.Alert{{Kind: "error", Text: "This time is no longer free. Please choose another.", Link: &layout.Link{Title: "Open the calendar", URL: urls.FormPage(sampleForm, urls.Datetime)}}, {Kind: "info", Text: "Part of the link could not be read, so it was left out."}}
	none := servicePage(s, 0)
	none.NextURL = ""
	noMasters := masterPage(s)
	noMasters.Masters, noMasters.EmptyText = nil, "На этот выбор онлайн-записи нет. Выберите другую услугу или позвоните в салон."
	noSlots := datetimePage(s, 0)
	code := pages.CodePage{
		Base: base(s, "ru", "me", "Подтвердите номер телефона"), Action: urls.AccountOf(sampleForm, urls.AccountVisits), Token: "token", Submit: "Подтвердить", ChangeLabel: "Изменить номер телефона",
		Code: pages.Code{
			Sent:  pages.Masked{Before: "Мы отправили SMS с кодом на номер ", Shown: "+7 ••• •••-••-12", Spoken: "с последними цифрами 12", After: "."},
			Lives: "Код действует 10 мин.", ResendIn: 45, ResendText: "Новый код можно запросить через 45 с.", ResendNow: "Теперь можно запросить новый код.", ResendLabel: "Запросить код повторно",
		},
	}
	code.Progress = nil
	badCode := code
	badCode.Code.Error, badCode.Code.ResendText = "Код неверный. Проверьте SMS и введите его ещё раз.", ""
	prove := pages.PuzzlePage{
		Base: chosen(base(s, "ru", "contact", "Одну минуту"), 5), Action: urls.FormPage(sampleForm, urls.Contact), Token: "token",
		Text:   "Сейчас запрашивают очень много SMS. Браузер показывает, что вы не программа: это займёт несколько секунд, дальше всё продолжится само.",
		WaitIn: 30, Wait: "Если само не продолжится, подождите 30 с и нажмите кнопку.", Submit: "Продолжить",
	}
	prove.Alerts = []layout.Alert{{Kind: "info", Text: "Можно записаться и по телефону.", Link: &layout.Link{Title: "Позвонить: " + prove.Salon.Phone, URL: prove.Salon.PhoneHref}}}
	confirm := pages.ConfirmPage{
		Base: ticketBase(s, "confirm", "Подтверждение"), Ticket: tickets(), Action: urls.FormPage(sampleForm, urls.Confirm), EditAction: urls.FormPage(sampleForm, urls.Contact), Token: "token",
		Contact: []pages.ContactRow{
			{Row: pages.Row{Label: "Имя", Value: "Мария"}, Control: "fullname"},
			{Row: pages.Row{Label: "Телефон", Value: "+7 912 345-67-89"}, Control: "phone"},
			{Row: pages.Row{Label: "Email", Value: "maria.ivanova@example.test"}, Control: "email"},
		},
		Submit: "Записаться", ChangeLabel: "Изменить",
	}
	confirmCode := confirm
	confirmCode.Ticket, confirmCode.Action, confirmCode.Code = ticket(), confirm.EditAction, &code.Code
	confirmWrong := confirmCode
	confirmWrong.Code = &badCode.Code
	elsewhere := pages.ElsewherePage{Base: chosen(base(s, "ru", "contact", "Нужна предоплата"), 5), Text: "Этот визит оплачивается заранее на странице самого салона. Всё, что вы выбрали, перейдёт туда.", Links: []layout.Link{*tickets().Terms[0].Link}}
	record := pages.RecordPage{
		Base: base(s, "ru", "record", "Запись"), Status: "confirmed", Badge: "Подтверждена", Visit: visit(true), Comment: "Буду с ребёнком.\nПозвоните, пожалуйста.",
		MoveURL: sampleVisit.Path(urls.VisitMove), Denials: []string{"Отменить запись онлайн можно не позднее чем за 5 ч до визита."},
		GoogleURL: "https://calendar.google.com/calendar/render?action=TEMPLATE",
		Again:     layout.Link{Title: "Записаться снова", URL: urls.Form(sampleForm)}, Another: layout.Link{Title: "Записаться ещё", URL: urls.Form(sampleForm)},
	}
	record.Progress, record.Languages, record.Private = nil, nil, true
	record.Visit.Share, record.Visit.Deadlines = address(true), nil
	record.Visit.Payment = pages.Term{Text: "Салон ждёт оплаты этого визита. Он скажет, как оплатить, и может отменить неоплаченную запись.", Link: &layout.Link{Title: "Оплатить на странице салона", URL: "https://n1.example.test/company/77/success-order/1/abc"}}
	cancelled := record
	cancelled.Visit.Payment = pages.Term{}
	cancelled.Status, cancelled.Badge, cancelled.MoveURL, cancelled.GoogleURL, cancelled.Denials = "cancelled", "Отменена", "", "", nil
	cancelled.Visit.CalendarURL, cancelled.Visit.Deadlines = "", nil
	cancelled.CalendarURL, cancelled.CalendarLabel = sampleVisit.Path(urls.VisitCalendar), "Отмена для календаря"
	cancelled.Rebook = &layout.Link{Title: "Выбрать другое время", URL: urls.Form(sampleForm)}
	moved := record
	moved.Status, moved.Badge, moved.Note, moved.CancelURL = "moved", "Перенесена", "Раньше было: вторник, 24 ноября 2026 г., 12:00", sampleVisit.Path(urls.VisitCancel)
	moved.MoveUntil, moved.CancelUntil, moved.Denials, moved.Visit.Deadlines = "Перенести онлайн можно до: среда, 25 ноября, 11:30.", "Отменить онлайн можно до: среда, 25 ноября, 11:30.", nil, nil
	cancel := pages.CancelPage{Base: record.Base, Action: sampleVisit.Path(urls.VisitCancel), Token: "token", Visit: visit(false), Text: "Отменить эту запись?", Submit: "Отменить запись", MoveURL: sampleVisit.Path(urls.VisitMove), MoveLabel: "Лучше перенести", BackURL: sampleVisit.Path(urls.VisitShown), BackLabel: "Не отменять"}
	move := pages.MovePage{Base: record.Base, Now: "Сейчас: среда, 25 ноября 2026 г., 14:30.", Diary: datetimePage(s, 48), BackURL: sampleVisit.Path(urls.VisitShown), BackLabel: "Оставить как есть"}
	lostMove := pages.MovePage{Base: record.Base, Now: move.Now, Lost: true, Near: []pages.NearSlot{{ISO: "2026-11-25T14:45:00+03:00", Day: "среда, 25 ноября", Time: "14:45", Label: "14:45, среда, 25 ноября", URL: sampleVisit.Path(urls.VisitMove) + "?slot=1"}}, CalendarURL: sampleVisit.Path(urls.VisitMove), CalendarLabel: "Выбрать в календаре", BackURL: move.BackURL, BackLabel: move.BackLabel}
	moving := pages.MoveConfirmPage{Base: record.Base, Action: sampleVisit.Path(urls.VisitMove), Token: "token", Slot: "2026-11-25T14:45:00+03:00", Now: move.Now, Visit: visit(false), Submit: "Перенести", OtherURL: sampleVisit.Path(urls.VisitMove), OtherLabel: "Другое время", BackURL: move.BackURL, BackLabel: move.BackLabel}
	mine := pages.MePage{
		Base: record.Base, Who: "Вы вошли: Мария.", BookURL: urls.Form(sampleForm), ProfileURL: urls.AccountOf(sampleForm, urls.AccountProfile), LeaveURL: urls.AccountOf(sampleForm, urls.AccountLeave), Token: "token",
		Coming: []pages.MyVisit{{Visit: visit(true), Status: "booked", Badge: "Вы записаны", MoveURL: sampleMine.Path(urls.VisitMove), CancelURL: sampleMine.Path(urls.VisitCancel)}},
		Past:   []pages.MyVisit{{Visit: came(), Status: "came", Badge: "Визит состоялся", Again: layout.Link{Title: "Записаться снова", URL: urls.Form(sampleForm)}}},
	}
	nobody := mine
	nobody.Coming, nobody.Past = nil, nil
	signIn := pages.SignInPage{
		Base: record.Base, Action: urls.AccountOf(sampleForm, urls.AccountVisits), Token: "token", Text: "Мы пришлём код в SMS.", Submit: "Получить код", Other: layout.Link{Title: "Войти с паролем", URL: urls.AccountOf(sampleForm, urls.AccountPassword)},
		Fields: []pages.Field{{Name: "phone", Label: "Телефон", Type: "tel", Required: true}}, More: []layout.Link{{Title: "Сменить пароль", URL: urls.AccountOf(sampleForm, urls.AccountNewPassword)}},
	}
	badSignIn := signIn
	badSignIn.Fields = []pages.Field{{Name: "password", Label: "Пароль", Type: "password", Required: true, Error: "Неверный логин или пароль."}}
	badSignIn.Errors = []pages.FieldError{{Field: "password", Text: "Неверный логин или пароль."}}
	looking := pages.LookingPage{Base: base(s, "ru", "datetime", "Выберите дату и время"), Actions: []layout.Link{{Title: "Позвонить +7 495 123-45-67", URL: "tel:+74951234567"}}}
	looking.ErrorKind, looking.Private, looking.Looking = "busy", true, "Сейчас записывается много людей. Через несколько секунд страница попробует снова сама."
	failed := pages.ErrorPage{Base: base(s, "en", "error", "The booking system isn’t responding"), Text: "Please try again in a minute, or call.", Actions: []layout.Link{{Title: "Refresh", URL: urls.Form(sampleForm)}, {Title: "Call +7 495 123-45-67", URL: "tel:+74951234567"}, {Title: "Start over", URL: urls.Form(sampleForm)}}, Ref: "01J9ZK3V"}
	failed.ErrorKind, failed.Progress, failed.Private = "down", nil, true
	bare := pages.ErrorPage{Base: layout.Base{Text: s.text("en"), Lang: "en", Dir: "ltr", Step: "error", ErrorKind: "not_found", Heading: "There is no such page", Private: true}, Text: "The link may be old or incomplete."}
	lost := pages.LostPage{Base: chosen(base(s, "ru", "datetime", "Выбор даты"), 4), Token: "token", Text: "Вот ближайшее свободное время. Введённые данные сохранены.", CalendarURL: urls.FormPage(sampleForm, urls.Datetime), CalendarLabel: "Выбрать в календаре"}
	lost.Alerts = []layout.Alert{{Kind: "error", Text: "Это время только что заняли."}}
	for _, clock := range []string{"14:45", "15:15", "16:00"} {
		lost.Slots = append(lost.Slots, pages.NearSlot{ISO: "2026-11-25T" + clock + ":00+03:00", Day: "среда, 25 ноября", Time: clock, Label: clock + ", среда, 25 ноября, Анна Смирнова", URL: urls.FormPage(sampleForm, urls.Contact) + "?t=" + clock})
	}
	return map[string]templ.Component{
		"city": pages.CityView(cities), "company": pages.CompanyView(companies),
		"service": pages.ServiceView(servicePage(s, 60)), "service-en": pages.ServiceView(english), "service-empty": pages.ServiceView(none),
		"master": pages.MasterView(masterPage(s)), "master-empty": pages.MasterView(noMasters),
		"datetime": pages.DatetimeView(datetimePage(s, 48)), "datetime-empty": pages.DatetimeView(noSlots),
		"contact": pages.ContactView(contactPage(s, false)), "contact-wrong": pages.ContactView(contactPage(s, true)),
		"code": pages.CodeView(code), "code-wrong": pages.CodeView(badCode), "code-prove": pages.PuzzleView(prove), "confirm": pages.ConfirmView(confirm), "confirm-code": pages.ConfirmView(confirmCode), "confirm-code-wrong": pages.ConfirmView(confirmWrong),
		"contact-elsewhere": pages.ElsewhereView(elsewhere),
		"done":              pages.DoneView(donePage(s, "booked", "Вы успешно записались!", "Ждём вас. Сохраните ссылку: по ней открывается запись.")),
		"done-unknown":      pages.DoneView(donePage(s, "unknown", "Проверяем, прошла ли запись", "Система салона не ответила вовремя. Пока не записывайтесь снова: страница сама покажет результат.")),
		"done-refused":      pages.DoneView(donePage(s, "refused", "Записаться не удалось", "Ничего не забронировано, можно спокойно попробовать ещё раз.")),
		"record":            pages.RecordView(record), "record-cancelled": pages.RecordView(cancelled), "record-moved": pages.RecordView(moved),
		"cancel": pages.CancelView(cancel), "move": pages.MoveView(move), "move-lost": pages.MoveView(lostMove), "move-confirm": pages.MoveConfirmView(moving),
		"me": pages.MeView(mine), "me-nobody": pages.MeView(nobody), "sign-in": pages.SignInView(signIn), "sign-in-wrong": pages.SignInView(badSignIn),
		"error": pages.ErrorView(failed), "looking": pages.LookingView(looking), "error-bare": pages.ErrorView(bare), "lost": pages.LostView(lost),
	}
}
