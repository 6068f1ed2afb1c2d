// Package search finds words in texts as customers type them: without accents and endings, and on the wrong keyboard. It
// is pure. The same search runs in the browser (web/static/find.js).
package search
