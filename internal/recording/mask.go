package recording

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mask replaces what the answers say of people: phones, names, e-mail addresses, hashes and tokens, and what a customer
// has written. Equal things get equal stand-ins all over the recording, each of the shape of what it stands for, because
// the shape may be what is wrong. hide are further words to be replaced, and secrets are texts that may stand nowhere.
//
// What a salon says of itself in public (its title, address, site and texts) stays, but for those.
func (r *Recording) Mask(hide, secrets []string) {
	m := &masker{
		secrets: map[string]string{}, phones: map[string]string{}, mails: map[string]string{}, words: map[string]string{}, stems: map[string]string{}, photos: map[string]string{}, typed: map[string]string{},
	}
	const shortest = 12 // what is shorter is a word, such as the sandbox's token
	for _, s := range secrets {
		if len(s) >= shortest {
			m.literal = append(m.literal, s)
		}
	}
	for _, s := range hide {
		m.learnName(s)
	}
	for i := range r.Answers {
		m.learn(&r.Answers[i])
	}
	for i := range r.Answers {
		m.answer(&r.Answers[i])
	}
	if r.Visit != nil {
		r.Visit.Hash = m.secret(r.Visit.Hash)
	}
}

type masker struct {
	literal []string
	count   int // of secrets
	secrets map[string]string
	phones  map[string]string // by their last seven digits
	mails   map[string]string
	words   map[string]string // of names, in small letters
	stems   map[string]string // of those words, for other cases
	typed   map[string]string // words that customers have written
	photos  map[string]string
}

// What the fields are called that hold something of people.
var (
	nameKeys = []string{
		"name", "fullname", "fulname", "surname", "patronymic", "firstname", "lastname", "user_name", "master_name", "staff_name", "client_name",
		"display_name", "author",
	}
	phoneKeys  = []string{"phone", "phones", "phone_number", "client_phone", "whatsapp", "viber", "login", "recipient"}
	secretKeys = []string{"hash", "record_hash", "token", "user_token", "password", "secret", "uuid", "short_link"}
	photoKeys  = []string{"avatar", "avatar_big", "user_avatar"}
	// plainKeys hold nothing of people, whatever it looks like.
	plainKeys = []string{"timezone", "timezone_name", "step", "lang", "code", "type", "prepaid", "status", "coordinate_lat", "coordinate_lon", "currency_short_title"}
)

// ofVisit tells answers about a visit: what stands there as a comment was written by a customer.
func ofVisit(a *Answer) bool {
	return strings.HasPrefix(a.Path, "user/records") || strings.HasPrefix(a.Path, "book_record")
}

func (a *Answer) holdsName(v Value) bool {
	switch {
	case v.Number, v.Parent == "custom_field" || v.Parent == "attributes":
		return false
	}
	return slices.Contains(nameKeys, v.Key)
}

// written tells what a customer has written, of which every word goes.
func (a *Answer) written(v Value) bool {
	return ofVisit(a) && !v.Number && (v.Key == "comment" || v.Parent == "custom_fields")
}

// vendors tells the answers whose words are the vendor's own.
func vendors(a *Answer) bool { return strings.HasPrefix(a.Path, "i18n/") }

func (m *masker) learn(a *Answer) {
	if vendors(a) {
		return
	}
	Rewrite(a.Bytes(), func(v Value) (string, bool) {
		if a.holdsName(v) {
			m.learnName(v.Text)
		}
		return "", false
	})
}

// learnName takes the words of a name.
func (m *masker) learnName(name string) {
	eachWord(name, func(word string) string {
		small := strings.ToLower(word)
		if utf8.RuneCountInString(small) < 2 || m.words[small] != "" {
			return word
		}
		m.words[small] = standIn(small, len(m.words)+1)
		if stem := stemOf(small); stem != "" && m.stems[stem] == "" {
			m.stems[stem] = m.words[small]
		}
		return word
	})
}

func (m *masker) answer(a *Answer) {
	segments := strings.Split(a.Path, "/")
	if ofVisit(a) && len(segments) > 2 {
		if last := len(segments) - 1; len(segments[last]) >= 16 {
			segments[last] = m.secret(segments[last])
		}
	}
	a.Path = m.text(strings.Join(segments, "/"), false)
	a.Query = m.text(a.Query, false)
	body := a.Bytes()
	masked := Rewrite(body, func(v Value) (string, bool) { return m.value(a, v), true })
	if len(a.Body) == 0 {
		masked = []byte(m.text(string(body), true))
	}
	a.SetBytes(masked)
}

// plainWord is what the API itself uses as values: "forbidden", "service".
var plainWord = regexp.MustCompile(`^[a-z0-9_]*$`)

func (m *masker) value(a *Answer, v Value) string {
	switch {
	case slices.Contains(secretKeys, v.Key) && !v.Number:
		return m.secret(v.Text)
	case slices.Contains(phoneKeys, v.Key):
		if masked, ok := m.phone(v.Text); ok {
			return masked
		}
		return m.textOf(v)
	case v.Number, slices.Contains(plainKeys, v.Key):
		return v.Text
	case slices.Contains(photoKeys, v.Key):
		return m.photo(v.Text)
	case vendors(a):
		return m.text(v.Text, false)
	case a.written(v):
		return m.text(eachWord(v.Text, func(word string) string {
			small := strings.ToLower(word)
			if m.typed[small] == "" {
				m.typed[small] = standIn(small, len(m.typed)+1)
			}
			return cased(m.typed[small], word)
		}), false)
	case a.holdsName(v):
		return m.text(m.names(v.Text), false)
	case plainWord.MatchString(v.Text) && !secrets.MatchString(v.Text):
		return v.Text
	}
	return m.textOf(v)
}

func (m *masker) textOf(v Value) string {
	if v.Number || moment.MatchString(v.Text) || decimal.MatchString(v.Text) {
		return v.Text
	}
	if v.Key == "id" || strings.HasSuffix(v.Key, "_id") {
		return secrets.ReplaceAllStringFunc(v.Text, m.long)
	}
	return m.text(v.Text, true)
}

var (
	secrets = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9A-Za-z_\-]{32,}`)
	mail    = regexp.MustCompile(`[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}.\-]+\.\p{L}{2,}`)
	phones  = regexp.MustCompile(`\+?\(?\d[\d\s().\x{a0}\x{2010}\x{2011}\-]{5,20}\d`)
	moment  = regexp.MustCompile(`^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+\-]\d\d:?\d\d)?)?$`)
	decimal = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
	dated   = regexp.MustCompile(`^(\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4})`)
	short   = regexp.MustCompile(`^\d{3}[\- ]\d\d[\- ]\d\d$`)
)

// text masks what is found in any text; names says that names are looked for too.
func (m *masker) text(s string, names bool) string {
	for _, secret := range m.literal {
		s = strings.ReplaceAll(s, secret, "removed")
	}
	s = mail.ReplaceAllStringFunc(s, m.mail)
	s = secrets.ReplaceAllStringFunc(s, m.long)
	s = m.eachPhone(s, func(found string, digits int) bool {
		international := strings.HasPrefix(found, "+") && digits >= 8
		return (digits >= 10 || international || short.MatchString(found)) && !dated.MatchString(found) && !strings.Contains(found, " - ")
	})
	if names {
		s = m.names(s)
	}
	return s
}

// eachPhone masks the runs of digits in a text that are phones. A run inside a word or a longer number is none.
func (m *masker) eachPhone(s string, is func(found string, digits int) bool) string {
	var out strings.Builder
	done := 0
	for _, at := range phones.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:at[0]])
		after, _ := utf8.DecodeRuneInString(s[at[1]:])
		found := s[at[0]:at[1]]
		digits := len(onlyDigits(found))
		if part(before) || part(after) || digits > 15 || !is(found, digits) {
			continue
		}
		masked, _ := m.phone(found)
		out.WriteString(s[done:at[0]] + masked)
		done = at[1]
	}
	return out.String() + s[done:]
}

// part says whether a letter or a digit goes on.
func part(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// long masks a run of letters and digits as long as tokens are. A word is none, however long.
func (m *masker) long(s string) string {
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	return m.secret(s)
}

// secret is the stand-in of a hash or a token: a number, as long as what it stands for.
func (m *masker) secret(s string) string {
	if s == "" || m.secrets[s] != "" {
		return m.secrets[s]
	}
	m.count++
	digits := []rune(fmt.Sprintf("%x", m.count))
	out := []rune(s)
	for i := len(out) - 1; i >= 0; i-- {
		switch {
		case out[i] == '-':
		case len(digits) > 0:
			out[i], digits = digits[len(digits)-1], digits[:len(digits)-1]
		default:
			out[i] = '0'
		}
	}
	m.secrets[s] = string(out)
	m.secrets[string(out)] = string(out)
	return m.secrets[s]
}

func (m *masker) mail(s string) string {
	small := strings.ToLower(s)
	if m.mails[small] == "" {
		m.mails[small] = fmt.Sprintf("person%d@example.com", len(m.mails)+1)
	}
	return m.mails[small]
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// local is how many digits of a phone are replaced: those behind the country and the area.
const local = 7

// phone replaces the last digits of the numbers in a field, in the spelling in which they stand. False: there is none.
func (m *masker) phone(s string) (string, bool) {
	digits := onlyDigits(s)
	if len(digits) < 5 {
		return s, false
	}
	if len(digits) > 15 || strings.ContainsFunc(s, unicode.IsLetter) || strings.Contains(s, ",") || strings.Contains(s, ";") {
		// Several numbers, or words around one. Any five digits in a row of such a field are a number.
		s = m.eachPhone(s, func(_ string, digits int) bool { return digits >= 5 })
		return m.names(mail.ReplaceAllStringFunc(s, m.mail)), true
	}
	key := digits[max(0, len(digits)-local):]
	if m.phones[key] == "" {
		m.phones[key] = fmt.Sprintf("2%06d", len(m.phones)+1)
	}
	stand := m.phones[key]
	stand = stand[len(stand)-len(key):]
	out := []byte(s)
	for i, left := len(out)-1, len(stand); i >= 0 && left > 0; i-- {
		if out[i] >= '0' && out[i] <= '9' {
			left--
			out[i] = stand[left]
		}
	}
	return string(out), true
}

// photo keeps where a picture lies and what it is, and replaces which it is. The vendor's stand-in stays.
func (m *masker) photo(address string) string {
	dir, file := path.Split(address)
	if file == "" || strings.HasPrefix(file, "no-master") {
		return address
	}
	if m.photos[file] == "" {
		m.photos[file] = fmt.Sprintf("photo-%d%s", len(m.photos)+1, path.Ext(file))
	}
	return m.text(dir, false) + m.photos[file]
}

// names replaces the known names in a text, also in other cases of theirs.
func (m *masker) names(s string) string {
	return eachWord(s, func(word string) string {
		small := strings.ToLower(word)
		found := m.words[small]
		if first, _ := utf8.DecodeRuneInString(word); found == "" && unicode.IsUpper(first) {
			runes := []rune(small)
			for cut := 0; cut <= 2 && found == "" && len(runes)-cut >= 3; cut++ {
				found = m.stems[string(runes[:len(runes)-cut])]
			}
		}
		if found == "" {
			return word
		}
		return cased(found, word)
	})
}

// cased is a word in the capitals of another.
func cased(word, like string) string {
	runes := []rune(like)
	switch {
	case len(runes) > 1 && like == strings.ToUpper(like):
		return strings.ToUpper(word)
	case unicode.IsUpper(runes[0]):
		first, size := utf8.DecodeRuneInString(word)
		return string(unicode.ToUpper(first)) + word[size:]
	}
	return word
}

// wordOrMarkup finds words, and what is none though it has letters: entities and the names of tags.
var wordOrMarkup = regexp.MustCompile(`&#?[0-9A-Za-z]+;|</?[A-Za-z][A-Za-z0-9]*|[\p{L}\p{M}]+`)

func eachWord(s string, change func(string) string) string {
	return wordOrMarkup.ReplaceAllStringFunc(s, func(found string) string {
		if found[0] == '&' || found[0] == '<' {
			return found
		}
		return change(found)
	})
}

// stemOf is a name without its ending, for languages that bend names; "" when too little would be left.
func stemOf(small string) string {
	runes := []rune(small)
	if len(runes) > 0 && strings.ContainsRune("аяьйоеиыуюіїєaeiouāēīūsš", runes[len(runes)-1]) {
		runes = runes[:len(runes)-1]
	}
	if len(runes) < 3 {
		return ""
	}
	return string(runes)
}

// standIn is a name that nobody has, in the letters of the one that it stands for.
func standIn(small string, n int) string {
	syllables := []string{"ba", "de", "gi", "lo", "mu", "na", "re", "si", "to", "vu"}
	if first, _ := utf8.DecodeRuneInString(small); unicode.Is(unicode.Cyrillic, first) {
		syllables = []string{"ба", "де", "ги", "ло", "му", "на", "ре", "си", "то", "ву"}
	}
	out := ""
	for left := n + 100; left > 0; left /= 10 {
		out = syllables[left%10] + out
	}
	return out
}
