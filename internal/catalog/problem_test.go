package catalog

import (
	"context"
	"fmt"
	"testing"

	"okoshko/internal/upstream"
)

func TestProblemOf(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want Problem
	}{
		{nil, ProblemNone},
		{ErrNoGroupEvent, ProblemNone},
		{context.Canceled, ProblemNone},
		{fmt.Errorf("page: %w", context.DeadlineExceeded), ProblemBusy},
		{fmt.Errorf("page: %w", &upstream.Error{Kind: upstream.KindNotFound}), ProblemNotFound},
		{&upstream.Error{Kind: upstream.KindLicence}, ProblemLicence},
		{&upstream.Error{Kind: upstream.KindBudget}, ProblemBusy},
		{&upstream.Error{Kind: upstream.KindRateLimited}, ProblemBusy},
		{&upstream.Error{Kind: upstream.KindTimeout, Err: context.DeadlineExceeded}, ProblemDown},
		{&upstream.Error{Kind: upstream.KindMalformed}, ProblemDown},
	} {
		if got := ProblemOf(tt.err); got != tt.want {
			t.Errorf("ProblemOf(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}
