package showcase

import (
	"github.com/a-h/templ"

	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
	"okoshko/web/templates/ui"
)

// beside are the pages that not every customer comes by, and steps with all that may stand on them.
func beside(s sample) map[string]templ.Component {
	full := servicePage(s, 12)
	full.Soonest = []pages.Soonest{
		{Time: "сегодня, 15:30", Name: "Анна Смирнова", URL: "?m=11"},
		{Time: "завтра, 10:00", Name: "Сергей", URL: "?m=13"},
	}
	full.Windows = &layout.Link{Title: "Все свободные окошки", URL: urls.FormPage(sampleForm, urls.Windows)}
	full.Events = &layout.Link{Title: "Групповые события", URL: urls.FormPage(sampleForm, urls.Events)}
	full.Search = pages.Search{Show: true, Action: urls.FormPage(sampleForm, urls.Service), Hidden: []pages.Hidden{{Name: "lang", Value: "ru"}}, Counted: "Найдено: *"}
	full.Promotions = []pages.Service{{ID: 900, Title: "Стрижка и борода", Price: "2 500 ₽", Duration: "1 ч 15 мин", URL: "?s=10000,10074", StayURL: "?s=10000,10074", Label: "Добавить: Стрижка и борода"}}
	full.Categories = append(full.Categories, pages.Category{ID: 990, Title: "Барбер", For: "для мужчин", Services: []pages.Service{
		{ID: 990, Title: "Бритьё", Price: "900 ₽", Duration: "30 мин", Unavailable: "не сочетается с выбранным", Label: "Добавить: Бритьё"},
	}})
	found := servicePage(s, 1)
	found.OnlyText, found.Only = "Показаны услуги специалиста: Анна Смирнова.", &layout.Link{Title: "Все услуги", URL: "?m="}
	found.Search = pages.Search{Show: true, Action: urls.FormPage(sampleForm, urls.Service), Query: "стрижка", Found: "Найдено: 1", Counted: "Найдено: *", ClearURL: urls.FormPage(sampleForm, urls.Service)}

	anna := pages.Master{
		ID: 11, Name: "Анна Смирнова", Role: "Топ-стилист", Rating: "4,8", RatingLabel: "Оценка 4,8 из 5, 37 отзывов", AvatarURL: logo(), URL: "?m=11", Bookable: true,
		Nearest: "Ближайшее время: сегодня, 15:30", Soonest: true, AboutURL: urls.Item(sampleForm, urls.Master, 11), AboutLabel: "О специалисте: Анна Смирнова",
	}
	for _, clock := range []string{"15:30", "15:45", "16:00", "17:15"} {
		anna.Slots = append(anna.Slots, pages.Slot{ISO: "2026-11-24T" + clock + ":00+03:00", Time: clock, Label: "вторник, 24 ноября, " + clock + ", Анна Смирнова", URL: urls.FormPage(sampleForm, urls.Contact) + "?t=" + clock})
	}
	masters := masterPage(s)
	masters.Masters, masters.NextURL = append([]pages.Master{anna}, masters.Masters...), urls.FormPage(sampleForm, urls.Datetime)
	masters.Masters = append(masters.Masters[:2:2], masters.Masters[3:]...) // Anna is there already
	about := pages.AboutPage{
		Base: chosen(base(s, "ru", "master", anna.Name), 3), Master: anna, PhotoURL: logo(), AboutHTML: "<p>Стрижёт <b>пятнадцать лет</b>.</p><ul><li>стрижки</li><li>укладки</li></ul>",
		Choose: "Выбрать", BackURL: urls.FormPage(sampleForm, urls.Master), Back: "Выбор сотрудника",
	}

	windows := pages.WindowsPage{
		Base: base(s, "ru", "windows", "Свободные окошки"), RestTitle: "Посмотреть в календаре", ZoneNote: "Время указано по месту визита (UTC+3).",
		Filters: []pages.WindowFilter{{Name: "master", Title: "Специалист", Links: []layout.Link{{Title: anna.Name, URL: "?", Current: true}, {Title: "Сергей", URL: "?m=13"}}}},
		Days: []pages.WindowDay{{Date: "2026-11-24", Title: "Сегодня, вторник, 24 ноября", Masters: []pages.WindowMaster{{
			ID: 11, Name: anna.Name, Role: anna.Role, AvatarURL: logo(), Slots: anna.Slots, Onward: &layout.Link{Title: "Ещё 7", URL: "?m=11"}, Spoken: "Ещё 7, вторник, 24 ноября, " + anna.Name,
		}}}},
		Rest: []pages.WindowMaster{{ID: 13, Name: "Сергей", Initials: "С", Onward: &layout.Link{Title: "Показать время", URL: "?m=13"}, Spoken: "Показать время, Сергей"}},
	}
	windows.Progress, windows.Summary = nil, nil
	group := windows
	group.Days, group.Rest = nil, nil
	group.Services = []pages.WindowService{
		{ID: 1, Title: "Женская стрижка", URL: "?s=1", Facts: "1 ч · 3 000 ₽", Day: "Сегодня, вторник, 24 ноября", Slots: anna.Slots, Onward: &layout.Link{Title: "Показать время", URL: "?s=1&all"}, Spoken: "Показать время, Женская стрижка"},
		{ID: 2, Title: "Укладка", URL: "?s=2", Facts: "45 мин · 1 800 ₽", For: "для женщин"},
	}
	unknown := windows
	unknown.Days, unknown.Rest, unknown.EmptyText = nil, nil, "Сейчас здесь не видно, что свободно. Точное время вы увидите при записи."
	unknown.Onward = &layout.Link{Title: "Перейти к записи", URL: urls.FormPage(sampleForm, urls.Service)}

	yoga := pages.GroupEvent{
		ID: 51, Title: "Йога для спины", Comment: "Приходите за десять минут.\nКоврики есть.", Master: "Анна Смирнова", AvatarURL: logo(), When: "среда, 25 ноября", Time: "18:30",
		ISO: "2026-11-25T18:30:00+03:00", Duration: "1 ч", Price: "800 ₽", Left: "Осталось 3 места", URL: urls.Item(sampleForm, urls.Events, 51),
	}
	over := yoga
	over.ID, over.Title, over.Time, over.Left, over.Full, over.AvatarURL, over.Initials = 52, "Растяжка", "20:00", "Мест нет", true, "", "АС"
	events := pages.GroupEventsPage{
		Base: chosen(base(s, "ru", "service", "Групповые события"), 2), AppointmentURL: urls.FormPage(sampleForm, urls.Service), AppointmentText: "Индивидуальная запись", EmptyText: "В ближайшие дни групповых событий нет.",
		Strip:    datetimePage(s, 1).Strip,
		Services: []layout.Link{{Title: "Все события", URL: "?"}, {Title: "Йога для спины", URL: "?service=1", Current: true}, {Title: "Растяжка", URL: "?service=2"}},
		Groups:   []pages.GroupEventDay{{Date: "2026-11-25", Title: "среда, 25 ноября", Events: []pages.GroupEvent{yoga, over}}},
	}
	events.Step = "events"
	noEvents := events
	noEvents.Strip, noEvents.Services, noEvents.Groups = nil, nil, nil
	event := pages.GroupEventPage{
		Base: chosen(base(s, "ru", "service", yoga.Title), 2), GroupEvent: yoga, Note: "Это событие оплачивается заранее.", SeatsTitle: "Сколько мест?",
		Seats:   []pages.Seats{{Number: 1, Text: "1 место", Price: "800 ₽", URL: "?seats=1"}, {Number: 2, Text: "2 места", Price: "1 600 ₽", URL: "?seats=2"}},
		BackURL: urls.FormPage(sampleForm, urls.Events), BackText: "Групповые события",
	}

	event.Step = "events"
	event.GroupEvent.Labels, event.GroupEvent.Hall, event.GroupEvent.Comment = []string{"для начинающих"}, "Зал «Лотос»", "Мягкая практика"
	event.GroupEvent.Instructions, event.GroupEvent.StreamURL = "Возьмите воду.\nПриходите за 10 минут.", "https://stream.example.test/1"
	salon := pages.SalonPage{
		Base: base(s, "ru", "about", "Окошко на Тверской"), Short: "Стрижки и цвет", Place: "Москва, Тверская улица, 12", MapURL: "https://maps.example.test/?q=1",
		Schedule: "пн–пт 10:00–22:00\nсб, вс 11:00–20:00", SiteURL: "https://okno.example.test", Site: "okno.example.test",
		Calls: []ui.Call{{Text: "+7 495 123-45-67", URL: "tel:+74951234567"}}, More: [][]ui.Call{{{Text: "+7 916 765-43-21", URL: "tel:+79167654321"}}},
		AboutHTML: "<h2>О нас</h2><p>Работаем с 2009 года.</p><ul><li>кофе</li><li>парковка</li></ul>", BackURL: urls.FormPage(sampleForm, urls.Service),
	}
	salon.Progress, salon.Summary = nil, nil
	privacy := pages.PrivacyPage{Base: base(s, "ru", "privacy", "Соглашение о персональных данных"), HTML: "<h2>1. Кто мы</h2><p>Салон.</p><h2>2. Что мы храним</h2><ul><li>имя</li><li>телефон</li></ul>"}
	privacy.Progress = nil
	access := pages.AccessPage{
		Base: base(s, "ru", "accessibility", s.text("ru").T("widget.access.title")), Date: "30 ноября 2026", Calls: salon.Calls, Place: salon.Place,
		ContactURL: "mailto:dostup@okno.example.test", AuthorityURL: "https://nadzor.example.test", BackURL: urls.Form(sampleForm),
	}
	access.Progress, access.Summary = nil, nil
	stranger := pages.StrangerPage{Base: layout.Base{Text: s.text("en"), Lang: "en", Dir: "ltr", Step: "error", ErrorKind: "stranger", Heading: "Booking cannot be shown on this page", Private: true}, URL: urls.Form(sampleForm)}
	glance := pages.GlancePage{Base: layout.Base{Text: s.text("en"), Lang: "en", Dir: "ltr", Step: "record", Heading: "Your visit", Private: true}, Text: "Open the link to see the visit.", URL: urls.Form(sampleForm), Open: "Show the visit"}
	likely := donePage(s, "likely", "Скорее всего, вы записаны", "Выбранное время теперь занято, вероятнее всего вашей же записью.")
	unsure := donePage(s, "unsure", "Мы не знаем, прошла ли запись", "Позвоните в салон, прежде чем записываться снова.")
	unlikely := donePage(s, "unlikely", "Скорее всего, вы не записаны", "Выбранное время у этого специалиста по-прежнему свободно.")
	cancelled := donePage(s, "cancelled", "Эта запись отменена", "Запись прошла, но потом её отменили.")
	partly := donePage(s, "partly", "Часть заказа записана", "Ниже видно, что с каждым визитом.")
	partly.Visits = []pages.Visit{visit(true), visit(false)}
	partly.Visits[0].Status, partly.Visits[0].Badge = "booked", "Вы записаны"
	partly.Visits[1].Status, partly.Visits[1].Badge = "unsure", "Неизвестно"
	pending := donePage(s, "pending", "Запись оформляется", "Через мгновение здесь появится результат.")

	basket := contactPage(s, false)
	basket.Summary = append([]layout.SummaryRow{{Step: "basket", Label: "Визит 1", Value: "Маникюр", Note: "24 нояб., 12:00 · Анна Смирнова", ChangeURL: "?1", Removal: &ui.Removal{URL: "?2", Visit: "Визит 1", Done: "Убрано: Визит 1"}}}, basket.Summary...)
	basket.AddURL = urls.FormPage(sampleForm, urls.Service)
	// Where there is something to type into, languages are buttons of the form; two stand side by side.
	basket.Languages, basket.Typed = basket.Languages[:2], true

	return map[string]templ.Component{
		"service-full": pages.ServiceView(full), "service-found": pages.ServiceView(found),
		"windows": pages.WindowsView(windows), "windows-group": pages.WindowsView(group), "windows-unknown": pages.WindowsView(unknown),
		"master-times": pages.MasterView(masters), "master-about": pages.AboutView(about),
		"events": pages.GroupEventsView(events), "events-empty": pages.GroupEventsView(noEvents), "event": pages.GroupEventView(event),
		"accessibility": pages.AccessView(access), "privacy": pages.PrivacyView(privacy), "salon": pages.SalonView(salon), "stranger": pages.StrangerView(stranger), "glance": pages.GlanceView(glance), "contact-basket": pages.ContactView(basket),
		"done-likely": pages.DoneView(likely), "done-unsure": pages.DoneView(unsure), "done-pending": pages.DoneView(pending),
		"done-unlikely": pages.DoneView(unlikely), "done-cancelled": pages.DoneView(cancelled), "done-partly": pages.DoneView(partly),
	}
}
