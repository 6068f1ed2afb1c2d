package booking

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// document are the rows of the table of docs/outcomes.md that stands under a heading and has so many columns.
func document(t *testing.T, heading string, columns int) [][]string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/outcomes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(raw), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("docs/outcomes.md has no part %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		if len(cells) == columns && !strings.HasPrefix(cells[0], "---") {
			rows = append(rows, cells)
		}
	}
	if len(rows) < 2 {
		t.Fatalf("no table of %d columns under %q", columns, heading)
	}
	return rows[1:] // the first one names the columns
}

// fits says whether a cell of the document allows a value: a dash allows all.
func fits(cell, value string) bool {
	return cell == "–" || slices.Contains(strings.Split(cell, ", "), value)
}

// within says whether a cell like "≥ 90 s" allows a duration.
func within(t *testing.T, cell string, d time.Duration) bool {
	t.Helper()
	if cell == "–" {
		return true
	}
	sign, text, _ := strings.Cut(cell, " ")
	limit, err := time.ParseDuration(strings.NewReplacer(" ", "", "min", "m").Replace(text))
	switch {
	case err != nil:
		t.Fatalf("cell %q: %v", cell, err)
	case sign == "≥":
		return d >= limit
	case sign == "≤":
		return d <= limit
	}
	t.Fatalf("cell %q", cell)
	return false
}

// moments are on both sides of every limit.
var moments = []time.Duration{
	0, lookAfter, finishedAfter - 1, finishedAfter, giveUpAfter - 1, giveUpAfter, takenSoon, takenSoon + 1, 48 * time.Hour,
}

// TestOutcomesAreJudgedAsTheDocumentSays goes through everything that can be seen of a visit.
func TestOutcomesAreJudgedAsTheDocumentSays(t *testing.T) {
	rows := document(t, "One visit without an answer", 9)
	used := make([]bool, len(rows))
	cases := 0
	yes := map[bool]string{true: "yes", false: "no"}
	for _, named := range []bool{false, true} {
		for _, own := range []RecordSight{RecordUnread, RecordFound, RecordCancelled, RecordAlike, RecordAbsent, RecordSilent} {
			for _, slot := range []SlotSight{SlotUnread, SlotFree, SlotTaken, SlotBack} {
				for _, wanted := range []string{"master", "any", "event"} {
					for _, asks := range []bool{false, true} {
						for _, after := range moments {
							for _, later := range moments {
								s := seen{
									Sight: Sight{Record: own, Slot: slot}, Named: named, Master: wanted == "master", GroupEvent: wanted == "event",
									Asks: asks, After: after, Age: after + later,
								}
								k := slices.IndexFunc(rows, func(row []string) bool {
									return fits(row[0], yes[named]) && fits(row[1], string(own)) && fits(row[2], string(slot)) && fits(row[3], wanted) &&
										fits(row[4], yes[asks]) && within(t, row[5], after) && within(t, row[6], s.Age)
								})
								if got := judgeAppointment(s); k < 0 || string(got) != rows[k][7] {
									t.Fatalf("judgeVisit(%+v) = %q, the document's row is %q", s, got, rows[k])
								}
								used[k] = true
								cases++
							}
						}
					}
				}
			}
		}
	}
	if k := slices.Index(used, false); k >= 0 {
		t.Errorf("nothing comes to the row %q", rows[k])
	}
	t.Logf("%d cases", cases)
}

// all are the sayings that a visit without an answer may get.
var all = []Saying{SayBooked, SayCancelled, SayLikely, SayChecking, SayUnsure, SayUnlikely, SayRefused}

// TestOrdersAreJudgedAsTheDocumentSays goes through all orders of up to three visits.
func TestOrdersAreJudgedAsTheDocumentSays(t *testing.T) {
	rows := document(t, "An order of several visits", 2)
	var orders [][]Saying
	for _, a := range all {
		orders = append(orders, []Saying{a})
		for _, b := range all {
			orders = append(orders, []Saying{a, b})
			for _, c := range all {
				orders = append(orders, []Saying{a, b, c})
			}
		}
	}
	for _, each := range orders {
		k := slices.IndexFunc(rows, func(row []string) bool {
			rule, names, _ := strings.Cut(row[0], " ")
			names = strings.NewReplacer("`", "", " or ", ", ").Replace(names)
			allowed := func(x Saying) bool { return slices.Contains(strings.Split(names, ", "), string(x)) }
			switch rule {
			case "all":
				return !slices.ContainsFunc(each, func(x Saying) bool { return !allowed(x) })
			case "some":
				return slices.ContainsFunc(each, allowed)
			default:
				return true
			}
		})
		want, _, _ := strings.Cut(rows[k][1], "`,")
		if got := together(StateUnknown, each); string(got) != want {
			t.Errorf("together(%v) = %q, the document's row is %q", each, got, rows[k])
		}
	}
	for state, want := range map[State]Saying{StateNew: SayPending, StateSent: SayPending, StateBooked: SayBooked, StateRefused: SayRefused} {
		whole, each := judge(state, []seen{{}, {Sight: Sight{Slot: SlotTaken}}})
		if whole != want || each[0] != want || each[1] != want {
			t.Errorf("judge(%s) = %s, %v, want %s", state, whole, each, want)
		}
	}
}

// TestNothingProvenIsSaidWithoutProof holds the sayings that claim to be proven to what proves them, whatever the table says.
func TestNothingProvenIsSaidWithoutProof(t *testing.T) {
	for _, own := range []RecordSight{RecordUnread, RecordAlike, RecordSilent} {
		for _, slot := range []SlotSight{SlotUnread, SlotFree, SlotTaken, SlotBack} {
			for _, after := range moments {
				for _, master := range []bool{false, true} {
					s := seen{Sight: Sight{Record: own, Slot: slot}, Master: master, After: after, Age: after}
					switch got := judgeAppointment(s); {
					case slices.Contains([]Saying{SayBooked, SayRefused, SayCancelled}, got):
						t.Errorf("judgeVisit(%+v) = %s without a proof", s, got)
					case got == SayUnlikely && !master:
						t.Errorf("judgeVisit(%+v) = %s, and another master may be who is free", s, got)
					}
				}
			}
		}
	}
}

func TestChangesAreJudgedAsTheDocumentSays(t *testing.T) {
	rows := document(t, "A cancel or a move without an answer", 5)
	used := make([]bool, len(rows))
	name := func(state State, reason Reason) string {
		if reason == "" {
			return string(state)
		}
		return fmt.Sprintf("%s: %s", state, reason)
	}
	type end struct {
		state  State
		reason Reason
	}
	for _, kind := range []string{KindCancel, KindMove} {
		for _, from := range []end{
			{StateNew, ""},
			{StateSent, ""},
			{StateDone, ""},
			{StateUnknown, ""},
			{StateRefused, ReasonNotSent},
			{StateRefused, ReasonGone},
			{StateRefused, ReasonSlotTaken},
			{StateRefused, ReasonForbidden},
		} {
			for _, shown := range []ChangeSight{ShownNot, ShownDone, ShownGone} {
				for _, after := range moments[1:] {
					k := slices.IndexFunc(rows, func(row []string) bool {
						return fits(row[0], kind) && fits(row[1], name(from.state, from.reason)) && fits(row[2], string(shown)) && within(t, row[3], after)
					})
					want := rows[k][4]
					if want == "as it was" {
						want = name(from.state, from.reason)
					}
					state, reason := judgeChange(kind, from.state, from.reason, shown, after)
					if got := name(state, reason); got != want {
						t.Errorf("judgeChange(%s, %s, %s, %v) = %q, the document's row is %q", kind, name(from.state, from.reason), shown, after, got, rows[k])
					}
					used[k] = true
				}
			}
		}
		// What was never sent cannot have been done by this change.
		if state, reason := judgeChange(kind, StateRefused, ReasonNotSent, ShownDone, 0); state != StateRefused || reason != ReasonNotSent {
			t.Errorf("a %s that was never sent is %s", kind, state)
		}
	}
	if k := slices.Index(used, false); k >= 0 {
		t.Errorf("nothing comes to the row %q", rows[k])
	}
}
