package pages

import "okoshko/web/templates/layout"

// WishForm asks when a time would suit, and how to tell of one that opens.
type WishForm struct {
	layout.Base
	Errors     []FieldError
	Action     string
	Token      string
	Decoy      string
	DecoyLabel string
	Rows       []Row    // what is waited for
	Stays      string   // that the visit stays as it is; "" for a new one
	First      string   // that nothing is held for anybody
	Selects    []Select // when, and with whom
	Email      *Field   // nil where no e-mail is sent
	Consent    Check    // to e-mails
	Erased     string
	Submit     string
	Push       *WishPush    // nil where no notification can be sent, and in a frame
	Tab        *layout.Link // the page in a tab of its own, where nothing can be asked for here
	Off        string       // that without a script nothing can be asked for here; "" where e-mail is sent
}

// WishPush subscribes a browser to notifications. A script shows it where the browser can.
type WishPush struct {
	Key       string // the public key that the browser subscribes with
	WorkerURL string
	ScriptURL string
	Title     string
	Consent   string
	Submit    string
	Denied    string // that the browser has refused
}

// WishSent says that an e-mail was sent.
type WishSent struct {
	layout.Base
	Text string
	Back layout.Link
}

// WishPage is the page of a wish, for whoever has its link.
type WishPage struct {
	layout.Base
	Status     string // "asked" or "waiting"
	Badge      string // the status in words
	Text       string
	Rows       []Row
	Stays      string
	First      string
	ConfirmURL string // where the wish is confirmed; "" when it is
	Confirm    string
	EndURL     string
	End        string
}

// WishEnded says that a wish has ended.
type WishEnded struct {
	layout.Base
	Text   string
	Onward *layout.Link // nil where it is not known which form it was
}
