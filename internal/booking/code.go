package booking

import (
	"context"
	"fmt"
	"time"
)

// codeLives is how long a code from a text message is valid at most. A used code is remembered for as long.
const codeLives = 10 * time.Minute

// SpendCode marks the code of a phone as used by a form, before the code is sent to the upstream, which may accept a code
// more than once. It says whether the code was unused. The function that it returns makes the code unused again, for when
// the upstream has not accepted it. The same form may use its code again.
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
