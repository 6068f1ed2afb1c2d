package pages_test

import (
	"testing"

	"okoshko/web/templates/pages"
	"okoshko/web/templates/showcase"
)

const hostile = `"><b>'&amp; "/elsewhere" "/stays"`

func TestDrawnCardsAreTheSameCards(t *testing.T) {
	page := showcase.Service(sample(t), 60)
	cards := page.Categories[0].Services
	cards[3].Unavailable, cards[3].URL, cards[3].StayURL = "Does not go with the others", "", ""
	cards[4].Title, cards[4].Comment, cards[4].URL, cards[4].StayURL = hostile, hostile, "/b/1/master?q="+hostile, "/b/1/service?q="+hostile
	page.Promotions = []pages.Service{cards[5]}
	want := html(t, pages.ServiceView(page))

	again := func(s *pages.Service, drawn *pages.Drawn, err error) {
		if err != nil {
			t.Fatal(err)
		}
		*s = pages.Service{ID: s.ID, URL: s.URL, StayURL: s.StayURL, Drawn: drawn}
	}
	for _, category := range page.Categories {
		for i := range category.Services {
			s := &category.Services[i]
			drawn, err := pages.DrawService(page.Base.Text, *s)
			again(s, drawn, err)
		}
	}
	drawn, err := pages.DrawPromotion(page.Base.Text, page.Promotions[0])
	again(&page.Promotions[0], drawn, err)
	if got := html(t, pages.ServiceView(page)); got != want {
		t.Errorf("the page of drawn cards has %d bytes and is another than the one of %d", len(got), len(want))
	}
}

func TestSlotsAndDaysAreEscaped(t *testing.T) {
	page := showcase.Datetime(sample(t), 48)
	slot := &page.Groups[0].Slots[0]
	slot.Label, slot.Time, slot.URL = hostile, hostile, hostile
	day := &page.Weeks[2][2]
	day.Label, day.Number, day.Month, day.Date, day.URL = hostile, hostile, hostile, hostile, ""
	doc := draw(t, pages.DatetimeView(page))
	first := doc.Find(".slots a").First()
	for _, got := range []string{first.Text(), first.AttrOr("aria-label", ""), first.AttrOr("href", "")} {
		if got != hostile {
			t.Errorf("the slot says %q, want %q", got, hostile)
		}
	}
	cell := doc.Find(".calendar tbody tr").Eq(2).Find("td").Eq(2)
	if got := cell.Find("span[aria-hidden]").Text() + cell.Find("small").Text() + cell.Find(".unseen").Text(); got != hostile+hostile+hostile {
		t.Errorf("the day says %q", got)
	}
	if doc.Find("b").Length() != 0 {
		t.Error("a value became an element")
	}
}
