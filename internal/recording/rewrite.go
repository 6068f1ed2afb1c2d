package recording

import (
	"bytes"
	"encoding/json"
)

// Value is a text or a number in an answer.
type Value struct {
	Key    string // of the field, or of the field whose list it stands in; "" at the top
	Parent string // of the object that the field is in
	Text   string // decoded; a number as it is spelled
	Number bool
}

// Rewrite changes texts and numbers of a JSON document where they stand, and leaves all else as it is: the order and the
// spelling of everything else may be what is wrong with it. change answers false to leave a value alone. What is no JSON
// comes back as it was.
func Rewrite(document []byte, change func(Value) (string, bool)) []byte {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	w := rewriter{in: document, decoder: decoder, change: change}
	if w.value("", "") != nil {
		return document
	}
	w.out.Write(document[w.done:])
	return w.out.Bytes()
}

type rewriter struct {
	in      []byte
	decoder *json.Decoder
	change  func(Value) (string, bool)
	out     bytes.Buffer
	done    int // how much of in is in out
}

func (w *rewriter) value(key, parent string) error {
	before := int(w.decoder.InputOffset())
	token, err := w.decoder.Token()
	if err != nil {
		return err //nolint:wrapcheck // only whether there is one counts
	}
	switch token := token.(type) {
	case json.Delim:
		return w.inside(token, key, parent)
	case string:
		w.replace(before, Value{Key: key, Parent: parent, Text: token})
	case json.Number:
		w.replace(before, Value{Key: key, Parent: parent, Text: token.String(), Number: true})
	}
	return nil
}

func (w *rewriter) inside(open json.Delim, key, parent string) error {
	for w.decoder.More() {
		name, outer := key, parent
		if open == '{' {
			token, err := w.decoder.Token()
			if err != nil {
				return err //nolint:wrapcheck // as above
			}
			name, _ = token.(string)
			outer = key
		}
		if err := w.value(name, outer); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token()
	return err //nolint:wrapcheck // as above
}

// replace puts another value in the place of the one that ends where the decoder is.
func (w *rewriter) replace(before int, v Value) {
	text, ok := w.change(v)
	if !ok || text == v.Text {
		return
	}
	end := int(w.decoder.InputOffset())
	start := before + bytes.IndexFunc(w.in[before:end], func(r rune) bool { return r != ' ' && r != '\t' && r != '\r' && r != '\n' && r != ',' && r != ':' })
	spelled := []byte(text)
	if !v.Number {
		spelled = quote(text, w.in[start:end])
	}
	w.out.Write(w.in[w.done:start])
	w.out.Write(spelled)
	w.done = end
}

// quote spells a text the way the old one was spelled: with slashes and letters escaped, or not.
func quote(text string, old []byte) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always encodes
	quoted := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	if bytes.Contains(old, []byte(`\/`)) {
		quoted = bytes.ReplaceAll(quoted, []byte("/"), []byte(`\/`))
	}
	if !bytes.Contains(old, []byte(`\u`)) {
		return quoted
	}
	var ascii []byte
	for _, r := range string(quoted) {
		switch {
		case r < 0x80:
			ascii = append(ascii, byte(r)) //nolint:gosec // below 128
		case r > 0xffff:
			r -= 0x10000
			ascii = appendEscape(appendEscape(ascii, 0xd800+(r>>10)), 0xdc00+(r&0x3ff))
		default:
			ascii = appendEscape(ascii, r)
		}
	}
	return ascii
}

func appendEscape(out []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
