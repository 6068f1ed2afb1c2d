package browse

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"okoshko/internal/poster"
	"okoshko/internal/theme"
)

// TestAPictureIsDrawnOnce: however many ask for it at once, and one picture at a time.
func TestAPictureIsDrawnOnce(t *testing.T) {
	t.Parallel()
	p := newPictures(1 << 20)
	var drawn, now, most atomic.Int32
	p.draw = func(says poster.Poster, _ poster.Size) ([]byte, error) {
		drawn.Add(1)
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer now.Add(-1)
		return []byte(says.Title), nil
	}
	says := func(title string) poster.Poster {
		return poster.Poster{Colours: coloursOf(theme.Wish{}), Title: title, More: strconv.Itoa}
	}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			title := strconv.Itoa(i % 6)
			if body, err := p.of(t.Context(), says(title), poster.Post); err != nil || string(body) != title {
				t.Errorf("picture %s: %q, %v", title, body, err)
			}
		})
	}
	all.Wait()
	if drawn.Load() != 6 || most.Load() != 1 {
		t.Errorf("6 pictures were drawn %d times, %d at once", drawn.Load(), most.Load())
	}
	// Whoever waits in vain does not wait for ever.
	p.turn <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.of(ctx, says("new"), poster.Post); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	<-p.turn
	if body, err := p.of(t.Context(), says("new"), poster.Post); err != nil || string(body) != "new" {
		t.Errorf("after that: %q, %v", body, err)
	}
}
