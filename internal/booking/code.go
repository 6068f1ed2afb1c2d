package booking

import (
	"context"
	"fmt"
	"time"
)

// codeLives is how long a code is good at most. One that was used is remembered for as long.
const codeLives = 10 * time.Minute

// SpendCode marks the code of a phone as used by a form, before it is tried at the upstream, which may take a code
// more than once. It says whether the code was unused, and gives a function that makes it so again when the upstream
// has not taken it. A form that arrives a second time is no second use.
func (d *Desk) SpendCode(ctx context.Context, phone, code, nonce string) (unused bool, giveBack func(), err error) {
	return d.spendCode(ctx, phone, code, AttemptID(nonce))
}

func (d *Desk) spendCode(ctx context.Context, phone, code, form string) (unused bool, giveBack func(), err error) {
	key := "code-spent/" + digest("code", phone, code)
	before, stored, err := d.store.PutIfAbsent(ctx, key, []byte(form), codeLives)
	switch {
	case err != nil:
		return false, nil, fmt.Errorf("code: mark as used: %w", err)
	case !stored:
		return string(before) == form, func() {}, nil
	}
	return true, func() {
		if err := d.store.Delete(context.WithoutCancel(ctx), key); err != nil {
			d.log.Error("code stays used", "error", err)
		}
	}, nil
}
