package answers

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"okoshko/internal/clock"
)

// The keys stand beside those of the store.
const (
	answerKey = "okoshko-answers/a/" // and the question: a hash with "asked" and "body"
	leaseKey  = "okoshko-answers/l/" // and the question: the process that asks the upstream now
	notesKey  = "okoshko-answers/n/" // and the topic: a list of times and notes
	indexKey  = "okoshko-answers/index"
	sizesKey  = "okoshko-answers/sizes"
	totalKey  = "okoshko-answers/bytes"
	channel   = "okoshko-answers"

	givenChannel = "okoshko-answers/given" // on which it is said that there is an answer
)

const (
	// version begins every body. One that begins otherwise is of another version of the program, and is not read.
	version = 1
	// leased is how long a process may be silent that asks the upstream. When it has died, another one asks then.
	leased = time.Second
	renew  = 300 * time.Millisecond
	// look is how often a process that waits looks for the answer.
	look = 30 * time.Millisecond
	// serverTakes bounds each command: a server that takes longer is no help.
	serverTakes = 300 * time.Millisecond
	// lost is how long a server that did not answer is left alone.
	lost = 2 * time.Second
	// pingEvery is how often a server that says nothing is asked for a sign of life, and deafAfter is how long none may come until it
	// counts as not heard. again is the pause after an error.
	pingEvery, deafAfter, again = 500 * time.Millisecond, 2 * time.Second, 100 * time.Millisecond
	// notesKept bounds the notes on a topic, and notesFor their age. An answer that is older than the first of as many notes
	// is not used, because a note may be missing. No answer is kept for longer than the notes.
	notesKept = 64
	notesFor  = time.Hour
	// latelyFor is how long ago the answers may have been asked for that a process hears of when it begins to follow, and manyLately
	// bounds their number.
	latelyFor, manyLately = 10 * time.Minute, 2000
	// maxBody bounds one answer in the server, in compressed bytes. A longer one is not shared.
	maxBody = 512 << 10
)

// Options of a Shared.
type Options struct {
	Client *redis.Client
	// MaxBytes and MaxEntries bound what all processes together keep: the answers that came first leave first.
	MaxBytes, MaxEntries int
	// Failed is told when the server does not answer, at most once in two seconds; nil: nobody is.
	Failed func(error)
}

// Shared are the answers that processes share.
type Shared struct {
	Options
	process string
	asks    atomic.Uint64
	passed  func() time.Duration
	silent  atomic.Int64 // until when the server is left alone, by passed
	heard   atomic.Int64 // when it last said something to Follow, by passed

	whole  context.Context //nolint:containedctx // until Close
	ending context.CancelFunc
	ended  sync.WaitGroup
}

// New makes a Shared. Close must be called on it.
func New(o Options) *Shared {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	whole, ending := context.WithCancel(context.Background())
	return &Shared{Options: o, process: hex.EncodeToString(id[:]), passed: clock.Stopwatch(), whole: whole, ending: ending}
}

// Close stops following.
func (s *Shared) Close() {
	s.ending()
	s.ended.Wait()
}

var (
	// find: KEYS are the answer, the lease and the notes. ARGV are how old the answer may be, after which moment it must have
	// been asked for, who asks (nobody: the upstream will not be asked) and how long the lease is, in milliseconds.
	find = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local asked = tonumber(redis.call('HGET', KEYS[1], 'asked') or '0')
if asked > 0 and now - asked <= tonumber(ARGV[1]) and asked > tonumber(ARGV[2]) then
  return {'have', now, asked, redis.call('HGET', KEYS[1], 'body'), redis.call('LRANGE', KEYS[3], 0, -1)}
end
if ARGV[3] == '' then return {'none', now} end
if redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[4]) then return {'ask', now} end
return {'wait', now}`)

	// give: KEYS are the answer, the lease, the index, the sizes and their sum. ARGV are when the answer was asked for, its
	// body, how long it is kept, who asked, the question, the bounds, the prefix of answers, what the question is about, and the
	// channel on which that is said, and by whom.
	give = redis.NewScript(`
if redis.call('GET', KEYS[2]) == ARGV[4] then redis.call('DEL', KEYS[2]) end
if tonumber(redis.call('HGET', KEYS[1], 'asked') or '0') >= tonumber(ARGV[1]) then return 0 end
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('DEL', KEYS[4], KEYS[5]) end
local size = #ARGV[2] + 256
local before = tonumber(redis.call('HGET', KEYS[4], ARGV[5]) or '0')
local sum = redis.call('INCRBY', KEYS[5], size - before)
redis.call('HSET', KEYS[4], ARGV[5], size)
redis.call('ZADD', KEYS[3], ARGV[1], ARGV[5])
redis.call('HSET', KEYS[1], 'asked', ARGV[1], 'body', ARGV[2], 'about', ARGV[9])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
for i = 3, 5 do redis.call('PEXPIRE', KEYS[i], 7200000) end
for i = 1, 100 do
  if sum <= tonumber(ARGV[6]) and redis.call('ZCARD', KEYS[3]) <= tonumber(ARGV[7]) then break end
  local first = redis.call('ZPOPMIN', KEYS[3])[1]
  if not first then break end
  sum = redis.call('INCRBY', KEYS[5], -tonumber(redis.call('HGET', KEYS[4], first) or '0'))
  redis.call('HDEL', KEYS[4], first)
  redis.call('DEL', ARGV[8] .. first)
end
if ARGV[9] ~= '' then redis.call('PUBLISH', ARGV[10], ARGV[11] .. '|' .. ARGV[9]) end
return 1`)

	// held renews a lease (ARGV 2 is for how long) or, with 0, gives it back, where it is still the process's own.
	held = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

	// note: KEYS are the notes of a topic. ARGV are the note, how many are kept and for how long, the channel and what is said there.
	note = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('RPUSH', KEYS[1], string.format('%.0f|', now) .. ARGV[1])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[2]), -1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('PUBLISH', ARGV[4], ARGV[5])`)
)

// found is what the server says about a question.
type found struct {
	state      string // "have", "ask", "wait" or "none"
	now, asked int64
	body       []byte
	notes      []string
}

// Do answers a question: by a shared answer that will do for the wish of the context, else by ask, whose answer is shared
// then. Without a wish it only asks.
func (s *Shared) Do(ctx context.Context, question string, ask func(context.Context) ([]byte, error)) ([]byte, error) {
	w := Of(ctx)
	switch {
	case w == nil:
		return ask(ctx)
	case s.leftAlone() && w.Only:
		return nil, ErrNone
	case s.leftAlone():
		return ask(ctx)
	}
	me := ""
	if !w.Only {
		me = s.process + "-" + strconv.FormatUint(s.asks.Add(1), 36)
	}
	after := int64(-1) // not known yet: it depends on the server's clock
	for {
		f, err := s.find(ctx, w, question, me, after)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err() // the caller went away, or its time is over, which says nothing of the server
		}
		if err != nil {
			s.fail(err)
			if w.Only {
				return nil, ErrNone
			}
			return ask(ctx)
		}
		if w.Newer > 0 && after < 0 {
			after = f.now - w.Newer.Milliseconds()
			if f.state == "have" && f.asked <= after {
				continue
			}
		}
		switch f.state {
		case "have":
			body, readable := unpack(f.body)
			since, corrections := untrueSince(w, f)
			if since >= f.asked || !readable {
				after = max(after, since, f.asked)
				continue
			}
			w.took(time.Duration(f.now-f.asked)*time.Millisecond, corrections...)
			return body, nil
		case "ask":
			return s.ask(ctx, w, question, me, f.now, ask)
		case "none":
			return nil, ErrNone
		}
		if !clock.Pause(ctx, look) {
			return nil, ctx.Err()
		}
	}
}

// untrueSince is the last moment at which a note has made an answer untrue; 0 = none has. Corrections are the notes by which the
// asker corrects it.
func untrueSince(w *Wish, f found) (out int64, corrections [][]byte) {
	for i, n := range f.notes {
		at, text, _ := strings.Cut(n, "|")
		ms, err := strconv.ParseInt(at, 10, 64)
		missing := i == 0 && len(f.notes) >= notesKept // earlier notes are gone
		switch untrue := w.Untrue != nil && w.Untrue([]byte(text)); {
		case err == nil && (ms < f.asked || !missing && !untrue):
		case err == nil && !missing && w.Corrects != nil && w.Corrects([]byte(text)):
			corrections = append(corrections, []byte(text))
		default:
			out = max(out, ms)
		}
	}
	return out, corrections
}

func (s *Shared) find(ctx context.Context, w *Wish, question, me string, after int64) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, serverTakes)
	defer cancel()
	answer, err := find.Run(ctx, s.Client, []string{answerKey + question, leaseKey + question, notesKey + w.Topic},
		w.MaxAge.Milliseconds(), after, me, leased.Milliseconds()).Slice()
	if err != nil {
		return found{}, fmt.Errorf("answers: find: %w", err)
	}
	var f found
	ok := len(answer) >= 2
	if ok {
		f.state, ok = answer[0].(string)
		f.now, _ = answer[1].(int64)
	}
	if ok && f.state == "have" {
		if len(answer) != 5 {
			return found{}, errAnswer
		}
		f.asked, _ = answer[2].(int64)
		body, _ := answer[3].(string)
		f.body = []byte(body)
		notes, _ := answer[4].([]any)
		for _, n := range notes {
			text, _ := n.(string)
			f.notes = append(f.notes, text)
		}
	}
	if !ok {
		return found{}, errAnswer
	}
	return f, nil
}

// ErrNone says that no shared answer will do for a wish that wants no other.
var ErrNone = errors.New("answers: there is no shared answer")

var errAnswer = errors.New("answers: the server's answer cannot be read")

// ask asks the upstream, while the lease is renewed, and shares the answer. Asked is the present moment by the server.
func (s *Shared) ask(ctx context.Context, w *Wish, question, me string, asked int64, ask func(context.Context) ([]byte, error)) ([]byte, error) {
	passed := clock.Stopwatch()
	stop := make(chan struct{})
	var renewing sync.WaitGroup
	renewing.Go(func() {
		t := time.NewTicker(renew)
		defer t.Stop()
		for {
			select {
			case <-stop:
				return
			case <-t.C:
				s.hold(ctx, question, me, leased)
			}
		}
	})
	body, err := ask(ctx)
	close(stop)
	renewing.Wait()
	var packed []byte
	if err == nil {
		packed = pack(body)
	}
	if len(packed) == 0 || len(packed) > maxBody {
		s.hold(ctx, question, me, 0) // somebody else may ask
		return body, err
	}
	w.took(passed())
	s.command(ctx, func(ctx context.Context) error {
		return give.Run(ctx, s.Client, []string{answerKey + question, leaseKey + question, indexKey, sizesKey, totalKey},
			asked, packed, max(1, min(w.Kept, notesFor).Milliseconds()), me, question, s.MaxBytes, s.MaxEntries, answerKey, w.About, givenChannel, s.process).Err()
	})
	return body, nil
}

// hold renews a lease, or gives it back.
func (s *Shared) hold(ctx context.Context, question, me string, lasts time.Duration) {
	s.command(ctx, func(ctx context.Context) error {
		return held.Run(ctx, s.Client, []string{leaseKey + question}, me, lasts.Milliseconds()).Err()
	})
}

// command gives a command to the server, also for a caller who has gone away.
func (s *Shared) command(ctx context.Context, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), serverTakes)
	defer cancel()
	if err := do(ctx); err != nil {
		s.fail(err)
	}
}

// fail leaves the server alone for a while.
func (s *Shared) fail(err error) {
	now := s.passed()
	if before := s.silent.Swap(int64(now + lost)); time.Duration(before) < now && s.Failed != nil {
		s.Failed(err)
	}
}

// Tell notes on a topic that something has changed, and tells the other processes. While the server does not answer nobody
// waits for it.
func (s *Shared) Tell(ctx context.Context, topic string, what []byte) {
	tell := func() {
		s.command(ctx, func(ctx context.Context) error {
			return note.Run(ctx, s.Client, []string{notesKey + topic}, what, notesKept, notesFor.Milliseconds(), channel, s.process+"|"+string(what)).Err()
		})
	}
	if s.leftAlone() {
		s.ended.Go(tell)
		return
	}
	tell()
}

// leftAlone says whether the server has not answered a moment ago.
func (s *Shared) leftAlone() bool { return s.passed() < time.Duration(s.silent.Load()) }

// Follow hands over what other processes tell, from now on until Close. What is told while the server does not answer may
// be missed; missed is called when that is over. It may be nil.
func (s *Shared) Follow(told func(note []byte), missed func()) {
	s.follow(channel, func() { s.heard.Store(int64(s.passed())) }, func(again bool) {
		if again && missed != nil {
			missed()
		}
	}, func(text string) { told([]byte(text)) })
}

// FollowAnswers says what the answers are about that other processes share, from now on until Close, and first what those are
// about that are shared and were asked for lately. Nothing is lost when one is missed.
func (s *Shared) FollowAnswers(given func(about string)) {
	s.follow(givenChannel, func() {}, func(bool) {
		for _, about := range s.lately() {
			given(about)
		}
	}, given)
}

// lately is what the answers are about that were asked for lately, the oldest first.
func (s *Shared) lately() (out []string) {
	s.command(s.whole, func(ctx context.Context) error {
		now, err := s.Client.Time(ctx).Result()
		if err != nil {
			return err
		}
		questions, err := s.Client.ZRangeArgs(ctx, redis.ZRangeArgs{
			Key: indexKey, Start: now.Add(-latelyFor).UnixMilli(), Stop: "+inf", ByScore: true,
		}).Result()
		if err != nil {
			return err
		}
		questions = questions[max(0, len(questions)-manyLately):]
		found := make([]*redis.StringCmd, len(questions))
		_, err = s.Client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, question := range questions {
				found[i] = p.HGet(ctx, answerKey+question, "about")
			}
			return nil
		})
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		for _, one := range found {
			if about := one.Val(); about != "" {
				out = append(out, about)
			}
		}
		return nil
	})
	return out
}

// follow hears what other processes say on a channel. Alive is called at each sign of life, and subscribed when it is heard from
// now on: again, when the connection was another one before.
func (s *Shared) follow(channel string, alive func(), subscribed func(again bool), heard func(text string)) {
	ctx := s.whole
	line := s.Client.Subscribe(ctx, channel)
	s.ended.Go(func() {
		<-ctx.Done()
		_ = line.Close() // which ends a wait for the next message
	})
	s.ended.Go(func() {
		for again := false; ctx.Err() == nil; {
			m, err := line.ReceiveTimeout(ctx, pingEvery)
			if err != nil {
				s.revive(ctx, line, err)
				continue
			}
			alive()
			switch m := m.(type) {
			case *redis.Subscription:
				subscribed(again)
				again = true
			case *redis.Message:
				if from, text, is := strings.Cut(m.Payload, "|"); is && from != s.process {
					heard(text)
				}
			}
		}
	})
}

// revive asks for a sign of life where nothing was said for a while. After an error it lets some time pass: the next wait connects
// again.
func (s *Shared) revive(ctx context.Context, line *redis.PubSub, err error) {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		ctx, cancel := context.WithTimeout(ctx, serverTakes)
		defer cancel()
		_ = line.Ping(ctx)
		return
	}
	clock.Pause(ctx, again)
}

// Listening says whether what other processes tell is heard: a moment ago the server has said something.
func (s *Shared) Listening() bool {
	heard := time.Duration(s.heard.Load())
	return heard > 0 && s.passed()-heard < deafAfter
}

// pack makes of an answer what is kept: the version and the compressed answer.
func pack(body []byte) []byte {
	out := bytes.NewBuffer([]byte{version})
	w, err := flate.NewWriter(out, flate.BestSpeed)
	if err != nil {
		return nil
	}
	_, _ = w.Write(body) // into memory
	_ = w.Close()
	return out.Bytes()
}

// unpack is the answer of what was kept; false when it cannot be read.
func unpack(kept []byte) ([]byte, bool) {
	if len(kept) == 0 || kept[0] != version {
		return nil, false
	}
	const most = 4 << 20 // more than the client of the upstream reads
	body, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(kept[1:])), most))
	return body, err == nil
}
