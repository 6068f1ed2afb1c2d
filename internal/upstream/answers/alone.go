package answers

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Storage keeps bytes under keys beyond the end of the process. *store.File is one.
type Storage interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, value []byte, ttl time.Duration) error
}

// The keys in the storage. The index says how many parts there are.
const (
	storedIndex = "answers/index"
	storedPart  = "answers/part/" // and a number
	storedNotes = "answers/notes" // those that have come since the answers were stored
)

const (
	saveEvery   = 5 * time.Minute // all answers; once more at the end
	noteEvery   = time.Second     // the notes that have come
	maxUnsaved  = 256             // notes; when there are more, the answers are stored anew
	partBytes   = 256 << 10       // of the answers in one part, about
	longestKept = 24 * time.Hour
	// storagePatience bounds one command to the storage.
	storagePatience = 5 * time.Second
)

// AloneOptions are the options of an Alone.
type AloneOptions struct {
	Storage  Storage
	Now      func() time.Time
	MaxBytes int // of all answers, compressed; those that came first leave first
	// Untrue says whether a note makes an answer untrue, by what the wish says that it is about.
	Untrue func(about string, note []byte) bool
	// Failed is told when something could not be stored; nil: nobody is.
	Failed func(error)
}

// Alone are the answers of a process that shares them with nobody, so that it is warm when it is started again. They are stored
// at the end and from time to time. What makes an answer untrue drops it, and is itself stored within a second, so that a process
// that was killed leaves no answer that it knew to be untrue.
type Alone struct {
	AloneOptions

	mu      sync.Mutex
	answers map[string]aloneAnswer
	bytes   int
	changed bool // since they were stored
	unsaved []aloneNote
	noted   int // how many of unsaved are stored

	stop chan struct{}
	done sync.WaitGroup
}

// aloneAnswer is an answer as it is stored.
type aloneAnswer struct {
	Question string    `json:"question"`
	Topic    string    `json:"topic"`
	About    string    `json:"about"`
	Asked    time.Time `json:"asked"`
	Until    time.Time `json:"until"`
	Body     []byte    `json:"body"` // packed
}

func (a aloneAnswer) size() int {
	const beside = 256
	return len(a.Body) + len(a.Question) + len(a.Topic) + len(a.About) + beside
}

// aloneNote is a note as it is stored.
type aloneNote struct {
	Topic string    `json:"topic"`
	At    time.Time `json:"at"`
	Text  []byte    `json:"text"`
}

// storedAs is what is stored of how the answers are stored.
type storedAs struct {
	Version int `json:"version"`
	Parts   int `json:"parts"`
}

// NewAlone takes up the answers that are stored. Close must be called on it.
func NewAlone(o AloneOptions) *Alone {
	a := &Alone{AloneOptions: o, answers: map[string]aloneAnswer{}, stop: make(chan struct{})}
	a.load()
	a.done.Go(a.work)
	return a
}

// Close stores what there is.
func (a *Alone) Close() {
	close(a.stop)
	a.done.Wait()
	a.save()
}

func (a *Alone) work() {
	notes, all := time.NewTicker(noteEvery), time.NewTicker(saveEvery)
	defer notes.Stop()
	defer all.Stop()
	for {
		select {
		case <-a.stop:
			return
		case <-notes.C:
			a.saveNotes()
		case <-all.C:
			a.save()
		}
	}
}

// Do answers a question as Shared does.
func (a *Alone) Do(ctx context.Context, question string, ask func(context.Context) ([]byte, error)) ([]byte, error) {
	w := Of(ctx)
	if w == nil {
		return ask(ctx)
	}
	if body, age, ok := a.find(question, w); ok {
		w.took(age)
		return body, nil
	}
	asked := a.Now()
	body, err := ask(ctx)
	if err != nil {
		return body, err
	}
	w.took(max(0, a.Now().Sub(asked)))
	a.keep(aloneAnswer{Question: question, Topic: w.Topic, About: w.About, Asked: asked, Until: asked.Add(min(w.Kept, longestKept)), Body: pack(body)})
	return body, nil
}

// find is the answer to a question that will do for a wish.
func (a *Alone) find(question string, w *Wish) (body []byte, age time.Duration, ok bool) {
	a.mu.Lock()
	found, ok := a.answers[question]
	a.mu.Unlock()
	age = a.Now().Sub(found.Asked)
	if !ok || age < 0 || age > w.MaxAge || w.Newer > 0 && age >= w.Newer {
		return nil, 0, false
	}
	body, ok = unpack(found.Body)
	return body, age, ok
}

// keep keeps an answer. Those that came first leave, so that there is room.
func (a *Alone) keep(one aloneAnswer) {
	if len(one.Body) == 0 || len(one.Body) > maxBody {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// A note that came while the upstream was asked may concern the answer.
	for _, n := range a.unsaved {
		if a.concerns(n, one) {
			return
		}
	}
	a.drop(one.Question)
	a.answers[one.Question] = one
	a.bytes += one.size()
	a.changed = true
	if a.bytes > a.MaxBytes {
		a.makeRoom()
	}
}

func (a *Alone) concerns(n aloneNote, one aloneAnswer) bool {
	return n.Topic == one.Topic && !n.At.Before(one.Asked) && (a.Untrue == nil || a.Untrue(one.About, n.Text))
}

func (a *Alone) drop(question string) {
	if old, ok := a.answers[question]; ok {
		a.bytes -= old.size()
		delete(a.answers, question)
	}
}

// makeRoom drops what is too old, and then the oldest until a tenth is free.
func (a *Alone) makeRoom() {
	now := a.Now()
	for _, one := range a.inOrder() {
		if !one.Until.After(now) || a.bytes > a.MaxBytes/10*9 {
			a.drop(one.Question)
		}
	}
}

// inOrder are all answers, those first that came first.
func (a *Alone) inOrder() []aloneAnswer {
	out := make([]aloneAnswer, 0, len(a.answers))
	for _, one := range a.answers {
		out = append(out, one)
	}
	slices.SortFunc(out, func(x, y aloneAnswer) int {
		return cmp.Or(x.Asked.Compare(y.Asked), cmp.Compare(x.Question, y.Question))
	})
	return out
}

// Tell drops the answers that a note makes untrue.
func (a *Alone) Tell(_ context.Context, topic string, what []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := aloneNote{Topic: topic, At: a.Now(), Text: slices.Clone(what)}
	for question, one := range a.answers {
		if a.concerns(n, one) {
			a.drop(question)
			a.changed = true
		}
	}
	a.unsaved = append(a.unsaved, n)
}

// saveNotes stores the notes that have come, or, when there are many, the answers anew.
func (a *Alone) saveNotes() {
	a.mu.Lock()
	many, none := len(a.unsaved) > maxUnsaved, len(a.unsaved) == a.noted
	text, err := json.Marshal(a.unsaved)
	a.noted = len(a.unsaved)
	a.mu.Unlock()
	switch {
	case many:
		a.save()
	case !none && err == nil:
		a.put(storedNotes, text)
	}
}

// save stores the answers that are not too old, and then that there are no notes that they do not know.
func (a *Alone) save() {
	a.mu.Lock()
	if !a.changed && len(a.unsaved) == 0 {
		a.mu.Unlock()
		return
	}
	now, notes := a.Now(), len(a.unsaved)
	a.changed = false
	var parts [][]aloneAnswer
	size := partBytes
	for _, one := range a.inOrder() {
		if !one.Until.After(now) {
			continue
		}
		if size += one.size(); size > partBytes {
			parts, size = append(parts, nil), one.size()
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], one)
	}
	a.mu.Unlock()
	for i, part := range parts {
		if !a.putJSON(storedPart+strconv.Itoa(i), part) {
			return // what is stored of before stays, with its notes
		}
	}
	if !a.putJSON(storedIndex, storedAs{Version: version, Parts: len(parts)}) {
		return
	}
	a.mu.Lock()
	a.unsaved = slices.Clone(a.unsaved[notes:])
	a.noted = -1 // those that have come meanwhile are not stored without the others
	left := slices.Clone(a.unsaved)
	a.mu.Unlock()
	a.putJSON(storedNotes, left)
}

func (a *Alone) putJSON(key string, value any) bool {
	text, err := json.Marshal(value)
	return err == nil && a.put(key, text)
}

func (a *Alone) put(key string, value []byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), storagePatience)
	defer cancel()
	err := a.Storage.Put(ctx, key, value, longestKept)
	if err != nil && a.Failed != nil {
		a.Failed(err)
	}
	return err == nil
}

// load takes up what is stored and is neither too old nor untrue. What cannot be read is asked for again.
func (a *Alone) load() {
	var as storedAs
	var notes []aloneNote
	if !a.get(storedIndex, &as) || as.Version != version || !a.get(storedNotes, &notes) {
		return
	}
	now := a.Now()
	a.unsaved = notes
	for i := range as.Parts {
		var part []aloneAnswer
		if !a.get(storedPart+strconv.Itoa(i), &part) {
			continue
		}
		for _, one := range part {
			old, known := a.answers[one.Question]
			if one.Until.After(now) && !one.Asked.After(now) && (!known || old.Asked.Before(one.Asked)) {
				a.keep(one)
			}
		}
	}
	a.changed, a.noted = false, len(notes)
}

func (a *Alone) get(key string, into any) bool {
	ctx, cancel := context.WithTimeout(context.Background(), storagePatience)
	defer cancel()
	value, err := a.Storage.Get(ctx, key)
	return err == nil && json.Unmarshal(value, into) == nil
}
