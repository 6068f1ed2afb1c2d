package main

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/bench/browse"
	"okoshko/internal/urls"
)

// wish is what somebody tells an assistant, as the assistant has taken it apart, and what has to stand on the page that it leads to.
type wish struct {
	lang, says         string
	salon, city        string
	services           []string
	most               float64 // the highest price of each; 0 = any
	master             string
	from, to, part     string
	shows              []string // words of the page: the salon, the services, the master
	firstDay, lastDay  int      // of the visit, in days from today
	weekdays           []time.Weekday
	firstHour, endHour int // of the visit's begin; 0 = any
}

// listed are the forms of the sandbox that assistants can find: single salons, and a chain in three cities.
var listed = []int{1, 3, 15, 17, 18, 19}

// joined writes forms as the configuration lists them.
func joined(forms []int) string {
	names := make([]string, len(forms))
	for i, form := range forms {
		names[i] = strconv.Itoa(form)
	}
	return strings.Join(names, ",")
}

// anyDay is the last day of a wish that names none.
const anyDay = 14

var weekendDays = []time.Weekday{time.Saturday, time.Sunday}

// wishes are those of the bench. The sandbox's salons can fulfil each of them on the day at which the bench's clock begins.
var wishes = []wish{
	{
		lang: "ru", says: "стрижка в Екатеринбурге завтра после 17, любой мастер, до 2000 ₽", city: "Екатеринбург", services: []string{"мужская стрижка"}, most: 2000,
		from: "завтра", part: "после 17", shows: []string{"Усы Урала", "Мужская стрижка"}, firstDay: 1, lastDay: 1, firstHour: 17,
	},
	{
		lang: "ru", says: "женская стрижка в «Первоцвете» завтра после 13", salon: "первоцвет", services: []string{"женская стрижка"},
		from: "завтра", part: "после 13", shows: []string{"Первоцвет", "Женская стрижка"}, firstDay: 1, lastDay: 1, firstHour: 13,
	},
	{
		lang: "ru", says: "маникюр в Первоцвете как можно скорее", salon: "Первоцвет", services: []string{"маникюр"},
		from: "как можно скорее", shows: []string{"Первоцвет", "Маникюр"}, lastDay: anyDay,
	},
	{
		lang: "ru", says: "к Елене на стрижку, Первоцвет", salon: "первоцвет", services: []string{"женская стрижка"}, master: "к Елене",
		shows: []string{"Первоцвет", "Женская стрижка", "Елена"}, lastDay: anyDay,
	},
	{
		lang: "ru", says: "к Марии на женскую стрижку после обеда", salon: "первоцвет", services: []string{"женская стрижка"}, master: "Мария",
		part: "после обеда", shows: []string{"Первоцвет", "Женская стрижка", "Мария"}, lastDay: anyDay, firstHour: 12, endHour: 18,
	},
	{
		lang: "ru", says: "коррекция бровей в Москве в пятницу", city: "Москва", services: []string{"коррекция бровей"}, from: "в пятницу",
		shows: []string{"Первоцвет", "Коррекция бровей"}, lastDay: 7, weekdays: []time.Weekday{time.Friday},
	},
	{
		lang: "ru", says: "стрижка бороды у «Усы Урала» в субботу", salon: "усы урала", services: []string{"стрижка бороды"}, from: "суббота",
		shows: []string{"Усы Урала", "Стрижка бороды"}, lastDay: 7, weekdays: []time.Weekday{time.Saturday},
	},
	{
		lang: "ru", says: "бритьё опасной бритвой, Екатеринбург, до 2500", city: "Екатеринбург", services: []string{"бритьё опасной бритвой"}, most: 2500,
		shows: []string{"Усы Урала", "Бритьё опасной бритвой"}, lastDay: anyDay,
	},
	{
		lang: "ru", says: "маникюр в Киеве на этой неделе", city: "Киев", services: []string{"маникюр"}, from: "на этой неделе",
		shows: []string{"Мальва", "аникюр"}, lastDay: 6,
	},
	{
		lang: "ru", says: "тонирование в «Мальве» как можно скорее", salon: "мальва", services: []string{"тонирование"}, from: "как можно скорее",
		shows: []string{"Мальва", "Тонирование"}, lastDay: anyDay,
	},
	{
		lang: "ru", says: "детская стрижка в Мальве послезавтра до 15", salon: "мальва", services: []string{"детская стрижка"}, from: "послезавтра", part: "до 15",
		shows: []string{"Мальва", "Детская стрижка"}, firstDay: 2, lastDay: 2, endHour: 15,
	},
	{
		lang: "ru", says: "окрашивание корней в Мальве, в любой день", salon: "мальва", services: []string{"окрашивание корней"}, from: "любой день",
		shows: []string{"Мальва", "Окрашивание корней"}, lastDay: anyDay,
	},
	{
		lang: "ru", says: "женская стрижка в Тейке, Рига", salon: "Тейка", city: "Рига", services: []string{"женская стрижка"},
		shows: []string{"Тейке", "Женская стрижка"}, lastDay: anyDay,
	},
	{
		lang: "ru", says: "женская стрижка в Риге на Бривибас через 3 дня", salon: "Бривибас", services: []string{"женская стрижка"}, from: "через 3 дня",
		shows: []string{"Бривибас", "Женская стрижка"}, firstDay: 3, lastDay: 3,
	},
	{
		lang: "ru", says: "маникюр в Таллине завтра до 40 евро", city: "Таллин", services: []string{"маникюр"}, most: 40, from: "завтра",
		shows: []string{"аникюр"}, firstDay: 1, lastDay: 1,
	},
	{
		lang: "ru", says: "женская стрижка и укладка феном за один раз, Первоцвет", salon: "первоцвет", services: []string{"женская стрижка", "укладка феном"},
		shows: []string{"Первоцвет", "Женская стрижка", "Укладка феном"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "a haircut at Primrose tomorrow afternoon", salon: "Primrose", services: []string{"women's haircut"}, from: "tomorrow", part: "afternoon",
		shows: []string{"Primrose", "haircut"}, firstDay: 1, lastDay: 1, firstHour: 12, endHour: 18,
	},
	{
		lang: "en", says: "manicure in Moscow under 2500 roubles", city: "Moscow", services: []string{"manicure"}, most: 2500,
		shows: []string{"anicure"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "haircut with Maria at Primrose", salon: "primrose", services: []string{"haircut"}, master: "Мария",
		shows: []string{"Primrose", "haircut", "Мария"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "massage in Kyiv as soon as possible", city: "Kyiv", services: []string{"massage"}, from: "as soon as possible",
		shows: []string{"Malva", "assage"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "evening hairstyle at Malva on Saturday", salon: "Malva", services: []string{"evening"}, from: "saturday",
		shows: []string{"Malva", "vening"}, lastDay: 7, weekdays: []time.Weekday{time.Saturday},
	},
	{
		lang: "en", says: "manicure at Malva, next available", salon: "Malva", services: []string{"manicure"}, from: "next available",
		shows: []string{"Malva", "anicure"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "haircut in Teika, Riga, this weekend", salon: "Teika", services: []string{"women's haircut"}, from: "this weekend",
		shows: []string{"Teika", "haircut"}, lastDay: 7, weekdays: weekendDays,
	},
	{
		lang: "en", says: "balayage in Berlin", city: "Berlin", services: []string{"balayage"},
		shows: []string{"Berlin", "alayage"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "men's haircut in Berlin, any day", salon: "Liepziede Berlin", services: []string{"men's haircut"}, from: "any day",
		shows: []string{"Berlin", "haircut"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "manicure at Lill in Tallinn, 10:00-14:00", salon: "Lill", services: []string{"manicure"}, part: "10:00-14:00",
		shows: []string{"Lill", "anicure"}, lastDay: anyDay, firstHour: 10, endHour: 14,
	},
	{
		lang: "en", says: "eyebrows at Rasa in Vilnius next week", salon: "Rasa", services: []string{"brow"}, from: "next week",
		shows: []string{"Rasa", "row"}, firstDay: 1, lastDay: 13,
	},
	{
		lang: "en", says: "face massage in Vilnius under 35 euros", city: "Vilnius", services: []string{"face massage"}, most: 35,
		shows: []string{"Rasa", "assage"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "roots colouring on Brivibas Street", salon: "Brivibas", services: []string{"root"},
		shows: []string{"oot"}, lastDay: anyDay,
	},
	{
		lang: "en", says: "a child's haircut at Primrose in 5 days", salon: "Primrose", services: []string{"child haircut"}, from: "in 5 days",
		shows: []string{"Primrose", "haircut"}, firstDay: 5, lastDay: 5,
	},
}

var tags = regexp.MustCompile(`<[^>]*>`)

// wrong says what is wrong with the page to which a wish has led, "" when nothing is. The page is judged by what stands on it and
// in its address, and not by what the tools have said.
func (w wish) wrong(p browse.Page, got chosen, now time.Time) string {
	if p.Step() != "contact" && p.Step() != "confirm" {
		return "the link leads to " + p.Step() + " " + p.Kind()
	}
	text := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(p.Body, " "))), " ")
	for _, word := range w.shows {
		if !strings.Contains(text, word) {
			return fmt.Sprintf("the page does not show %q", word)
		}
	}
	for _, s := range got.services {
		if !strings.Contains(text, s.Title) {
			return fmt.Sprintf("the page does not show %q", s.Title)
		}
		if w.most > 0 && (s.Price == nil || *s.Price > w.most) {
			return fmt.Sprintf("%q costs too much", s.Title)
		}
	}
	return w.wrongTime(p.URL, text, now)
}

// wrongTime says what is wrong with the time in a page's address and text.
func (w wish) wrongTime(page *url.URL, text string, now time.Time) string {
	_, said, _ := strings.Cut(page.Query().Get(urls.QuerySlot), "@") // a slot may name its master
	if said == "" {
		said = page.Query().Get(urls.QuerySlot)
	}
	at, err := time.Parse(time.RFC3339, said)
	if err != nil {
		return "no time in " + page.RequestURI()
	}
	today := now.In(at.Location())
	days := int(midnight(at).Sub(midnight(today)).Hours()+12) / 24
	switch {
	case !strings.Contains(text, at.Format("15:04")):
		return "the page does not show " + at.Format("15:04")
	case days < w.firstDay || days > w.lastDay:
		return fmt.Sprintf("%v is in %d days", at, days)
	case len(w.weekdays) > 0 && !slices.Contains(w.weekdays, at.Weekday()):
		return fmt.Sprintf("%v is a %v", at, at.Weekday())
	case at.Hour() < w.firstHour, w.endHour > 0 && at.Hour() >= w.endHour:
		return fmt.Sprintf("%v is at another part of the day", at)
	}
	return ""
}

func midnight(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
}
