package booking

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"okoshko/internal/upstream"
)

// Field is a field of a form that the upstream does not accept.
type Field string

// The fields. A question that the salon asks has a QuestionField.
const (
	FieldNone       Field = "" // the upstream names no field that is known here
	FieldPhone      Field = "phone"
	FieldEmail      Field = "email"
	FieldName       Field = "name"
	FieldSurname    Field = "surname"
	FieldPatronymic Field = "patronymic"
	FieldComment    Field = "comment"
	FieldCode       Field = "code"
	FieldConsent    Field = "personal_data"
	FieldPassword   Field = "password" // the present password of an account
)

const questionField = "custom_fields."

// QuestionField is the field of a question that the salon asks, by the question's code.
func QuestionField(code string) Field { return Field(questionField + code) }

// fieldNames are the upstream's names of fields (rest-api: "Создать запись на сеанс", and the data of an account).
var fieldNames = map[string]Field{
	"phone": FieldPhone, "email": FieldEmail, "fullname": FieldName, "name": FieldName, "firstname": FieldName, "surname": FieldSurname,
	"patronymic": FieldPatronymic, "comment": FieldComment, "code": FieldCode, "phone_confirmation_code": FieldCode,
	"is_personal_data_processing_allowed": FieldConsent, "password": FieldPassword, "old_password": FieldPassword,
}

// FieldOf is the first known field that a refusal of the upstream names.
func FieldOf(err error) Field {
	if e, ok := errors.AsType[*upstream.Error](err); ok {
		for _, p := range e.All {
			if f := fieldOf(p.Field); f != FieldNone {
				return f
			}
		}
	}
	return FieldNone
}

// fieldOf is the field that the upstream calls by a name, such as "appointments.0.phone".
func fieldOf(named string) Field {
	if i := strings.LastIndex(named, questionField); i >= 0 {
		code, _, _ := strings.Cut(named[i+len(questionField):], ".")
		return QuestionField(code)
	}
	for part := range strings.SplitSeq(strings.ToLower(named), ".") {
		if f, ok := fieldNames[part]; ok {
			return f
		}
	}
	return FieldNone
}

// stems are parts of words that name a field, in lower case and in all languages of the upstream's answers.
var stems = []struct {
	field Field
	words *regexp.Regexp
}{
	{FieldPhone, regexp.MustCompile(`телефон|phone|tālru|telefon`)},
	{FieldEmail, regexp.MustCompile(`e-?mail|эл\S* почт|эл\S* адрес|ел\S* пошт|el\S* pašt|e-pas`)},
	{FieldSurname, regexp.MustCompile(`фамили|прізвищ|surname|last name|uzvārd|pavard|perekonnanim|nachname`)},
	{FieldPatronymic, regexp.MustCompile(`отчеств|батьков|patronymic|middle name`)},
	{FieldName, regexp.MustCompile(`имя|имени|ім['’]я|\b(full|first) ?name\b|\bname is\b|\byour name\b`)},
	{FieldComment, regexp.MustCompile(`комментари|коментар|comment|komentār|komentar`)},
}

// helpline matches texts that ask the customer to call: their phone is the salon's and not a field of the form.
var helpline = regexp.MustCompile(`позвон|по телефону|зателефон|\bcall\b|by phone|zvaniet|skambin|helista|anrufen`)

// namedIn are the fields that a text of the upstream speaks of.
func namedIn(text string) []Field {
	text = strings.ToLower(text)
	if helpline.MatchString(text) {
		return nil
	}
	var out []Field
	for _, s := range stems {
		if s.words.MatchString(text) {
			out = append(out, s.field)
		}
	}
	return out
}

// FieldWords are what the upstream says about a field.
type FieldWords struct {
	Field Field  `json:"field"`
	Words string `json:"words,omitempty"`
}

// saysNothing are texts that tell a customer nothing.
var saysNothing = []string{"произошла ошибка", "ошибка", "error", "an error has occurred", "validation error", "unprocessable entity", "bad request"}

// explain adds to a refusal what the upstream says about it: the fields that it names, and else its words. What the
// customer has typed is taken out, because refusals are kept in the store.
func (r *Refusal) explain(err error, typed []string) {
	e, ok := errors.AsType[*upstream.Error](err)
	if !ok {
		return
	}
	problems := e.All
	if len(problems) == 0 {
		problems = []upstream.Problem{{Message: e.Message}}
	}
	var words []string
	for _, p := range problems {
		text := plainWords(p.Message, typed)
		named := namedIn(text)
		if f := fieldOf(p.Field); f != FieldNone {
			named = []Field{f}
		}
		for _, f := range named {
			if !slices.ContainsFunc(r.Fields, func(x FieldWords) bool { return x.Field == f }) {
				r.Fields = append(r.Fields, FieldWords{Field: f, Words: text})
			}
		}
		if len(named) == 0 && text != "" && !slices.Contains(words, text) {
			words = append(words, text)
		}
	}
	if len(words) == 0 && len(r.Fields) == 0 {
		words = append(words, plainWords(e.Message, typed))
	}
	r.Words = strings.Join(words, " ")
}

// longestWords bounds a text of the upstream on a page, in characters.
const longestWords = 300

// plainWords is a text of the upstream as a page may show it: on one line, without markup, and without anything that was
// typed. A text that tells a customer nothing is "".
func plainWords(raw string, typed []string) string {
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, upstream.Line(raw))
	for _, value := range slices.SortedFunc(slices.Values(typed), func(a, b string) int { return cmp.Compare(len(b), len(a)) }) {
		if value = strings.TrimSpace(value); len([]rune(value)) > 2 {
			text = strings.ReplaceAll(text, value, "…")
		}
	}
	text = personal.ReplaceAllString(text, "…")
	if slices.Contains(saysNothing, strings.ToLower(strings.Trim(text, " .!:…"))) || !strings.ContainsFunc(text, unicode.IsLetter) {
		return ""
	}
	if runes := []rune(text); len(runes) > longestWords {
		text = strings.TrimSpace(string(runes[:longestWords])) + "…"
	}
	return text
}

// personal matches e-mail addresses, phone numbers and hashes in a text of the upstream.
var personal = regexp.MustCompile(`\b[0-9a-fA-F]{16,}\b|[^\s<>()"«»]+@[^\s<>()"«»]+|\+?\d[\d\s()-]{6,}\d`)
