package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// The salon that lives in the street: it has at once what real salons were seen to send and no other demo salon does.
// Its texts are Russian in every language, as a salon's own texts are. docs/sandbox-divergences.md lists it.
const (
	streetFormID    = 25
	streetEveningID = 26
	streetChainID   = 27
	streetCompany   = 511
	streetGroup     = 70
	streetBranch    = 7001 // the first of the chain
	streetSize      = 150
	streetCity      = 1001 // the first of its cities
	streetTitle     = `Салон &quot;Окно&quot; &amp; фен`
)

// streetLanguages are those that the vendor's forms list (recorded live), German left out as there.
var streetLanguages = list{
	tongue(1, "ru-RU", "Русский"), tongue(2, "en-US", "English"), tongue(4, "lv-LV", "Latviešu"), tongue(5, "et-EE", "Eesti"),
	tongue(6, "lt-LT", "Lietuvių"), tongue(7, "uk-UK", "Українська"), tongue(8, "fr-FR", "Français"), tongue(9, "it-IT", "Italiano"),
	tongue(10, "es-ES", "Español"), tongue(13, "ka-KA", "ქართული"), tongue(14, "hy-AM", "Հայերեն"), tongue(15, "kk-KK", "Қазақша"),
	tongue(16, "hr-HR", "Hrvatski"), tongue(17, "cs-CS", "Čeština"), tongue(18, "ro-RO", "Română"), tongue(19, "cn-CN", "中文"),
	tongue(20, "ar-AR", "العربية"), tongue(21, "bg-BG", "Български"), tongue(22, "he-IL", "עברית"), tongue(23, "hu-HU", "Magyar"),
	tongue(24, "Lt-sr-SP", "Srpski"), tongue(25, "sk-SK", "Slovenčina"), tongue(26, "mn-MN", "Монгол"), tongue(27, "az-AZ", "Azərbaycanca"),
	tongue(28, "pl-PL", "Polski"), tongue(30, "sl-SL", "Slovenščina"),
}

func tongue(id int, code, title string) object { return object{"id": id, "code": code, "title": title} }

// streetFields are questions of the salon's own, one of them with several answers.
var streetFields = []customField{
	{id: 51, code: "drink", kind: "list", title: "Кофе &amp; чай", values: []string{"Кофе", "Чай &quot;Улун&quot;", "Вода"}, entity: "record"},
	{id: 52, code: "skin", kind: "text", title: "Аллергии <b>и</b> кожа", entity: "client"},
}

// streetNotice stands on the form and at the salon alike.
const streetNotice = `<div>Опоздали больше чем на 15&nbsp;минут?</div><div>Позвоните &mdash; мы перенесём.</div><h3>Оплата</h3>Карты &amp; наличные`

func streetForm() form {
	return form{
		id: streetFormID, company: streetCompany, lang: russian, title: "Okno, a salon of the street", tongues: streetLanguages,
		description: "what real salons send: national phone, zone by its name, open and missing prices, prepayment, HTML in every text, hours past midnight",
		steps:       on("service", "master", "datetime"), langs: []language{russian, english}, activities: "all",
		more: object{
			"booking_notify_text": streetNotice, "comment_input_name": "Пожелания &amp; вопросы", "app_metrika_id": "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
		},
	}
}

// streetEvening asks for no time: it is nine in the evening.
func streetEvening() form {
	return form{
		id: streetEveningID, company: streetCompany, lang: russian, title: "Okno at nine", timeHidden: true, timeAt: 21 * 60,
		description: "the time is hidden and set to 21:00",
		steps:       on("service", "master", "datetime"), langs: []language{russian, english},
	}
}

func streetChain() form {
	return form{
		id: streetChainID, company: streetBranch, group: streetGroup, lang: russian, title: "Okno, a large chain",
		description: "150 branches in 40 cities of seven countries",
		steps:       on("city", "company", "service", "master", "datetime"), langs: []language{russian, english},
	}
}

func street() plan {
	picture := func(n int) string { return ownPrefix + "/headers/" + strconv.Itoa(streetCompany*1000+n) + ".svg" }
	priced := func(title string, low, high int, more object) ownService { return ownService{title, low, high, more} }
	prepaid := func(rule string, least, whole int) object {
		return object{"prepaid": rule, "prepaid_settings": object{
			"status": rule, "prepaid_full": object{"amount": whole, "currency": "RUB"},
			"prepaid_min": object{"amount": least, "percent": 0, "currency": "RUB"},
		}}
	}
	gift := prepaid("required", 1000, 7500)
	gift["image"], gift["images"] = picture(3), list{picture(3), picture(4)}
	yoga := prepaid("required", 500, 900)
	yoga["image_url"], yoga["comment"] = picture(5), `<p>Мягкая практика</p><ul><li>коврик даём</li><li>душ есть</li></ul>`
	return plan{
		company: company{
			id: streetCompany, city: 5, country: 1, speaks: russian, currency: rouble, phone: "73432221100", title: streetTitle,
			address: "ул. Малышева, 51 &mdash; вход со двора", site: "https://okno.example", lat: 56.8349, lon: 60.6174,
			openFrom: "12:00", openTo: "02:00", grid: 30, delay: 30 * time.Minute, defaultLength: time.Hour, horizon: 60, smsEnabled: true,
			changeAllowed: true, deleteAllowed: true, changeDelay: 3 * time.Hour, deleteDelay: 24 * time.Hour, active: true,
			short: "short.salon", newsletterShown: true, agreementShown: true,
			more: object{
				"phone": "8 (343) 222-11-00", "phones": list{"8 (343) 222-11-00", "+7 912 222-11-00 доб. 105"},
				"timezone": "Asia/Yekaterinburg", "timezone_name": absent{}, "schedule": "Пн&ndash;Вс 12:00&ndash;02:00",
				"short_descr": "Стрижки &amp; цвет", "booking_notify_text": streetNotice, "booking_comment_input_name": "Пожелания &amp; вопросы",
				"description": `<h2>О нас</h2><p>Работаем с&nbsp;2009&nbsp;года.</p><ul><li>Кофе</li><li>Wi&#8209;Fi</li></ul>Парковка<br/>во дворе`,
				"photos":      list{picture(1), picture(2)}, "company_photos": list{object{"id": 1, "image": picture(1)}, object{"id": 2, "image": picture(2)}},
				"social":                      object{"instagram": "okno", "telegram": "@okno", "facebook": "", "vk": "https://vk.example/okno", "whatsapp": "79122221100", "viber": ""},
				"allow_delete_prepaid_record": false, "allow_change_prepaid_record": false, "prepayment_waiting_duration_ms": 900000,
			},
		},
		zone: "Asia/Yekaterinburg", categories: []string{"hair", "colour", "nails", "brows", "events"}, occupancy: 25,
		only: []string{
			"haircut-women", "haircut-child", "fringe", "blow-dry", "consultation", "one-tone", "roots", "balayage", "manicure", "brow-shape",
			"yoga", "stretching",
		},
		own: own{
			categories: map[string]string{"hair": "Волосы &amp; уход", "events": "Занятия &laquo;в группе&raquo;"},
			services: map[string]ownService{
				"haircut-women": priced("Стрижка &quot;Каскад&quot;", 1500, 2500, object{
					"comment": `<p>Мытьё</p><ul><li>Стрижка</li><li>Укладка</li></ul>Кофе<br/>чай`, "image": picture(1), "images": list{picture(1), picture(2)},
				}),
				"haircut-child": priced("Ножницы &amp; фен, до&nbsp;10&nbsp;лет", 500, 500, nil),
				"fringe":        priced("Чёлка", 0, 0, object{"comment": "<div>Цену скажет мастер</div><div>после осмотра</div>"}),
				"blow-dry":      priced("Укладка &lt;голливудская&gt;", 2000, 2000, object{"discount": 15}),
				"consultation":  priced("Консультация", 0, 900, nil),
				"one-tone":      priced("Окрашивание в&nbsp;один тон", 3800, 0, object{"comment": "Точная цена &mdash; от&nbsp;длины<br>и&nbsp;густоты"}),
				"roots":         priced("Корни", 2800, 3200, prepaid("allowed", 500, 2800)),
				"balayage":      priced("Балаяж &amp; тонирование", 7500, 12000, gift),
				"manicure":      priced("Маникюр по&nbsp;абонементу", 1200, 1200, object{"abonement_restriction": 1}),
				"brow-shape":    priced("Брови", 700, 700, nil),
				"yoga":          priced("Йога &amp; дыхание", 900, 900, yoga),
				"stretching": priced("Растяжка &quot;для своих&quot;", 700, 700, object{
					"is_online_booking_available": false, "abonement_restriction": 1, "image_url": picture(6), "comment": "Только по&nbsp;абонементу",
				}),
			},
			masters: map[string]ownMaster{
				"Жанна &laquo;Джей&raquo; О&#039;Нил": {more: object{"information": `<div>Стаж 12&nbsp;лет</div><div>Колорист</div><h3>Дипломы</h3>Wella &amp; Estel`}},
				"Рената Юсупова":                      {dearer: 20, more: object{"prepaid": "allowed", "information": `<span>&nbsp;</span>`}},
				"Тимур Сафин":                         {more: object{"prepaid": "required", "information": `Бреет опасной бритвой.<br><ul><li>Усы</li><li>Борода</li></ul>`}},
			},
			events: map[string]object{
				"stretching": {"labels": list{}},
				"yoga": {
					"instructions": `<p>Возьмите воду.</p><p>Приходите за&nbsp;10&nbsp;минут.</p>`, "stream_link": "https://stream.example/okno?room=1&key=2",
					"comment": "Зал &quot;Лотос&quot;", "prepaid": "allowed", "color": "#00aa88", "font_color": "#ffffff",
					"labels":             list{object{"id": 1, "title": "Для начинающих", "color": "#00aa88", "icon": ""}},
					"resource_instances": list{object{"id": 3, "title": "Зал &quot;Лотос&quot;", "resource_id": 2}},
				},
			},
		},
		team: []member{
			{"Жанна &laquo;Джей&raquo; О&#039;Нил", "top", []string{"hair", "colour"}, 100, nights, 4.9, true, false},
			{"Рената Юсупова", "stylist", []string{"hair", "colour", "brows", "nails"}, 100, nights, 4.8, true, false},
			{"Тимур Сафин", "barber", []string{"hair", "brows"}, 100, nights, 4.6, false, false},
			{"Алсу Каримова", "trainer", nil, 100, everyDay, 4.7, true, true},
		},
		events: []eventPlan{
			{"yoga", 3, []time.Weekday{time.Monday, time.Thursday, time.Saturday}, 19 * 60, 10},
			{"stretching", 3, []time.Weekday{time.Tuesday, time.Friday}, 12 * 60, 8},
		},
	}
}

// streetCities are the towns of the chain, each titled in its own script as the vendor's are.
var streetCities = []struct {
	title   string
	country int
	zone    string
}{
	{"Орск", 1, "Asia/Yekaterinburg"},
	{"Ёлкино", 1, "Asia/Yekaterinburg"},
	{"Орёл", 1, "Europe/Moscow"},
	{"Оренбург", 1, "Asia/Yekaterinburg"},
	{"Ķekava", 4, "Europe/Riga"},
	{"Łódź", 11, "Europe/Warsaw"},
	{"Ängelholm", 12, "Europe/Stockholm"},
	{"Ярославль", 1, "Europe/Moscow"},
	{"Абакан", 1, "Asia/Krasnoyarsk"},
	{"Ростов-на-Дону", 1, "Europe/Moscow"},
	{"Ростов Великий", 1, "Europe/Moscow"},
	{"Самара", 1, "Europe/Samara"},
	{"Казань", 1, "Europe/Moscow"},
	{"Уфа", 1, "Asia/Yekaterinburg"},
	{"Омск", 1, "Asia/Omsk"},
	{"Томск", 1, "Asia/Tomsk"},
	{"Новосибирск", 1, "Asia/Novosibirsk"},
	{"Владивосток", 1, "Asia/Vladivostok"},
	{"Калининград", 1, "Europe/Kaliningrad"},
	{"Чебоксары", 1, "Europe/Moscow"},
	{"Щёлково", 1, "Europe/Moscow"},
	{"Эжва", 1, "Europe/Moscow"},
	{"Юрга", 1, "Asia/Novokuznetsk"},
	{"Їчня", 2, "Europe/Kyiv"},
	{"Єнакієве", 2, "Europe/Kyiv"},
	{"Ґрунь", 2, "Europe/Kyiv"},
	{"Львів", 2, "Europe/Kyiv"},
	{"Õismäe", 6, "Europe/Tallinn"},
	{"Ülenurme", 6, "Europe/Tallinn"},
	{"Šiauliai", 7, "Europe/Vilnius"},
	{"Žagarė", 7, "Europe/Vilnius"},
	{"Zarasai", 7, "Europe/Vilnius"},
	{"Čiekurkalns", 4, "Europe/Riga"},
	{"Cēsis", 4, "Europe/Riga"},
	{"Äbtissinwisch", 9, "Europe/Berlin"},
	{"Übach-Palenberg", 9, "Europe/Berlin"},
	{"Ulm", 9, "Europe/Berlin"},
	{"Żary", 11, "Europe/Warsaw"},
	{"Zamość", 11, "Europe/Warsaw"},
	{"Örebro", 12, "Europe/Stockholm"},
}

// streetPlaces are those cities, unless the salons are a town's.
func streetPlaces(w *world) []place {
	if w.company(streetBranch) == nil {
		return nil
	}
	out := make([]place, len(streetCities))
	for i, city := range streetCities {
		out[i] = place{streetCity + i, city.country}
	}
	return out
}

// streetBranches are the branches of the chain: small, and without visits, so that they cost the start nothing.
func streetBranches() []plan {
	out := make([]plan, streetSize)
	for i := range out {
		at := i % len(streetCities)
		city := streetCities[at]
		currency, ok := map[int]currency{1: rouble, 2: hryvnia, 11: zloty, 12: krona}[city.country]
		if !ok {
			currency = euro
		}
		out[i] = plan{
			company: company{
				id: streetBranch + i, group: streetGroup, city: streetCity + at, country: city.country, speaks: russian, currency: currency,
				phone: fmt.Sprintf("7343222%04d", i), title: fmt.Sprintf("Окно &#8470;&nbsp;%d", i+1),
				address: fmt.Sprintf("%s, ул. Садовая, %d", city.title, i+1), lat: 50 + float64(at)/4, lon: 30 + float64(i)/5,
				openFrom: "10:00", openTo: "20:00", grid: 30, delay: time.Hour, defaultLength: time.Hour, horizon: 30, smsEnabled: true,
				changeAllowed: true, deleteAllowed: true, active: true, short: "short.salon",
			},
			zone: city.zone, categories: []string{"hair"}, only: []string{"haircut-women", "haircut-child"}, quiet: true,
			team: []member{{"Мастер " + strconv.Itoa(i+1), "stylist", []string{"hair"}, 100, everyDay, 4.5, false, false}},
		}
	}
	return out
}
