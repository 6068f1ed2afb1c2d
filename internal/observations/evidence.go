package observations

import (
	"slices"
	"time"
)

// Evidence says how far the answers of one company confirm the assumption of this package: how often an answer was
// what an earlier answer for another length had determined. Its zero value knows nothing.
type Evidence struct {
	Step                 time.Duration // the company's grid: the shortest time between two starts that was seen
	Agreed, Contradicted int
}

const (
	// enough answers must have agreed before another one is relied upon.
	enough = 3
	// tolerance: of so many answers that agreed, one may have been contradicted. Between two questions a stranger may
	// book, so two answers differ now and then.
	tolerance = 20
	// together is how long after each other two answers may have been asked for that are expected to agree.
	together = 10 * time.Second
	// remembered bounds the counts, so that a company which changes its ways is noticed.
	remembered = 400
)

// Holds says whether the assumption may be relied upon.
func (e Evidence) Holds() bool { return e.Agreed >= enough && e.Contradicted*tolerance <= e.Agreed }

// Determines says whether an answer for one length determines the answer for a longer one, whatever it is.
func (e Evidence) Determines(length, longer time.Duration) bool {
	return e.Step > 0 && length >= e.Step && length < longer && (longer-length)%e.Step == 0
}

// Compare counts whether an earlier answer about a day determined a later one. An answer that determines nothing is no
// evidence, and neither are two answers without a start. Two that differ and were asked for long after each other show only that
// something has changed at the salon.
func (e Evidence) Compare(earlier, later Day) Evidence {
	determined, ok := earlier.Exact(later.Length, e.Step)
	if !ok || len(determined) == 0 && len(later.Starts) == 0 {
		return e
	}
	if len(later.Starts) > 0 {
		// A start that has passed between the two answers, or is too soon by now, was right at its time.
		determined = Day{Starts: determined}.from(later.Starts[0])
	}
	agreed := slices.EqualFunc(determined, later.Starts, time.Time.Equal)
	if !agreed && later.Asked.Sub(earlier.Asked) > together {
		return e
	}
	return e.count(agreed)
}

func (e Evidence) count(agreed bool) Evidence {
	if agreed {
		e.Agreed++
	} else {
		e.Contradicted++
	}
	if e.Agreed+e.Contradicted > remembered {
		e.Agreed, e.Contradicted = e.Agreed/2, e.Contradicted/2
	}
	return e
}

// withStep narrows the grid to a step that was seen; 0 was none.
func (e Evidence) withStep(step time.Duration) Evidence {
	if step > 0 && (e.Step == 0 || step < e.Step) {
		e.Step = step
	}
	return e
}
