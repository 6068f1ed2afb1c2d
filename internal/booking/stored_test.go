package booking

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// stored is JSON as the version before the ledger has written it. During a rolling update the two versions share a store.
var stored = map[string]struct {
	key, json string
}{
	"booked":          {"attempt/c06df1b836777bb57dc146399d20b5d6", `{"id":"c06df1b836777bb57dc146399d20b5d6","mark":"715609a2f3b67024d94715bbc3183857","state":"booked","form":1,"company":501,"lang":"en-US","visits":[{"id":1,"services":[501001],"master":0,"start":"2026-12-28T09:00:00+03:00","length":0}],"records":[{"id":640016440,"hash":"74bccf98bfd8f6e070b86c5b93520177"}],"created":"2026-10-14T10:00:00+03:00","sent":"2026-10-14T10:00:00+03:00","customer":"b6dc17f6e6cf6ff80bb9feba31ded76b","maker":"52d93e66975bdef2fe43fc534a2197a9","name":"6d864fea7a0977b53795f864181799f8"}`},
	"being sent":      {"attempt/a1", `{"id":"a1","mark":"715609a2f3b67024d94715bbc3183857","state":"sent","form":1,"company":501,"lang":"en-US","visits":[{"id":1,"services":[501001],"master":0,"start":"2026-12-28T09:00:00+03:00","length":0}],"created":"2026-10-14T10:00:00+03:00","sent":"2026-10-14T10:00:00+03:00"}`},
	"not known":       {"attempt/c6e4c198cab02a5b55d9cc413bea9c58", `{"id":"c6e4c198cab02a5b55d9cc413bea9c58","mark":"f765b3695480cdc705da337a496a82c8","state":"unknown","form":1,"company":501,"lang":"en-US","visits":[{"id":1,"services":[501001],"master":0,"start":"2026-12-28T09:00:00+03:00","length":0}],"created":"2026-10-14T10:02:00+03:00","sent":"2026-10-14T10:02:00+03:00","looked":"2026-10-14T10:03:00+03:00","sights":[{"slot":"taken"}],"sighted":"2026-10-14T10:03:00+03:00","likely":true,"customer":"ee7c892d03c41fb8357b6d74f1e28d2a","maker":"cd9d537cc162fd9c63e137caad2ccc81","name":"96f61d01950e181951e56c23488465ab"}`},
	"refused":         {"attempt/a2", `{"id":"a2","state":"refused","form":1,"company":501,"lang":"en-US","visits":[{"id":1,"services":[501001],"master":7,"start":"2026-12-28T09:00:00+03:00","length":3600000000000}],"event":5,"seats":2,"refusal":{"reason":"invalid","visit":1,"has":true,"fields":[{"field":"email","words":"No such address"}],"words":"Something else"},"created":"2026-10-14T10:00:00+03:00","prior":"a1"}`},
	"move, not known": {"change/4021e5aa8a1d5ef2c2714b76163ca270", `{"id":"4021e5aa8a1d5ef2c2714b76163ca270","kind":"move","state":"unknown","company":501,"record":640016440,"holder":"65b6b5d4f41417d593f960b4ea7a17e7","from":"2026-12-28T09:00:00+03:00","to":"2026-12-28T10:00:00+03:00","created":"2026-10-14T10:00:00+03:00","sent":"2026-10-14T10:00:00+03:00"}`},
	"move, refused":   {"change/c1", `{"id":"c1","kind":"move","state":"refused","company":501,"record":640016440,"holder":"65b6b5d4f41417d593f960b4ea7a17e7","from":"2026-12-28T09:00:00+03:00","to":"2026-12-28T10:00:00+03:00","refusal":{"reason":"not_sent"},"created":"2026-10-14T10:00:00+03:00","sent":"2026-10-14T10:00:00+03:00"}`},
	"cancelled":       {"change/2005eb3b92bb9cadf6395d1aaacb16cb", `{"id":"2005eb3b92bb9cadf6395d1aaacb16cb","kind":"cancel","state":"done","company":501,"record":640016440,"holder":"65b6b5d4f41417d593f960b4ea7a17e7","from":"2026-12-28T09:00:00+03:00","was":{"ID":640016440,"Company":501,"Services":[{"ID":501001,"Title":"Women's haircut","Min":450000,"Max":450000,"Amount":1}],"Master":"Елена Кузнецова","MasterID":50101,"Any":true,"Event":0,"Seats":1,"Start":"2026-12-28T09:00:00+03:00","Length":3600000000000,"Created":"2026-10-14T10:00:00+03:00","Changed":"2026-10-14T10:00:00+03:00","Comment":"","Status":"booked","MovedFrom":"0001-01-01T00:00:00Z","Currency":"₽","Payment":"","ReminderSMS":0,"ReminderEmail":0,"Answers":null},"created":"2026-10-14T10:02:00+03:00","sent":"2026-10-14T10:02:00+03:00"}`},
}

// TestWhatIsStoredStaysReadable reads what the version before has written, and writes it under the same names with the
// same values, so that the version before can read it.
func TestWhatIsStoredStaysReadable(t *testing.T) {
	for name, was := range stored {
		var x any = &Attempt{}
		if was.key[0] == 'c' {
			x = &Change{}
		}
		if err := json.Unmarshal([]byte(was.json), x); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := object(t, raw), object(t, []byte(was.json)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: written as\n%v, want\n%v", name, got, want)
		}
	}
}

func object(t *testing.T, raw []byte) (out map[string]any) {
	t.Helper()
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWhatIsStoredGoesOn takes up what the version before has begun: under its keys, and written over as it wrote it.
func TestWhatIsStoredGoesOn(t *testing.T) {
	r, clock := newStanding(t)
	begun := time.Date(2026, time.October, 14, 7, 0, 0, 0, time.UTC)
	clock.Set(begun)
	for _, was := range stored {
		if err := r.store.Put(t.Context(), was.key, []byte(was.json), attemptKeptFor); err != nil {
			t.Fatal(err)
		}
	}
	const company, record = 501, 640016440
	turn := func(change string) {
		t.Helper()
		if err := r.store.Put(t.Context(), turnKey(company, record), []byte(change), attemptKeptFor); err != nil {
			t.Fatal(err)
		}
	}
	clock.Add(time.Second)
	if a, err := r.desk.Attempt(t.Context(), "a1"); err != nil || a.State != StateSent {
		t.Errorf("being sent: %+v, %v", a, err)
	}
	clock.Add(time.Minute)
	for id, want := range map[string]State{"a1": StateUnknown, "a2": StateRefused, "c06df1b836777bb57dc146399d20b5d6": StateBooked} {
		if a, err := r.desk.Attempt(t.Context(), id); err != nil || a.State != want {
			t.Errorf("%s: %+v, %v; want %s", id, a, err, want)
		}
	}
	// A move without an answer ends by what its visit shows, and that is written down.
	visit := &Visit{ID: record, Company: company, Start: time.Date(2026, time.December, 28, 7, 0, 0, 0, time.UTC), Status: StatusBooked}
	turn("4021e5aa8a1d5ef2c2714b76163ca270")
	if c, err := r.desk.LookIntoChange(t.Context(), visit); err != nil || c.State != StateDone || visit.After(c).Status != StatusMoved || visit.Status != StatusBooked {
		t.Errorf("the move: %+v, %v; the visit is %s", c, err, visit.Status)
	}
	raw, err := r.store.Get(t.Context(), "change/4021e5aa8a1d5ef2c2714b76163ca270")
	if err != nil || object(t, raw)["state"] != "done" {
		t.Errorf("the move is stored as %s, %v", raw, err)
	}
	// A visit that was cancelled is shown although the upstream has forgotten it.
	turn("2005eb3b92bb9cadf6395d1aaacb16cb")
	key := Key{Company: company, Record: record, Hash: "74bccf98bfd8f6e070b86c5b93520177"}
	if was, err := r.desk.Open(t.Context(), "en-US", key, time.UTC); err != nil || was.Status != StatusCancelled || was.Master != "Елена Кузнецова" || len(was.Services) != 1 {
		t.Errorf("the cancelled visit: %+v, %v", was, err)
	}
	if pressed, err := r.desk.Pressed(t.Context(), "nobody's"); err != nil || pressed {
		t.Errorf("Pressed = %v, %v", pressed, err)
	}
}
