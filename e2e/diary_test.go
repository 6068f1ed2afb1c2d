//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"okoshko/internal/sandbox"
)

// rowOf is a script that returns how many of the first times of a list stand in its first row, as far as four.
const rowOf = `(list) => { const [first, ...rest] = [...list.querySelectorAll("[data-slot]")].slice(0, 4).map((e) => e.getBoundingClientRect().top); return first === undefined ? 0 : 1 + rest.filter((top) => top === first).length }`

// TestFourTimesStandInARow looks at the times of a day and at the first times on the cards of masters: the fourth does not stand
// alone in a row of its own.
func TestFourTimesStandInARow(t *testing.T) {
	t.Parallel()
	a := start(t)
	for _, width := range []int64{phoneWidth, 1280} {
		b := newBrowser(t, options{width: width})
		for name, lists := range map[string]string{"/b/1/master?services=501001&lang=en": ".slots.few", "/showcase/datetime": ".times > .slots"} {
			b.open(a.URL + name)
			const four = `[...document.querySelectorAll(%q)].filter((list) => list.querySelectorAll("[data-slot]").length > 3)`
			rows := ask[[]int](b, four+".map("+rowOf+")", lists)
			if len(rows) == 0 {
				t.Fatalf("%d px, %s: no list has four times", width, name)
			}
			for i, n := range rows {
				if n != 4 {
					b.shot("row")
					t.Errorf("%d px, %s: list %d has %d times in its first row", width, name, i, n)
				}
			}
		}
	}
}

// TestTheWeekStandsInColumns looks at a day beside which others have been looked at: where there is room they stand in columns,
// one beside the other below the open day, and on a phone they are left out.
func TestTheWeekStandsInColumns(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{})
	const address = "/b/1/datetime?services=501001&master=0&lang=en"
	b.open(a.URL + address)
	days := ask[[]string](b, "[...document.querySelectorAll('.strip a[data-date]:not([aria-current])')].slice(0, 4).map((e) => e.href)")
	slices.Reverse(days) // beside a day stand those that follow it
	for _, day := range days {
		b.open(day)
	}
	b.shot("week")
	const columns = "[...document.querySelectorAll('.week > section')].filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())"
	if got := ask[int](b, columns+".length"); got < 2 {
		t.Fatalf("%d columns", got)
	}
	if !ask[bool](b, columns+".every((e, i, all) => e.top === all[0].top && (!i || e.left >= all[i - 1].right))") {
		t.Error("the columns do not stand side by side")
	}
	if !ask[bool](b, "document.querySelector('.week').getBoundingClientRect().top >= [...document.querySelectorAll('.times [data-slot]')].at(-1).getBoundingClientRect().bottom") {
		t.Error("the columns stand before the times of the open day")
	}
	narrow := newBrowser(t, options{width: phoneWidth})
	narrow.open(days[len(days)-1])
	if !narrow.has(".week") {
		t.Error("the days that a phone leaves out are not known there")
	}
	if got := ask[int](narrow, columns+".length"); got != 0 {
		t.Errorf("a phone has %d columns", got)
	}
}

// TestOwnTimeCountsTheHoursAsTheSalonDoes reads the sentence about the customer's own clock beside a salon whose country counts
// twelve hours.
func TestOwnTimeCountsTheHoursAsTheSalonDoes(t *testing.T) {
	t.Parallel()
	a := start(t)
	if err := a.Sandbox.Answer(sandbox.Answer{Path: "company/501", Merge: map[string]any{"country": "США", "currency_short_title": "USD", "phone": "+1 212 736-5000", "phones": []string{}}}); err != nil {
		t.Fatal(err)
	}
	own, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, options{zone: own.String(), width: phoneWidth})
	b.open(a.URL + "/b/1/datetime?services=501001&lang=en")
	at, err := time.Parse(time.RFC3339, b.attribute("main [data-slot]", "data-slot"))
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace
	said := plain(b.text("main [data-zone]"))
	for whose, want := range map[string]string{"the salon": at.Format("3:04 PM"), "the customer": at.In(own).Format("3:04 PM")} {
		if !strings.Contains(said, want) {
			t.Errorf("%s has %s: %q", whose, want, said)
		}
	}
	if got := plain(b.text("main [data-slot]")); got != at.Format("3:04 PM") {
		t.Errorf("the first time is %q", got)
	}
}
