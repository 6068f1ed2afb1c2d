package showcase

import (
	"github.com/a-h/templ"

	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// wishPages are the pages of "tell me when a time opens".
func wishPages(s sample) map[string]templ.Component {
	rows := []pages.Row{{Label: "Место", Value: "Окошко на Тверской"}, {Label: "Услуги", Value: "Женская стрижка"}}
	day := []pages.Option{{Value: "2026-11-25", Title: "среда, 25 ноября", Selected: true}, {Value: "2026-11-26", Title: "четверг, 26 ноября"}}
	form := pages.WishForm{
		Base: base(s, "ru", "wish", "Сообщим, когда освободится время"), Action: "?", Token: "t", Decoy: "homepage", DecoyLabel: "Оставьте это поле пустым", Rows: rows,
		First: "Мы не держим это время за вами: запишется тот, кто успеет первым.",
		Selects: []pages.Select{
			{Name: "from", Label: "С какого дня", Options: day},
			{Name: "to", Label: "По какой день", Options: day},
			{Name: "hours", Label: "Время дня", Options: []pages.Option{{Title: "Любое время", Selected: true}, {Value: "evening", Title: "Вечер, после 17:00"}}},
		},
		Email:   &pages.Field{Name: "email", Label: "Email", Type: "email", Placeholder: " ", Autocomplete: "email", InputMode: "email", Required: true},
		Consent: pages.Check{Name: "accept_personal_data", Label: "Соглашаюсь получать письма о свободном времени и даю согласие использовать для этого мой адрес", Required: true},
		Erased:  "Адрес нужен только для этого. Когда дни пройдут или вы откажетесь, мы его удалим.", Submit: "Сообщить мне",
		Push: &pages.WishPush{
			Key: "k", WorkerURL: urls.Worker, ScriptURL: "/x.js", Title: "Без почты", Submit: "Показать уведомление в этом браузере", Denied: "Браузер не разрешает уведомления.",
			Consent: "Нажимая эту кнопку, вы разрешаете показывать вам уведомления о свободном времени.",
		},
	}
	form.Progress, form.Summary, form.Typed = nil, nil, true
	wrong := form
	wrong.Email = &pages.Field{Name: "email", Label: "Email", Type: "email", Value: "anna@", Placeholder: " ", Required: true, Error: "Проверьте email: похоже, в нём ошибка"}
	wrong.Consent.Error = "Без вашего согласия мы не можем вам написать"
	wrong.Errors = []pages.FieldError{{Field: "email", Text: wrong.Email.Error}, {Field: "accept_personal_data", Text: wrong.Consent.Error}}
	wrong.Stays, wrong.Push = "Ваша запись (среда, 25 ноября, 18:30) остаётся за вами, пока вы её не перенесёте.", nil
	sent := pages.WishSent{
		Base: form.Base, Text: "Мы отправили вам письмо со ссылкой. Откройте её и подтвердите, что просили об этом вы: тогда мы начнём искать.",
		Back: layout.Link{Title: "Перейти к записи", URL: urls.FormPage(sampleForm, urls.Service)},
	}
	sent.Heading, sent.Typed = "Загляните в почту", false
	asked := pages.WishPage{
		Base: form.Base, Status: "asked", Badge: "Ждёт подтверждения", Text: "Подтвердите, что об этом попросили вы, и мы начнём искать.", Rows: rows,
		First: form.First, ConfirmURL: "?c", Confirm: "Да, сообщите мне", EndURL: "?e", End: "Больше не сообщать",
	}
	asked.Heading, asked.Step, asked.Typed = "Уведомление о свободном времени", "waiting", false
	waits := asked
	waits.Status, waits.Badge, waits.Text, waits.ConfirmURL, waits.Stays = "waiting", "Ищем", "Как только освободится подходящее время, мы сообщим.", "", wrong.Stays
	ended := pages.WishEnded{Base: asked.Base, Text: "Всё, что мы для этого хранили, удалено.", Onward: &sent.Back}
	ended.Heading = "Уведомление отключено"
	return map[string]templ.Component{
		"wish": pages.WishFormView(form), "wish-wrong": pages.WishFormView(wrong), "wish-sent": pages.WishSentView(sent), "wish-asked": pages.WishView(asked),
		"wish-waiting": pages.WishView(waits), "wish-ended": pages.WishEndedView(ended),
	}
}
