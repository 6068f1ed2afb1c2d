// What a search finds. The server finds the same without a script (internal/server/find.go), and both are held to
// testdata/find.json.

const LETTERS = { ß: "ss", ł: "l", ı: "i", ø: "o", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ħ: "h", ґ: "г" };

// A text without what people leave out when they type: case, accents, apostrophes, and letters that their keyboard lacks.
const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/[\p{M}'’ʼ`]/gu, "").replace(/[ßłıøđðþæœħґ]/g, (letter) => LETTERS[letter]);

const ENDING = /(?:ами|ями|ыми|ими|[ое]го|[ое]му|[аеиоуыюя][еиюяхвм]|[аеиоуыэюяьіє]|ing|[aeiouy]{1,2}[dmnrst]?|[dnst])$/;

// A word without the ending that a language gives it.
const stem = (word) => {
  const rest = word.replace(ENDING, "");
  return rest.length > 2 ? rest : word;
};

// The letters of a keyboard's keys.
const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё";
const UKRAINIAN = RUSSIAN.replace("ы", "і").replace("ъ", "ї").replace("э", "є");
const typed = (word, from, to) => word.replace(/[^]/gu, (key) => to[from.indexOf(key)] ?? key);

// All that a word may have been meant for: itself, German without its dots, and the keys pressed on the other keyboard.
function meanings(word) {
  const out = [word, word.replace(/([aou])e/g, "$1")];
  if (word.length > 2) out.push(typed(word, LATIN, RUSSIAN), typed(word, LATIN, UKRAINIAN), typed(word, RUSSIAN, LATIN), typed(word, UKRAINIAN, LATIN));
  return out.map((meaning) => [fold(meaning), stem(fold(meaning))]);
}

// Makes a text ready to be searched.
export function searchable(text) {
  const whole = fold(text);
  return { whole, stems: whole.split(/[^\p{L}\p{N}]+/u).map(stem) };
}

// Says what a query finds in a text: every word of it, in whatever form.
export function finder(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean).map(meanings);
  return ({ whole, stems }) => words.every((word) => word.some(([as, root]) =>
    whole.includes(as) && as || (root.length > 3 ? whole.includes(root) : root && stems.includes(root))));
}
