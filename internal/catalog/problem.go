package catalog

import (
	"context"
	"errors"

	"okoshko/internal/upstream"
)

// Problem says why an answer did not come, as far as pages tell reasons apart. It is the vocabulary of errors at the
// boundary of this package: callers ask ProblemOf and do not look at the upstream's kinds.
type Problem string

// The problems.
const (
	ProblemNone     Problem = ""          // not a problem of the upstream's: ErrNoGroupEvent, or a visitor who went away
	ProblemNotFound Problem = "not_found" // there is no such bookform, company, …
	ProblemLicence  Problem = "licence"   // the salon has not paid the upstream
	ProblemBusy     Problem = "busy"      // no call is left for this question at present
	ProblemDown     Problem = "down"      // the upstream does not answer, or answers nonsense
)

// problems are those of the upstream's kinds of errors. Every kind that is not named here is ProblemDown.
var problems = map[upstream.Kind]Problem{
	upstream.KindNotFound:    ProblemNotFound,
	upstream.KindLicence:     ProblemLicence,
	upstream.KindBudget:      ProblemBusy,
	upstream.KindRateLimited: ProblemBusy,
}

// ProblemOf is the problem of an error of this package.
func ProblemOf(err error) Problem {
	if failed, ok := errors.AsType[*upstream.Error](err); ok {
		if problem, named := problems[failed.Kind]; named {
			return problem
		}
		return ProblemDown
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return ProblemBusy // the time of the page ended while the question waited for its call
	}
	return ProblemNone
}
