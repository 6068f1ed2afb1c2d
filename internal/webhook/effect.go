package webhook

// Effect is one thing that a hook says about answers from before it.
type Effect struct {
	Kind    Kind
	Company int
	Place       // of Taken; master and day of Freed and Times, with the time where it is known; master of Masters
	Service int // of Services; 0 = any
}

// Kind is what becomes of answers.
type Kind string

// The kinds of effects.
const (
	Taken      Kind = "taken"      // a visit stands at the place: times that overlap it are not free
	Freed      Kind = "freed"      // no visit stands at the place any more: a time may be free, and none is less free than before
	Times      Kind = "times"      // the times of a master (0 = any) on a day ("" = any) are not known any more
	Events     Kind = "events"     // places at group events
	Masters    Kind = "masters"    // who does what, and the times of a master
	Services   Kind = "services"   // what may be booked
	Categories Kind = "categories" // how it is listed
	Settings   Kind = "settings"   // the company and all that depends on its settings
)

// Effects are what a hook says. The place is where the record of the hook stood before it; nil: it is not known.
func (h Hook) Effects(before *Place) []Effect {
	one := func(e Effect) []Effect {
		e.Company = h.Company
		return []Effect{e}
	}
	switch h.Resource {
	case Record:
		return h.ofRecord(before)
	case Schedule:
		return one(Effect{Kind: Times, Place: Place{Master: h.ID}})
	case Master:
		return one(Effect{Kind: Masters, Place: Place{Master: h.ID}})
	case Service:
		return one(Effect{Kind: Services, Service: h.ID})
	case Category:
		return one(Effect{Kind: Categories})
	case Company:
		return one(Effect{Kind: Settings})
	default:
		return nil
	}
}

// ofRecord says where a visit stands, and where it does not stand any more. Data tells only the former. Where no earlier hook has
// told the latter, the time there is found to be free when the answers that do not have it are too old.
func (h Hook) ofRecord(before *Place) []Effect {
	at, gone := h.Visit.Place, h.Visit.Gone || h.Status == Deleted
	if h.Visit.Event != 0 {
		return []Effect{{Kind: Events, Company: h.Company}}
	}
	of := func(kind Kind, p Place) Effect {
		return Effect{Kind: kind, Company: h.Company, Place: Place{Master: p.Master, Day: p.Day, Start: p.Start}}
	}
	freed := func(p Place) Effect {
		if p.Start.IsZero() {
			return of(Times, p)
		}
		return of(Freed, p)
	}
	var effects []Effect
	switch {
	case gone && before == nil:
		return []Effect{freed(at)}
	case gone:
		return []Effect{freed(*before)}
	case at.exact():
		effects = []Effect{{Kind: Taken, Company: h.Company, Place: at}}
	default:
		effects = []Effect{of(Times, at)}
	}
	if before != nil && !at.covers(*before) {
		effects = append(effects, freed(*before))
	}
	return effects
}

// covers says whether a visit at the place needs all the time that one at another place needed.
func (p Place) covers(other Place) bool {
	return p.Master == other.Master && p.Day == other.Day && p.Start.Equal(other.Start) && p.Length >= other.Length
}

// Places remembers where records stand, as far as hooks have told. Its zero value remembers nothing.
type Places struct {
	at   map[[2]int]Place
	ring [][2]int // in the order in which they came
	next int
}

// maxPlaces bounds how many records are remembered.
const maxPlaces = 20_000

// Move notes where the record of a hook stands now, and answers where it stood before; nil: that is not known.
func (p *Places) Move(h Hook) (before *Place) {
	if h.Resource != Record || h.ID <= 0 {
		return nil
	}
	k := [2]int{h.Company, h.ID}
	old, known := p.at[k]
	if known {
		before = &old
	}
	switch {
	case h.Visit.Gone || h.Status == Deleted:
		delete(p.at, k)
	case h.Visit.exact():
		p.put(k, h.Visit.Place)
	default:
		delete(p.at, k)
	}
	return before
}

func (p *Places) put(k [2]int, at Place) {
	if p.at == nil {
		p.at = map[[2]int]Place{}
	}
	if _, known := p.at[k]; !known {
		if len(p.ring) < maxPlaces {
			p.ring = append(p.ring, k)
		} else {
			delete(p.at, p.ring[p.next])
			p.ring[p.next] = k
			p.next = (p.next + 1) % maxPlaces
		}
	}
	p.at[k] = at
}
