package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

const unlicensedCompany = 990

// form is a booking form as the salon's owner set it up.
type form struct {
	id, company, group int
	lang               language
	title, description string
	steps              []step
	dirty              bool
	palette            palette
	banner             bool   // the header has a picture
	headerless         bool   // the website around has a header of its own
	speaks             string // a language that the vendor has and this catalogue has no texts for; "" = lang
	langs              []language
	confirmation       bool // phone_confirmation; in a chain the companies decide
	activities         string
	dateIn             int // days from today that the date step preselects; 0 = none
	timeAt             int // minute of the day that the time step preselects; 0 = none
	confirmHidden      bool
	counted            bool   // the salon counts visitors elsewhere
	broken             string // how it misbehaves; "" = it does not
	timeHidden         bool   // the time step's default is not asked for
	more               object // see own
	tongues            list   // of the langs array; nil = those of langs
}

// step is one choosing step; contact and confirm follow by themselves.
type step struct {
	name   string
	hidden bool
	preset int // 0 = none, -1 = any master
}

type palette struct{ primary, accent, warn, background string }

func on(names ...string) []step {
	out := make([]step, 0, len(names))
	for _, n := range names {
		out = append(out, step{name: n})
	}
	return out
}

func hide(name string, preset int) step { return step{name, true, preset} }

func show(name string, preset int) step { return step{name, false, preset} }

// seedForms lists the forms. Their ids are stable; docs/sandbox-divergences.md
// says which is which.
func seedForms() []form {
	every := []language{russian, english, latvian, estonian, lithuanian, german, ukrainian}
	single := func(id int, title, description string, steps ...step) form {
		return form{id: id, company: 501, lang: russian, title: title, description: description, steps: steps, langs: []language{russian, english}}
	}
	s, m, d := show("service", 0), show("master", 0), show("datetime", 0)
	twin := single(2, "Primrose with SMS", "service → master → date and time, the phone is confirmed by SMS", s, m, d)
	twin.company, twin.confirmation = 502, true
	soon := single(16, "Primrose, tomorrow at noon", "the date and time steps have defaults", s, m, d)
	soon.dateIn, soon.timeAt = 1, 12*60
	return []form{
		single(1, "Primrose", "plain single salon: service → master → date and time, no SMS", s, m, d),
		twin,
		{
			id: 3, company: 601, group: 60, lang: latvian, title: "Liepziede chain", langs: every,
			description: "chain of two cities and three branches: city → company → service → master → date and time; SMS at Teika only",
			steps:       on("city", "company", "service", "master", "datetime"), palette: palette{primary: "teal", warn: "deep-orange"},
		},
		{
			id: 4, company: 601, group: 60, lang: latvian, title: "Liepziede, Riga", langs: []language{latvian, english, russian},
			description: "chain with the city hidden and set to Riga, master first",
			steps:       append([]step{hide("city", 52)}, on("company", "master", "service", "datetime")...),
		},
		single(5, "Primrose: master first", "master → service → date and time", m, s, d),
		single(6, "Primrose: master, time, service", "master → date and time → service", m, d, s),
		single(7, "Primrose: service, time, master", "service → date and time → master", s, d, m),
		single(8, "Primrose: time first", "date and time → service → master", d, s, m),
		single(9, "Primrose: time, master, service", "date and time → master → service", d, m, s),
		single(10, "Primrose: manicure only", "service hidden and preset, then master → date and time", hide("service", 501010), m, d),
		single(11, "Primrose: no services", "service hidden without a preset: visits of the default length", hide("service", 0), m, d),
		single(12, "Primrose: Elena’s page", "master hidden and preset to one", s, hide("master", 50101), d),
		single(13, "Primrose: whoever is free", "master hidden without a preset", s, hide("master", 0), d),
		single(14, "Primrose with suggestions", "service preset but shown, master preset to any", show("service", 501001), show("master", -1), d),
		{
			id: 15, company: 701, lang: russian, title: "Ural barbershop", description: "one master, comment required, e-mail and confirm step hidden",
			steps: on("master", "service", "datetime"), langs: []language{russian}, confirmHidden: true, palette: palette{primary: "brown", accent: "amber", background: "black"},
		},
		soon,
		{
			id: 17, company: 901, lang: estonian, title: "Lill", description: "dirty typing, comfirm, equal step numbers, e-mail required, group events",
			steps: on("service", "master", "datetime"), langs: []language{estonian, english, russian}, dirty: true,
		},
		{
			id: 18, company: 801, lang: ukrainian, title: "Malva", description: "60 services, 12 masters, palettes, seven languages, counters", langs: every,
			steps: on("service", "master", "datetime"), palette: palette{"deep-purple", "pink", "light-green", "grey"}, banner: true, counted: true,
		},
		{
			id: 19, company: 902, lang: lithuanian, title: "Rasa", description: "asks to confirm the phone but cannot send SMS, so no code is needed",
			steps: on("service", "datetime", "master"), langs: []language{lithuanian, english}, confirmation: true, palette: palette{primary: "light-blue"},
		},
		{
			id: 20, company: 602, lang: latvian, title: "Liepziede Teika", description: "one branch of the chain by itself, SMS, dirty typing",
			steps: on("service", "master", "datetime"), langs: []language{latvian, russian}, confirmation: true, dirty: true,
		},
		single(21, "Primrose express", "service and master hidden, both preset", hide("service", 501011), hide("master", 50103), d),
		{
			id: 22, company: 901, lang: estonian, title: "Lill: classes", description: "group events only",
			steps: on("service", "master", "datetime"), langs: []language{estonian, english}, activities: "activity",
		},
		{
			id: 23, company: 603, lang: german, title: "Liepziede Berlin", description: "one branch, German, surname required",
			steps: on("service", "master", "datetime"), langs: []language{german, english}, palette: palette{primary: "yellow", warn: "lime"},
		},
		{
			id: 24, company: 801, lang: english, title: "Malva without texts", description: "the form speaks Hebrew, for which there are no texts: the pages are in English; the header is left to the website",
			steps: on("service", "master", "datetime"), langs: []language{english}, speaks: "he-IL", headerless: true,
		},
		streetForm(), streetEvening(), streetChain(),
		{id: 990, company: unlicensedCompany, lang: russian, title: "No licence", description: "the company’s licence has expired: 402", steps: on("service", "master", "datetime"), langs: []language{russian}},
		{id: 991, broken: "challenge", title: "Cloudflare", description: "403 with an HTML challenge"},
		{id: 992, broken: "crash", title: "Server error", description: "500 with HTML"},
		{id: 993, broken: "rights", title: "No rights", description: "403 in the envelope"},
		{id: 994, broken: "half", title: "Half an answer", description: "200 with JSON cut in the middle"},
		{id: 995, broken: "empty", title: "Empty answer", description: "200 with an empty body"},
	}
}

// showForm: "Получить настройки формы бронирования".
func showForm(c *call) (reply, error) {
	id, err := c.number("form")
	if err != nil {
		return reply{}, err
	}
	for i := range c.forms {
		f := &c.forms[i]
		if f.id != id {
			continue
		}
		c.speakFor(f.lang)
		if f.broken != "" {
			return reply{}, f.misbehave(c)
		}
		return reply{data: f.wire(c), escape: f.dirty}, nil
	}
	return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
}

func (f *form) misbehave(c *call) error {
	switch f.broken {
	case "challenge":
		return &nonsense{
			status: http.StatusForbidden, contentType: "text/html; charset=UTF-8",
			header: map[string]string{"Cf-Ray": "8f00000000000000-ARN", "Cf-Mitigated": "challenge", "Server": "cloudflare"},
			body:   "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to continue</body></html>",
		}
	case "crash":
		return &nonsense{status: http.StatusInternalServerError, contentType: "text/html", body: "<html><body><h1>500 Internal Server Error</h1></body></html>"}
	case "half":
		return &nonsense{status: http.StatusOK, contentType: "application/json", body: `{"success":true,"data":{"group_id":0,"company_id":501,"steps":[{"step":"ser`}
	case "empty":
		return &nonsense{status: http.StatusOK, contentType: "application/json"}
	}
	return c.refuse(http.StatusForbidden, "error.rights")
}

func (f *form) wire(c *call) object {
	t := typing(f.dirty)
	at := c.company(f.company)
	langs := make(list, 0, len(f.langs))
	for _, l := range f.langs {
		langs = append(langs, object{"id": formLanguages[l].id, "code": formLanguages[l].code, "title": formLanguages[l].title})
	}
	speaks := formLanguages[f.lang].code
	if f.speaks != "" {
		speaks = f.speaks
		langs = append(list{object{"id": 30, "code": f.speaks, "title": "עברית"}}, langs...)
	}
	var notify, comment any
	if at.notify != "" {
		notify = c.text(at.notify)
	}
	if at.commentName != "" {
		comment = c.text(at.commentName)
	}
	var emptyMap any = object{}
	if f.dirty {
		emptyMap = list{}
	}
	activities := f.activities
	if activities == "" {
		activities = "all"
	}
	var metrika any = ""
	google, facebook, vkontakte := "", "", ""
	if f.counted {
		metrika, google, facebook, vkontakte = 50217133, "G-DEMO123456", "123456789012345", "VK-RTRG-123456-AbCdE"
	}
	if f.tongues != nil {
		langs = f.tongues
	}
	return c.dress(object{
		"id": f.id, "url": "https://n" + strconv.Itoa(f.id) + ".yclients.com/", "group_id": f.group, "company_id": f.company,
		"steps": f.stepList(c, at, t), "style": f.style(c, at),
		"phone_confirmation": t.flag(f.confirmation), "sms_enabled": t.flag(at.smsEnabled),
		"lang": speaks, "langs": langs,
		"comment_required": t.flag(at.commentRequired), "comment_input_name": comment, "booking_notify_text": notify,
		"google_analytics_id": google, "facebook_pixel_id": facebook, "vkontakte_pixel_id": vkontakte, "metrika_counter_id": metrika, "app_metrika_id": nil,
		"is_show_privacy_policy": true, "specialization_display_mode": t.number(oneIf(f.dirty)),
		"staff_name": emptyMap, "brand": emptyMap, "features": emptyMap, "map": emptyMap, "sequence_type": "steps",
		"display_activity_type": activities, "is_multiple_activity_record": false, "weekly_view_enabled": false,
		"injection": object{"content": ""}, "legal_info": nil, "online_sales_links": list{}, "without_menu": false,
	}, f.more)
}

// stepList prints the steps in an order that is not their num order: confirm
// comes before contact in dirty forms, and contact shares datetime's number.
func (f *form) stepList(c *call, at *company, t typing) list {
	out := make(list, 0, len(f.steps)+2)
	for i, s := range f.steps {
		entry := object{
			"step": s.name, "title": c.text("step." + s.name), "num": t.number(i + 1), "hidden": t.flag(s.hidden),
			"default": t.number(s.preset), "is_title_default": true,
		}
		if s.name == "datetime" {
			entry["date_hidden"], entry["time_hidden"] = t.flag(false), t.flag(f.timeHidden)
			entry["date_default"], entry["time_default"] = "0000-00-00", any(0)
			if f.dateIn > 0 {
				entry["date_default"] = dateOf(c.now.In(at.zone)).add(f.dateIn).String()
			}
			if f.timeAt > 0 {
				entry["time_default"] = strconv.Itoa(f.timeAt * int(time.Minute/time.Second)) // seconds from midnight
			}
			delete(entry, "default")
		}
		out = append(out, entry)
	}
	count := len(f.steps)
	contact := object{"step": "contact", "title": c.text("step.contact"), "num": t.number(count), "hidden": t.flag(false), "default": t.number(0)}
	confirm := object{"step": "confirm", "title": c.text("step.confirm"), "num": t.number(count + 1), "hidden": t.flag(f.confirmHidden), "default": t.number(0)}
	if !f.dirty {
		contact["num"], confirm["num"] = count+1, count+2
		return append(out, contact, confirm)
	}
	confirm["step"] = "comfirm" // as every sample of the vendor spells it
	return append(list{confirm, contact}, out...)
}

// style gives the old colour keys, without "#", or the palettes.
func (f *form) style(c *call, at *company) object {
	style := object{
		"show_header": !f.headerless, "logo": c.base + ownPrefix + "/logos/" + strconv.Itoa(at.id) + ".svg",
		"header_background": "", "menu_background": "", "logo_full": "", "header_background_full": "", "menu_background_full": "",
		"primaryPalette": f.palette.primary, "accentPalette": f.palette.accent, "warnPalette": f.palette.warn,
		"backgroundPalette": f.palette.background, "main_color_theme": "", "header_background_new": list{},
	}
	if f.banner {
		picture := c.base + ownPrefix + "/headers/" + strconv.Itoa(at.id) + ".svg"
		style["header_background"] = picture
		style["header_background_new"] = object{"sm": picture, "norm": picture, "origin": picture}
	}
	if f.palette == (palette{}) {
		style["main_color"], style["secondary_color"], style["buttons_color"] = "666", "999", "FFF"
	}
	return style
}

// formLanguages are the ids, codes and titles of the langs array, which spells
// Estonian differently from the i18n route (seen live).
var formLanguages = [languageCount]struct {
	id          int
	code, title string
}{
	russian:    {1, "ru-RU", "Русский"},
	english:    {2, "en-US", "English"},
	latvian:    {4, "lv-LV", "Latviešu"},
	estonian:   {5, "et-EE", "Eesti"},
	lithuanian: {6, "lt-LT", "Lietuvių"},
	ukrainian:  {7, "uk-UK", "Українська"},
	german:     {29, "de-DE", "Deutsch"},
}
