package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"okoshko/internal/admin"
	"okoshko/internal/config"
	"okoshko/internal/server"
	"okoshko/internal/session"
	"okoshko/internal/store"
	"okoshko/internal/upstream"
)

// checks returns the health checks of the operator's listener. Only the one of traffic takes the process out of a proxy's rotation: the
// store is lost to all processes at once, and pages from cached answers are better than none, as while the upstream is down. The texts quote no error, because an error may hold an address or a secret.
func checks(ready func() bool, kept *store.Bounded, client *upstream.Client, words *texts) []admin.Check {
	return []admin.Check{
		{Name: "traffic", Decides: true, Ask: func(context.Context) admin.Health {
			if !ready() {
				return admin.Health{State: admin.Wrong, Text: "is let go elsewhere: the program has been told to stop"}
			}
			return admin.Health{State: admin.OK, Text: "is welcome"}
		}},
		{Name: "store", Ask: func(ctx context.Context) admin.Health {
			if written, err := tryStore(ctx, kept); !written {
				return admin.Health{State: admin.Wrong, Text: "does not take what is written: nobody can book or sign in"}
			} else if err != nil {
				return admin.Health{State: admin.Wrong, Text: "does not answer: nobody can book or sign in"}
			}
			if kept.Tight() {
				return admin.Health{State: admin.Mind, Text: "is nearly full: bookings are taken, new visitors are held back"}
			}
			return admin.Health{State: admin.OK, Text: "reads and writes"}
		}},
		{Name: "upstream", Ask: func(context.Context) admin.Health {
			switch b := client.Breakers(); {
			case client.TokenRefused():
				return admin.Health{State: admin.Wrong, Text: "does not accept the partner token: nobody can book; see [upstream] partner_token"}
			case b.Read != "closed":
				return admin.Health{State: admin.Mind, Text: "does not answer (breaker of reads: " + b.Read + "): pages show what was kept"}
			case b.Write != "closed":
				return admin.Health{State: admin.Mind, Text: "does not take bookings (breaker of bookings: " + b.Write + ")"}
			}
			return admin.Health{State: admin.OK, Text: "answers, or was not asked yet"}
		}},
		{Name: "texts", Ask: func(context.Context) admin.Health {
			if without := words.withoutWording(); len(without) > 0 {
				return admin.Health{State: admin.Mind, Text: "the upstream's own wording could not be had in " + strings.Join(without, ", ") + ": pages speak with ours"}
			}
			return admin.Health{State: admin.OK, Text: "in " + strings.Join(words.Languages(), ", ")}
		}},
	}
}

// triedBytes is more than anything that a booking writes. A file on a full disk still takes smaller entries in the room that others, and
// the one that was tried before, have left.
const triedBytes = 64 << 10

// tryStore writes a large entry, reads it and removes it. written says whether the store took it.
func tryStore(ctx context.Context, kept store.Store) (written bool, err error) {
	key := "ready/" + session.NewNonce()
	if err := kept.Put(ctx, key, make([]byte, triedBytes), time.Minute); err != nil {
		return false, err
	}
	_, read := kept.Get(ctx, key)
	return true, errors.Join(read, kept.Delete(ctx, key))
}

// known returns the forms of the configuration and of the sandbox for the operator's page.
func known(cfg config.Config, demo *server.Demo) []admin.Form {
	var out []admin.Form
	for _, form := range configuredForms(cfg) {
		out = append(out, admin.Form{ID: form})
	}
	if demo != nil {
		for _, f := range demo.Forms("en") {
			out = append(out, admin.Form{ID: f.ID, Title: f.Title})
		}
	}
	return out
}
